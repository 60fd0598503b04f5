//! Requests that are not recorded.

use crate::support::{Asked, ROOT, Shop, call, get, greet};
use axum::body::Body;
use http::{Request, Response};
use std::convert::Infallible;
use xray_core::TraceHeader;

#[tokio::test]
async fn c32_what_is_ignored_takes_nothing_from_the_reservoir() {
    let asked = Asked::answering(true);
    let shop = Shop::with(|b| b.sampler(asked.clone()));
    let layer = shop
        .layer()
        .ignore_path("/health")
        .ignore_path("/internal/*")
        .ignore(|request| request.method == "OPTIONS");
    for uri in ["/health", "/health?deep", "/internal/a/b"] {
        greet(&layer, get(uri)).await;
    }
    greet(&layer, Request::options("/a")).await;
    let sampled = format!("Root={ROOT};Sampled=1");
    greet(&layer, get("/health").header(TraceHeader::NAME, sampled)).await;
    assert_eq!((asked.times(), shop.recorder.stats().begun), (0, 0));
    greet(&layer, get("/healthy")).await;
    assert_eq!(asked.times(), 1);
    assert_eq!(shop.tree(1).await, "shop http=GET /healthy 200\n");
}

#[tokio::test]
async fn what_is_ignored_is_an_unsampled_context_to_its_handler() {
    let shop = Shop::new();
    let service = tower::service_fn(async |_: Request<Body>| {
        let subsegment = xray_core::subsegment("work");
        let header = subsegment.header_value().unwrap();
        Ok::<_, Infallible>(Response::new(Body::from(header.to_string())))
    });
    let request = get("/health").header(TraceHeader::NAME, format!("Root={ROOT};Sampled=1"));
    let request = request.body(Body::empty()).unwrap();
    let layer = shop.layer().ignore_path("/health");
    let response = call(&layer, service, request).await.unwrap();
    let body = http_body_util::BodyExt::collect(response.into_body()).await;
    let body = body.unwrap().to_bytes();
    assert!(body.starts_with(format!("Root={ROOT};Parent=").as_bytes()));
    assert!(body.ends_with(b";Sampled=0"), "{body:?}");
    let stats = shop.recorder.stats();
    assert_eq!((stats.begun, stats.missing_context), (0, 0));
}

#[tokio::test]
async fn what_a_user_says_of_requests_may_panic_and_changes_no_response() {
    let shop = Shop::new();
    let layer = shop
        .layer()
        .ignore(|_| panic!("no predicate"))
        .peer(|_| panic!("no peer"))
        .route(|_| panic!("no route"));
    let head = greet(&layer, get("/a")).await;
    assert_eq!(head.status, 200);
    assert_eq!(shop.tree(1).await, "shop http=GET /a 200\n");
}
