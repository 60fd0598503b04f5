//! The guide shows what is here, and what is here does what the guide says.

use crate::{before, beside};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use axum::routing::get;
use serde_json::Value;
use tower::ServiceExt;
use xray::test_util::captured;

/// Without what a page and a file may differ in: how far it is indented.
fn flat(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_guide_shows_these_programs() {
    let guide = include_str!("../../../docs/guide/from-opentelemetry.md");
    let files = [
        include_str!("before.rs"),
        include_str!("after.rs"),
        include_str!("beside.rs"),
    ];
    let files = files.map(flat);
    let mut blocks = guide.split("```rust\n");
    blocks.next();
    let mut shown = 0;
    for block in blocks {
        let block = flat(block.split("```").next().unwrap());
        assert!(files.iter().any(|file| file.contains(&block)), "{block}");
        shown += 1;
    }
    assert!(shown >= 7, "{shown} programs");
}

/// All entities of a document.
fn entities(document: &Value, into: &mut Vec<Value>) {
    into.push(document.clone());
    if let Some(children) = document["subsegments"].as_array() {
        children.iter().for_each(|child| entities(child, into));
    }
}

#[tokio::test]
async fn three_shops_are_one_trace() {
    let documents = crate::documents().await.unwrap();

    let mut all = Vec::new();
    let mut traces = Vec::new();
    for document in &documents {
        let document: Value = serde_json::from_str(document).unwrap();
        traces.push(document["trace_id"].clone());
        entities(&document, &mut all);
    }
    assert_eq!(all.len(), crate::ENTITIES);
    traces.dedup();
    assert_eq!(traces.len(), 1, "{traces:?}");
    let named = |name: &str| -> Vec<&Value> { all.iter().filter(|e| e["name"] == name).collect() };
    // The call of the first is the parent of the second, which X-Ray is told by either header.
    let [call] = named("stock")[..] else {
        panic!("{all:?}");
    };
    let seconds = named("x-ray-shop");
    assert!(seconds.iter().any(|s| s["parent_id"] == call["id"]));
    // Both segments of the third have the call of the second as their parent.
    let third = |name: &str| {
        let segments = named(name).into_iter();
        let parents: Vec<_> = segments.map(|s| s["parent_id"].clone()).collect();
        parents
    };
    let calls: Vec<_> = named("127.0.0.1").iter().map(|c| c["id"].clone()).collect();
    let shared = |parent: &Value| calls.contains(parent) && third("shop").contains(parent);
    assert!(third("x-ray-shop").iter().any(shared), "{all:?}");
    // What a span has as a field is not to be found, unless the translator is told to index it.
    let orders = named("load-order")
        .into_iter()
        .filter(|e| e["annotations"]["order"] == 7);
    assert_eq!((named("load-order").len(), orders.count()), (4, 2));
}

#[tokio::test]
async fn a_traceparent_is_continued_and_sent() {
    let echo = async |headers: HeaderMap| {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        format!("{} {}", header("traceparent"), header("x-amzn-trace-id"))
    };
    let stock = crate::serve(Router::new().route("/orders/{id}", get(echo)))
        .await
        .unwrap();
    let shop = before::Shop {
        client: reqwest::Client::new(),
        stock,
    };
    let request = Request::get("/orders/7")
        .header(
            "traceparent",
            "00-4efaaf4d1e8720b39541901950019ee5-70de5b6f19ff9a0a-01",
        )
        .body(Body::empty())
        .unwrap();

    let captured = captured(async {
        let response = beside::router(shop).oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1024)
            .await
            .unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    })
    .await;

    let (traceparent, header) = captured.output.split_once(' ').unwrap();
    let parent = traceparent
        .strip_prefix("00-4efaaf4d1e8720b39541901950019ee5-")
        .and_then(|rest| rest.strip_suffix("-01"))
        .unwrap();
    assert_eq!(
        header,
        format!("Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent={parent};Sampled=1")
    );
    let mut all = Vec::new();
    for document in captured.documents() {
        entities(&serde_json::from_str(&document).unwrap(), &mut all);
    }
    assert!(all.iter().any(|e| e["parent_id"] == "70de5b6f19ff9a0a"));
    assert!(
        all.iter()
            .any(|e| e["id"] == parent && e["namespace"] == "remote")
    );
}
