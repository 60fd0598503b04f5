//! What the called service is told, and what is left as it is.

use crate::client::{fetch, fetch_as, hyper, read, send, upstream};
use crate::support::{PARENT, ROOT, Shop};
use axum::body::Body;
use http::{Request, StatusCode};
use tower::Layer;
use xray_core::sampling::Never;
use xray_core::{Datagram, EmitError, Emitter, Recorder, TraceFuture, TraceHeader};
use xray_tower::{PresentHeader, SubsegmentLayer};

/// A request that has a header already.
fn with_header(url: &str, header: &str) -> Request<Body> {
    let request = Request::get(url).header(TraceHeader::NAME, header);
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn c34_the_parent_is_the_subsegment() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let (_, sent) = fetch(&shop, &SubsegmentLayer::new(), &url).await;
    let segment = shop.segment_of(2).await;
    let call = &segment["subsegments"][0];
    let expected = format!(
        "Root={};Parent={};Sampled=1|",
        segment["trace_id"].as_str().unwrap(),
        call["id"].as_str().unwrap()
    );
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn c34_what_is_not_sampled_says_so() {
    let shop = Shop::with(|builder| builder.sampler(Never));
    let server = upstream().await;
    let url = format!("http://{}/echo", server.address);
    let (_, sent) = fetch(&shop, &SubsegmentLayer::new().traceparent(true), &url).await;
    let (header, traceparent) = sent.split_once('|').unwrap();
    let told = TraceHeader::parse(header);
    assert!(told.root().is_some() && told.parent().is_some(), "{sent}");
    assert!(header.ends_with(";Sampled=0"), "{sent}");
    assert_eq!(told.to_traceparent().as_deref(), Some(traceparent));
    assert!(shop.emitter.documents().is_empty());
}

#[tokio::test]
async fn c34_what_travels_on_goes_along() {
    let (shop, server) = (Shop::new(), upstream().await);
    let header = format!("Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:1:2");
    let header = TraceHeader::parse(&header);
    let segment = shop.recorder.segment("shop").continues(&header).start();
    let client = SubsegmentLayer::new().layer(hyper());
    let url = format!("http://{}/echo", server.address);
    let request = Request::get(url).body(Body::empty()).unwrap();
    let call = async { read(send(client, request).await).await };
    let (_, sent) = call.within(segment).await;
    assert!(sent.starts_with(&format!("Root={ROOT};Parent=")), "{sent}");
    assert!(sent.ends_with(";Sampled=1;Lineage=a:1:2|"), "{sent}");
}

#[tokio::test]
async fn traceparent_says_the_same_on_request() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let (_, sent) = fetch(&shop, &SubsegmentLayer::new().traceparent(true), &url).await;
    let (header, traceparent) = sent.split_once('|').unwrap();
    let expected = TraceHeader::parse(header).to_traceparent();
    assert_eq!(expected.as_deref(), Some(traceparent));
}

#[tokio::test]
async fn c35_a_header_that_is_there_is_replaced() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let foreign = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    let request = with_header(&url, &foreign);
    let (_, sent) = fetch_as(&shop, &SubsegmentLayer::new(), request).await;
    let segment = shop.segment_of(2).await;
    let id = segment["subsegments"][0]["id"].as_str().unwrap();
    assert!(sent.contains(&format!(";Parent={id};Sampled=1|")), "{sent}");
    assert!(!sent.contains('+') && !sent.contains(ROOT), "{sent}");
}

#[tokio::test]
async fn c35_a_header_that_is_there_is_respected() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let foreign = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    let layer = SubsegmentLayer::new().present_header(PresentHeader::Respect);
    let (_, sent) = fetch_as(&shop, &layer, with_header(&url, &foreign)).await;
    assert_eq!(sent, format!("{foreign}|"));
    assert_eq!(shop.tree(1).await, "shop\n");
}

#[tokio::test]
async fn c35_a_call_that_has_its_subsegment_gets_no_second_one() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let layer = SubsegmentLayer::new();
    let client = layer.layer(layer.layer(hyper()));
    let request = Request::get(&url).body(Body::empty()).unwrap();
    let segment = shop.recorder.segment("shop").start();
    let call = async { read(send(client, request).await).await };
    let (_, sent) = call.within(segment).await;
    let segment = shop.segment_of(2).await;
    let id = segment["subsegments"][0]["id"].as_str().unwrap();
    assert!(sent.contains(&format!(";Parent={id};Sampled=1|")), "{sent}");
}

