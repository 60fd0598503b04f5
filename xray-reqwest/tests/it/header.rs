//! What the called service is told, and what is left as it is.

use crate::support::{BOTH, PARENT, ROOT, Shop, fetch, upstream};
use reqwest::{Client, StatusCode};
use xray_core::sampling::Never;
use xray_core::{Datagram, EmitError, Emitter, TraceHeader};
use xray_reqwest::{PresentHeader, SubsegmentMiddleware};

#[tokio::test]
async fn c34_the_parent_is_the_subsegment() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::new();
        let sent = shop
            .within(fetch(by, &Client::new(), &server.url("/echo")))
            .await;
        let trace = shop.emitter.values()[0]["trace_id"].clone();
        let expected = format!(
            "Root={};Parent={};Sampled=1|",
            trace.as_str().unwrap(),
            shop.call()["id"].as_str().unwrap()
        );
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn c34_what_is_not_sampled_says_so() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::with(|builder| builder.sampler(Never));
        let sent = shop
            .within(fetch(by, &Client::new(), &server.url("/echo")))
            .await;
        let told = TraceHeader::parse(sent.trim_end_matches('|'));
        assert!(told.root().is_some() && told.parent().is_some(), "{sent}");
        assert!(sent.ends_with(";Sampled=0|"), "{sent}");
        assert!(shop.emitter.documents().is_empty());
    }
}

#[tokio::test]
async fn c35_a_header_that_is_there_is_replaced_or_respected() {
    let server = upstream().await;
    let foreign = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    for by in BOTH {
        for respect in [false, true] {
            let shop = Shop::new();
            let middleware = SubsegmentMiddleware::new();
            let middleware = match respect {
                true => middleware.present_header(PresentHeader::Respect),
                false => middleware,
            };
            let request = Client::new().get(server.url("/echo"));
            let request = request.header(TraceHeader::NAME, &foreign);
            let call = async { by.call(&middleware, request).await?.text().await };
            let sent = shop.within(call).await.unwrap();
            if respect {
                assert_eq!(sent, format!("{foreign}|"));
                assert_eq!(shop.tree(), "shop\n");
            } else {
                let id = shop.call()["id"].clone();
                let own = format!(";Parent={};Sampled=1|", id.as_str().unwrap());
                assert!(sent.ends_with(&own) && !sent.contains(ROOT), "{sent}");
            }
        }
    }
}

#[tokio::test]
async fn traceparent_says_the_same_on_request() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::new();
        let middleware = SubsegmentMiddleware::new().traceparent(true);
        let request = Client::new().get(server.url("/echo"));
        let call = async { by.call(&middleware, request).await?.text().await };
        let sent = shop.within(call).await.unwrap();
        let (header, traceparent) = sent.split_once('|').unwrap();
        let expected = TraceHeader::parse(header).to_traceparent();
        assert_eq!(expected.as_deref(), Some(traceparent));
    }
}

#[tokio::test]
async fn hosts_may_be_told_nothing_and_calls_ignored() {
    let server = upstream().await;
    let middleware = SubsegmentMiddleware::new();
    for by in BOTH {
        for (middleware, subsegments) in [
            (
                middleware.clone().propagate_to(|host| host != "127.0.0.1"),
                1,
            ),
            (middleware.clone().ignore_host("127.0.0.?"), 0),
            (middleware.clone().ignore_path("/e*"), 0),
        ] {
            let shop = Shop::new();
            let request = Client::new().get(server.url("/echo"));
            let call = async { by.call(&middleware, request).await?.text().await };
            assert_eq!(shop.within(call).await.unwrap(), "|");
            let tree = shop.tree();
            assert_eq!(tree.lines().count(), 1 + subsegments, "{tree}");
        }
    }
}

#[tokio::test]
async fn c41_without_a_context_the_call_is_untouched() {
    let server = upstream().await;
    let foreign = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    for by in BOTH {
        assert_eq!(fetch(by, &Client::new(), &server.url("/echo")).await, "|");
        let request = Client::new().get(server.url("/echo"));
        let request = request.header(TraceHeader::NAME, &foreign);
        let middleware = SubsegmentMiddleware::new().traceparent(true);
        let response = by.call(&middleware, request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.text().await.unwrap(), format!("{foreign}|"));
    }
}

#[tokio::test]
async fn a_recorder_that_is_switched_off_changes_no_call() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::with(|builder| builder.enabled(false));
        let (client, url) = (Client::new(), server.url("/echo"));
        assert_eq!(shop.within(fetch(by, &client, &url)).await, "|");
        assert_eq!(shop.recorder.stats().begun, 0);
    }
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
    let (client, url) = (Client::new(), server.url("/echo"));
    for by in BOTH {
        for _ in 0..2 {
            let sent = shop.within(fetch(by, &client, &url)).await;
            assert!(sent.ends_with(";Sampled=1|"), "{sent}");
        }
    }
    let stats = shop.recorder.stats();
    assert_eq!((stats.open(), stats.emitted, stats.lost()), (0, 0, 8));
}
