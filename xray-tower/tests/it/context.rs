//! When the context is current: from the call until the body is gone.

use crate::support::{Asked, Shop, get};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{Layer, Service};
use xray_core::current;
use xray_tower::EndAt;

/// Opens a subsegment when it is dropped.
struct Dropped(&'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        xray_core::subsegment(self.0).end();
    }
}

struct Frames(u8, #[expect(dead_code, reason = "for its drop")] Dropped);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        xray_core::subsegment("frame").end();
        self.0 -= 1;
        Poll::Ready((self.0 > 0).then(|| Ok(Frame::data("a".into()))))
    }
}

#[derive(Clone)]
struct Handler;

impl Service<Request<Body>> for Handler {
    type Response = Response<Frames>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<Frames>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        xray_core::subsegment("call").end();
        let guard = Dropped("future dropped");
        Box::pin(async move {
            let _guard = guard;
            xray_core::subsegment("poll").end();
            tokio::task::yield_now().await;
            xray_core::subsegment("poll again").end();
            Ok(Response::new(Frames(2, Dropped("body dropped"))))
        })
    }
}

const ALL: [&str; 7] = [
    "call",
    "poll",
    "poll again",
    "future dropped",
    "frame",
    "frame",
    "body dropped",
];

fn tree(head: &str, children: &[&str]) -> String {
    let children = children.iter().map(|name| format!("  {name}\n"));
    format!("{head}\n{}", children.collect::<String>())
}

async fn whole(layer: &xray_tower::SegmentLayer) {
    let mut service = layer.layer(Handler);
    let response = service.call(get("/a").body(Body::empty()).unwrap());
    assert!(current().is_missing());
    let mut body = response.await.unwrap().into_body();
    assert!(current().is_missing());
    while http_body_util::BodyExt::frame(&mut body).await.is_some() {
        assert!(current().is_missing());
    }
    drop(body);
    assert!(current().is_missing());
}

#[tokio::test]
async fn it_is_current_from_the_call_until_the_body_is_gone() {
    let shop = Shop::new();
    whole(&shop.layer()).await;
    assert_eq!(shop.tree(8).await, tree("shop http=GET /a 200", &ALL));
    assert_eq!(shop.recorder.stats().missing_context, 0);
}

#[tokio::test]
async fn it_stays_current_after_the_segments_end() {
    let shop = Shop::new();
    whole(&shop.layer().end_at(EndAt::Head)).await;
    assert_eq!(shop.tree(8).await, tree("shop http=GET /a 200", &ALL));
    // The segment with four, and each of the others alone.
    assert_eq!(shop.emitter.documents().len(), 4);
}

#[tokio::test]
async fn unsampled_it_is_as_current() {
    let shop = Shop::with(|b| b.sampler(Asked::answering(false)));
    whole(&shop.layer()).await;
    let stats = shop.recorder.stats();
    assert_eq!((stats.begun, stats.missing_context), (0, 0));
}

#[tokio::test]
async fn a_future_that_is_dropped_sees_it_too() {
    let shop = Shop::new();
    let mut service = shop.layer().layer(Handler);
    let mut response = service.call(get("/a").body(Body::empty()).unwrap());
    assert!(futures_util::poll!(&mut response).is_pending());
    drop(response);
    let head = "shop error http=GET /a annotations={aborted: \"request\"}";
    assert_eq!(
        shop.tree(4).await,
        tree(head, &["call", "poll", "future dropped"])
    );
}

#[tokio::test]
async fn a_handler_may_ask_for_it_as_an_extension() {
    let shop = Shop::with(|b| b.sampler(Asked::answering(false)));
    for (layer, given) in [(shop.layer(), false), (shop.layer().with_extension(), true)] {
        let service = tower::service_fn(move |request: Request<Body>| {
            let context = request.extensions().get::<xray_core::Context>();
            let trace = context.and_then(xray_core::Context::trace_id);
            assert_eq!(trace, current().trace_id().filter(|_| given));
            std::future::ready(Ok::<_, io::Error>(Response::new(Body::empty())))
        });
        let request = get("/a").body(Body::empty()).unwrap();
        crate::support::call(&layer, service, request)
            .await
            .unwrap();
    }
}
