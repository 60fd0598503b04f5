//! A recorder, a server on port 0, and the ways to make a call.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::get;
use reqwest::{Client, RequestBuilder, Response};
use reqwest_middleware::ClientBuilder;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use xray_core::sampling::Always;
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, RecorderBuilder, TraceFuture};
use xray_reqwest::{SendTraced, SubsegmentMiddleware};

/// Nothing takes that long; a test that waits for it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const ROOT: &str = "1-581cf771-a006649127e371903a2de979";
pub(crate) const PARENT: &str = "70de5b6f19ff9a0a";

/// How a call is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum By {
    Middleware,
    Send,
}

pub(crate) const BOTH: [By; 2] = [By::Middleware, By::Send];

impl By {
    /// Makes a call; errors as reqwest has them.
    pub(crate) async fn call(
        self,
        middleware: &SubsegmentMiddleware,
        request: RequestBuilder,
    ) -> reqwest::Result<Response> {
        match self {
            Self::Send => middleware.send(request).await,
            Self::Middleware => {
                let (client, request) = request.build_split();
                let client = ClientBuilder::new(client).with(middleware.clone()).build();
                client.execute(request?).await.map_err(|error| match error {
                    reqwest_middleware::Error::Reqwest(error) => error,
                    other => panic!("{other}"),
                })
            }
        }
    }
}

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

    pub(crate) fn with(configure: impl FnOnce(RecorderBuilder) -> RecorderBuilder) -> Self {
        let emitter = MemoryEmitter::new();
        let builder = Recorder::builder("shop").emitter(emitter.clone());
        let recorder = configure(builder.sampler(Always)).build().unwrap();
        Self { recorder, emitter }
    }

    /// Makes calls from within a segment.
    pub(crate) async fn within<F: Future>(&self, calls: F) -> F::Output {
        let segment = self.recorder.segment("shop").start();
        tokio::time::timeout(LONG, calls.within(segment))
            .await
            .expect("in time")
    }

    /// The tree; nothing may be open any more.
    pub(crate) fn tree(&self) -> String {
        assert_eq!(self.recorder.stats().open(), 0);
        self.emitter.tree()
    }

    /// The only subsegment.
    pub(crate) fn call(&self) -> serde_json::Value {
        let values = self.emitter.values();
        assert_eq!(values.len(), 1, "{}", self.tree());
        let calls = values[0]["subsegments"].as_array().unwrap();
        assert_eq!(calls.len(), 1, "{}", self.tree());
        calls[0].clone()
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

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

pub(crate) async fn upstream() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let elsewhere = format!("http://localhost:{}/echo?token=abc", address.port());
    let router = Router::new()
        .route("/echo", get(echo))
        .route("/404", get(async || StatusCode::NOT_FOUND))
        .route("/429", get(async || StatusCode::TOO_MANY_REQUESTS))
        .route("/503", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/moved", get(async move || Redirect::temporary(&elsewhere)))
        .route(
            "/loop",
            get(async || Redirect::temporary("/loop?token=abc")),
        )
        .route("/never", get(std::future::pending::<()>));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Server { address, serving }
}

/// Answers with the headers that it was sent.
async fn echo(headers: HeaderMap) -> String {
    let told = |name: &str| {
        let all = headers.get_all(name).iter();
        let all: Vec<_> = all.map(|value| value.to_str().unwrap()).collect();
        all.join("+")
    };
    format!("{}|{}", told("x-amzn-trace-id"), told("traceparent"))
}

/// A GET with the options at their defaults; what the server was told.
pub(crate) async fn fetch(by: By, client: &Client, url: &str) -> String {
    let request = client.get(url);
    let response = match by {
        By::Send => request.send_traced().await,
        By::Middleware => by.call(&SubsegmentMiddleware::new(), request).await,
    };
    response.unwrap().text().await.unwrap()
}
