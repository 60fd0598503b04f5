//! What the wrapped body passes on.

use crate::support::{Shop, call, get, greet};
use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, Response};
use http_body::{Body as _, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use xray_tower::ResponseBody;

/// Says what it likes of itself, and fails with something that is neither an error nor `Debug`.
struct Odd {
    hint: SizeHint,
    ended: bool,
    frames: Vec<Frame<Bytes>>,
}

struct Failed;

impl http_body::Body for Odd {
    type Data = Bytes;
    type Error = Failed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failed>>> {
        Poll::Ready(self.frames.pop().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

async fn wrapped(shop: &Shop, odd: Odd) -> ResponseBody<Odd> {
    let mut odd = Some(odd);
    let service = tower::service_fn(move |_: Request<Body>| {
        std::future::ready(odd.take().map(Response::new).ok_or(()))
    });
    let request = get("/a").body(Body::empty()).unwrap();
    let response = call(&shop.layer(), service, request).await;
    response.ok().unwrap().into_body()
}

#[tokio::test]
async fn size_and_end_are_passed_on() {
    for enabled in [true, false] {
        let shop = Shop::with(|b| b.enabled(enabled));
        for ended in [true, false] {
            let mut hint = SizeHint::new();
            hint.set_lower(3);
            hint.set_upper(7);
            let frames = Vec::new();
            let body = wrapped(
                &shop,
                Odd {
                    hint,
                    ended,
                    frames,
                },
            )
            .await;
            assert_eq!(body.is_end_stream(), ended);
            let hint = body.size_hint();
            assert_eq!((hint.lower(), hint.upper()), (3, Some(7)));
        }
        assert_eq!(shop.recorder.stats().open(), 0);
    }
}

#[tokio::test]
async fn trailers_end_a_response_and_are_passed_on() {
    let shop = Shop::new();
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", "7".parse().unwrap());
    let frames = vec![Frame::trailers(trailers), Frame::data("one".into())];
    let odd = Odd {
        hint: SizeHint::new(),
        ended: false,
        frames,
    };
    let mut body = wrapped(&shop, odd).await;
    let data = http_body_util::BodyExt::frame(&mut body).await.unwrap();
    assert_eq!(data.ok().unwrap().into_data().unwrap(), "one");
    assert_eq!(shop.recorder.stats().open(), 1);
    let trailers = http_body_util::BodyExt::frame(&mut body).await.unwrap();
    assert_eq!(
        trailers.ok().unwrap().into_trailers().unwrap()["checksum"],
        "7"
    );
    assert_eq!(shop.recorder.stats().open(), 0);
    drop(body);
    assert_eq!(shop.tree(1).await, "shop http=GET /a 200\n");
}

#[tokio::test]
async fn an_empty_body_has_a_default() {
    let body: ResponseBody<Body> = ResponseBody::default();
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn the_service_can_be_cloned_and_shared() {
    fn check<T: Clone + Send + Sync + 'static>(_: &T) {}
    let shop = Shop::new();
    let layer = shop.layer();
    check(&layer);
    let service = tower::Layer::layer(&layer, tower::service_fn(crate::support::hello));
    check(&service);
    let tasks = [(); 4].map(|()| {
        let layer = layer.clone();
        tokio::spawn(async move { greet(&layer, get("/a")).await.status })
    });
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    assert_eq!(shop.tree(4).await, "shop http=GET /a 200\n".repeat(4));
    let never = tower::service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    check(&tower::Layer::layer(&layer, never));
}
