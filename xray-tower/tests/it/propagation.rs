//! Traces that come from a caller and go on to the next service.

use crate::support::{PARENT, ROOT, Shop, get, greet, header, read_until, serve};
use axum::Router;
use axum::extract::Request;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use xray_core::{SegmentId, TraceHeader};

#[tokio::test]
async fn the_trace_of_a_caller_is_continued() {
    let shop = Shop::new();
    let both = format!("Root={ROOT};Parent={PARENT};Sampled=1");
    let w3c = format!("00-581cf771a006649127e371903a2de979-{PARENT}-01");
    for request in [
        get("/").header(TraceHeader::NAME, &both),
        get("/").header("traceparent", &w3c),
        // A load balancer adds a bare root to every request that has none.
        get("/").header("traceparent", &w3c).header(
            TraceHeader::NAME,
            "Root=1-67891233-abcdef012345678912345678",
        ),
        // Of two headers the first counts.
        get("/").header(TraceHeader::NAME, &both).header(
            TraceHeader::NAME,
            "Root=1-67891233-abcdef012345678912345678;Sampled=0",
        ),
    ] {
        greet(&shop.layer(), request).await;
        let segment = shop.emitter.values().pop().unwrap();
        assert_eq!(segment["trace_id"], ROOT);
        assert_eq!(segment["parent_id"], PARENT);
    }
    assert_eq!(shop.emitter.documents().len(), 4);
}

#[tokio::test]
async fn a_header_that_is_too_long_is_absent_and_counted() {
    let shop = Shop::new();
    let long = format!(
        "Root={ROOT};Parent={PARENT};Sampled=1;A={}",
        "b".repeat(9000)
    );
    greet(&shop.layer(), get("/").header(TraceHeader::NAME, long)).await;
    let segment = shop.segment().await;
    assert_ne!(segment["trace_id"], ROOT);
    assert_eq!(shop.recorder.stats().invalid_headers, 1);
}

/// Two services, the first of which asks the second by hand.
async fn chain(shop: &Shop, decision: &str) -> (String, Option<SegmentId>) {
    let seen = Arc::new(Mutex::new(String::new()));
    let (to, second) = (seen.clone(), shop.layer());
    let inner = async move |request: Request| {
        let value = request.headers()[TraceHeader::NAME].to_str().unwrap();
        value.clone_into(&mut to.lock().unwrap());
    };
    let inner = serve(Router::new().fallback(inner).layer(second)).await;
    let (address, id) = (inner.address, Arc::new(Mutex::new(None)));
    let told = id.clone();
    let outer = async move || {
        let subsegment = xray_core::subsegment("ask");
        *told.lock().unwrap() = subsegment.id();
        let header = subsegment.header_value().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: inner\r\nx-amzn-trace-id: {header}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        read_until(&mut stream, "200 OK").await;
    };
    let outer = serve(Router::new().fallback(outer).layer(shop.layer())).await;
    let incoming = format!("\r\nX-Amzn-Trace-Id: Root={ROOT};Sampled={decision}");
    let response = outer.get("GET /", &incoming).await;
    assert_eq!(
        header(&response, TraceHeader::NAME).unwrap(),
        format!("Root={ROOT}")
    );
    let (seen, id) = (seen.lock().unwrap().clone(), *id.lock().unwrap());
    (seen, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c34_the_parent_of_the_next_service_is_the_subsegment() {
    let shop = Shop::new();
    let (seen, id) = chain(&shop, "1").await;
    assert_eq!(
        seen,
        format!("Root={ROOT};Parent={};Sampled=1", id.unwrap())
    );
    let tree = shop.tree(3).await;
    assert_eq!(
        tree,
        "shop http=GET http://shop.example/ 200\n  ask\n    \
         shop http=GET http://inner/ 200 (segment)\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c34_unsampled_services_tell_the_next_so() {
    let shop = Shop::new();
    let (seen, id) = chain(&shop, "0").await;
    assert_eq!(
        seen,
        format!("Root={ROOT};Parent={};Sampled=0", id.unwrap())
    );
    assert_eq!(shop.recorder.stats().begun, 0);
}
