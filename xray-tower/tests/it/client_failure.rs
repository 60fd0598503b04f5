//! Calls that fail, are given up, or panic; none of it changes their results.

use crate::client::{hyper, send};
use crate::support::{LONG, Shop};
use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper_util::client::legacy;
use std::convert::Infallible;
use std::fmt;
use std::future::{pending, ready};
use std::time::Duration;
use tokio::net::TcpListener;
use tower::timeout::Timeout;
use tower::{BoxError, Layer};
use xray_core::TraceFuture;
use xray_tower::{EndAt, SubsegmentLayer};

fn request(url: &str) -> Request<Body> {
    Request::get(url).body(Body::empty()).unwrap()
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/?token=abc", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_refused_connection_is_a_fault_without_a_response() {
    for (layer, cause) in [
        (SubsegmentLayer::new(), "the client returned an error"),
        (
            SubsegmentLayer::new().error::<legacy::Error>(),
            "client error (Connect)",
        ),
    ] {
        let shop = Shop::new();
        let (client, url) = (layer.layer(hyper()), nobody().await);
        let call = async { send(client, request(&url)).await };
        let segment = shop.recorder.segment("shop").start();
        let error = call.within(segment).await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        let document = shop.segment_of(2).await;
        let call = &document["subsegments"][0];
        assert_eq!(call["fault"], true);
        assert_eq!(call["http"].get("response"), None);
        let exceptions = call["cause"]["exceptions"].as_array().unwrap();
        assert_eq!(exceptions[0]["message"], cause);
        let name = exceptions[0]["type"].as_str().unwrap();
        assert!(name.contains("legacy"), "{name}");
        // With its sources where it is known, down to the one of the system.
        let refused = exceptions.iter().any(|e| {
            let message = e["message"].as_str().unwrap();
            message.contains("refused")
        });
        assert_eq!(refused, cause.contains("Connect"));
        assert!(!document.to_string().contains("token"));
    }
}

/// A client that never gets an answer.
async fn silent(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_inside_is_an_exception_with_its_text() {
    let shop = Shop::new();
    let inner = Timeout::new(tower::service_fn(silent), Duration::from_secs(3));
    let client = SubsegmentLayer::new().layer(inner);
    let segment = shop.recorder.segment("shop").start();
    let call = async { send(client, request("http://a/")).await };
    let error = call.within(segment).await.unwrap_err();
    assert!(error.is::<tower::timeout::error::Elapsed>());
    assert_eq!(
        shop.emitter.tree(),
        "shop\n  a fault namespace=remote http=GET http://a/ cause=\"request timed out\"\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_outside_and_any_dropped_future_is_aborted() {
    let shop = Shop::new();
    let client = SubsegmentLayer::new().layer(tower::service_fn(silent));
    let segment = shop.recorder.segment("shop").start();
    let call = async {
        let call = send(client, request("http://a/"));
        tokio::time::timeout(Duration::from_secs(3), call).await
    };
    assert!(call.within(segment).await.is_err());
    assert_eq!(
        shop.emitter.tree(),
        "shop\n  a error namespace=remote http=GET http://a/ annotations={aborted: \"request\"}\n"
    );
    assert_eq!(shop.recorder.stats().open(), 0);
}

#[tokio::test]
async fn a_panic_is_told_of_and_goes_on() {
    let shop = Shop::new();
    let panicking = tower::service_fn(async |_: Request<Body>| {
        if LONG > Duration::ZERO {
            panic!("no socket");
        }
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let client = SubsegmentLayer::new().layer(panicking);
    let segment = shop.recorder.segment("shop").start();
    let call = async { send(client, request("http://a/")).await };
    let caught = std::panic::AssertUnwindSafe(call.within(segment)).catch_unwind();
    let payload = caught.await.unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"no socket"));
    let tree = shop.tree(2).await;
    assert!(
        tree.contains("  a fault namespace=remote http=GET http://a/ cause=\"no socket\"\n"),
        "{tree}"
    );
}

/// An error that is none to the compiler.
#[derive(Debug)]
struct Odd;

#[tokio::test]
async fn a_body_that_fails_is_a_fault() {
    let shop = Shop::new();
    let boxed = || BoxError::from("reset for http://ann:secret@a/b?token=abc");
    let frames = stream::iter([Err::<http_body::Frame<Bytes>, _>(boxed())]);
    let answer = Response::new(StreamBody::new(frames));
    let mut answer = Some(answer);
    let service = tower::service_fn(move |_: Request<Body>| ready(answer.take().ok_or(Odd)));
    let client = SubsegmentLayer::new().end_at(EndAt::Body).layer(service);
    let segment = shop.recorder.segment("shop").start();
    let call = async {
        let response = send(client, request("http://a/")).await.unwrap();
        response.into_body().collect().await.unwrap_err()
    };
    let error = call.within(segment).await;
    assert_eq!(error.to_string(), boxed().to_string());
    assert_eq!(
        shop.emitter.tree(),
        "shop\n  a fault namespace=remote http=GET http://a/ 200 cause=\"reset for http://a/b\"\n"
    );
}

#[tokio::test]
async fn an_error_of_any_type_is_a_fault_with_the_types_name() {
    let shop = Shop::new();
    let service = tower::service_fn(async |_: Request<Body>| {
        Err::<Response<Body>, _>(fmt::Error).or(Err(Odd))
    });
    let client = SubsegmentLayer::new().layer(service);
    let segment = shop.recorder.segment("shop").start();
    let call = async { send(client, request("http://a/")).await };
    assert!(call.within(segment).await.is_err());
    let document = shop.segment_of(2).await;
    let exception = &document["subsegments"][0]["cause"]["exceptions"][0];
    assert_eq!(exception["message"], "the client returned an error");
    assert!(exception["type"].as_str().unwrap().ends_with("::Odd"));
}
