//! Recorders, servers on port 0, and a client that does only what a test tells it to.

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::{Layer, Service, ServiceExt};
use xray_core::sampling::{Always, Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, RecorderBuilder};
use xray_tower::SegmentLayer;

/// Nothing takes that long; a test that waits for it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const ROOT: &str = "1-581cf771-a006649127e371903a2de979";
pub(crate) const PARENT: &str = "70de5b6f19ff9a0a";

/// What was recorded, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) recorder: Recorder,
    pub(crate) emitter: MemoryEmitter,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// Records everything, unless `configure` says otherwise.
    pub(crate) fn with(configure: impl FnOnce(RecorderBuilder) -> RecorderBuilder) -> Self {
        let emitter = MemoryEmitter::new();
        let builder = Recorder::builder("shop").emitter(emitter.clone());
        let recorder = configure(builder.sampler(Always)).build().unwrap();
        Self { recorder, emitter }
    }

    pub(crate) fn layer(&self) -> SegmentLayer {
        SegmentLayer::new().recorder(&self.recorder)
    }

    /// The tree, once so many entities are there; nothing may still be open then.
    pub(crate) async fn tree(&self, entities: usize) -> String {
        self.settled(entities).await;
        self.emitter.tree()
    }

    /// The only segment.
    pub(crate) async fn segment(&self) -> serde_json::Value {
        self.settled(1).await;
        let mut values = self.emitter.values();
        assert_eq!(values.len(), 1);
        values.remove(0)
    }

    /// The only segment, with so many entities in all.
    pub(crate) async fn segment_of(&self, entities: usize) -> serde_json::Value {
        self.settled(entities).await;
        let mut values = self.emitter.values();
        assert_eq!(values.len(), 1);
        values.remove(0)
    }

    async fn settled(&self, entities: usize) {
        let emitter = self.emitter.clone();
        let waiting = tokio::task::spawn_blocking(move || emitter.wait_for(entities, LONG));
        assert!(waiting.await.unwrap(), "{}", self.emitter.tree());
        let stats = self.recorder.stats();
        assert_eq!(
            (stats.open(), stats.emitted),
            (0, entities as u64),
            "{stats:?}"
        );
    }
}

/// A sampler that counts how often it is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    times: Arc<AtomicUsize>,
    pub(crate) answer: bool,
}

impl Asked {
    pub(crate) fn answering(answer: bool) -> Self {
        Self {
            answer,
            ..Self::default()
        }
    }

    pub(crate) fn times(&self) -> usize {
        self.times.load(Ordering::SeqCst)
    }
}

impl Sampler for Asked {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        self.times.fetch_add(1, Ordering::SeqCst);
        SamplingDecision::new(self.answer)
    }
}

/// A server on a port of its own, gone with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Serves as axum does.
pub(crate) async fn serve(router: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    Server { address, serving }
}

impl Server {
    /// Sends a request with a body that is empty, and leaves the connection open.
    pub(crate) async fn ask(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{head} HTTP/1.1\r\nHost: shop.example\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The whole response to a request, with headers of one's own: `"\r\nName: value"`.
    pub(crate) async fn get(&self, head: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request =
            format!("{head} HTTP/1.1\r\nHost: shop.example\r\nConnection: close{headers}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    }
}

/// Reads until the text is there.
pub(crate) async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    loop {
        let so_far = String::from_utf8_lossy(&read).into_owned();
        if so_far.contains(text) {
            return so_far;
        }
        let n = stream.read_buf(&mut read).await.unwrap();
        assert!(n > 0, "the connection ended after {so_far:?}");
    }
}

/// The value of a response's header.
pub(crate) fn header(response: &str, name: &str) -> Option<String> {
    let mut lines = response.split("\r\n\r\n").next()?.lines();
    lines.find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let same = key.eq_ignore_ascii_case(name);
        same.then(|| value.trim().to_owned())
    })
}

/// Calls a layered service in place.
pub(crate) async fn call<S, B>(
    layer: &SegmentLayer,
    service: S,
    request: Request<Body>,
) -> Result<Response<xray_tower::ResponseBody<B>>, S::Error>
where
    S: Service<Request<Body>, Response = Response<B>>,
    B: http_body::Body,
{
    layer.layer(service).oneshot(request).await
}

/// A request without a body.
pub(crate) fn get(uri: &str) -> http::request::Builder {
    Request::get(uri)
}

/// A service that answers `hello`.
pub(crate) async fn hello(_: Request<Body>) -> Result<Response<Body>, std::convert::Infallible> {
    Ok(Response::new(Body::from("hello")))
}

/// Calls `hello` and reads the answer; the response's head.
pub(crate) async fn greet(
    layer: &SegmentLayer,
    request: http::request::Builder,
) -> http::response::Parts {
    let request = request.body(Body::empty()).unwrap();
    let response = call(layer, tower::service_fn(hello), request)
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let read = http_body_util::BodyExt::collect(body).await.unwrap();
    assert_eq!(read.to_bytes(), "hello");
    head
}

/// Runs on a runtime of its own, with a limit that only a hanging test reaches.
pub(crate) async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(LONG, future).await.expect("in time")
}