#[tokio::test]
async fn c35_a_header_of_the_segments_is_no_subsegment_yet() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let client = SubsegmentLayer::new().layer(hyper());
    let segment = shop.recorder.segment("shop").start();
    let request = with_header(&url, &segment.header().unwrap().to_string());
    let call = async { read(send(client, request).await).await };
    let (status, _) = call.within(segment).await;
    assert_eq!(status, StatusCode::OK);
    shop.segment_of(2).await;
}

#[tokio::test]
async fn hosts_may_be_told_nothing() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    let layer = SubsegmentLayer::new().traceparent(true);
    let told = layer.clone().propagate_to(|host| host == "127.0.0.1");
    assert_ne!(fetch(&shop, &told, &url).await.1, "|");
    let untold = layer.propagate_to(|host| host.ends_with(".internal"));
    assert_eq!(fetch(&shop, &untold, &url).await.1, "|");
    let tree = shop.tree(4).await;
    assert_eq!(
        tree.matches("127.0.0.1 namespace=remote").count(),
        2,
        "{tree}"
    );
}

#[tokio::test]
async fn what_is_ignored_is_left_as_it_is() {
    let server = upstream().await;
    let url = format!("http://{}/echo", server.address);
    let layer = SubsegmentLayer::new();
    for layer in [
        layer.clone().ignore_host("127.*"),
        layer.clone().ignore_path("/other").ignore_path("/ECH?"),
    ] {
        let shop = Shop::new();
        assert_eq!(fetch(&shop, &layer, &url).await.1, "|");
        assert_eq!(shop.tree(1).await, "shop\n");
    }
    // X-Ray's own, from whatever daemon.
    for path in ["/GetSamplingRules", "/SamplingTargets", "/TraceSegments"] {
        let shop = Shop::new();
        let url = format!("http://{}{path}", server.address);
        let request = Request::post(url).body(Body::empty()).unwrap();
        let (status, _) = fetch_as(&shop, &layer, request).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(shop.tree(1).await, "shop\n");
    }
}

#[tokio::test]
async fn c41_without_a_context_the_call_is_untouched() {
    let server = upstream().await;
    let url = format!("http://{}/echo", server.address);
    let foreign = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    for (header, sent) in [(None, ""), (Some(&*foreign), &*foreign)] {
        let client = SubsegmentLayer::new().traceparent(true).layer(hyper());
        let mut request = Request::get(&url);
        if let Some(header) = header {
            request = request.header(TraceHeader::NAME, header);
        }
        let request = request.body(Body::empty()).unwrap();
        let (status, text) = read(send(client, request).await).await;
        assert_eq!((status, text), (StatusCode::OK, format!("{sent}|")));
    }
}

#[tokio::test]
async fn a_recorder_that_is_switched_off_changes_no_call() {
    let server = upstream().await;
    let url = format!("http://{}/echo", server.address);
    let recorder = Recorder::builder("shop").enabled(false).build().unwrap();
    let client = SubsegmentLayer::new().layer(hyper());
    let request = Request::get(&url).body(Body::empty()).unwrap();
    let call = async { read(send(client, request).await).await };
    let (status, _) = call.within(recorder.segment("shop").start()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(recorder.stats().begun, 0);
}

/// Fails, and every second time by a panic.
#[derive(Debug, Default)]
struct Broken(std::sync::atomic::AtomicU64);

impl Emitter for Broken {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        match self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 2 {
            0 => Err(EmitError::Refused),
            _ => std::panic::resume_unwind(Box::new("no daemon")),
        }
    }
}

#[tokio::test]
async fn a_daemon_that_is_broken_changes_no_call() {
    let server = upstream().await;
    let shop = Shop::with(|builder| builder.emitter(Broken::default()));
    let url = format!("http://{}/echo", server.address);
    for _ in 0..4 {
        let (status, sent) = fetch(&shop, &SubsegmentLayer::new(), &url).await;
        assert_eq!(status, StatusCode::OK);
        assert!(sent.ends_with(";Sampled=1|"), "{sent}");
    }
    let stats = shop.recorder.stats();
    assert_eq!((stats.open(), stats.emitted, stats.lost()), (0, 0, 8));
}
