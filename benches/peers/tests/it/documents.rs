//! Every contender sends W1, or its row says nothing. Each is done in a process of its own, by the same
//! program that measures.

use crate::receiver::Receiver;
use benches::works::Work;
use peers::works;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// This test is run again in a process of its own, with the work to do in its environment.
const WORK: &str = "PEERS_TEST_WORK";

/// Does W1 once in another process, and returns what arrives.
fn documents(name: &str, n: usize) -> Vec<Value> {
    let receiver = Receiver::new();
    let work = works::find(name).unwrap();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "documents::does_a_work", "--ignored"])
        .env(WORK, format!("{} {name}", receiver.address()));
    if let Some(program) = work.program {
        for (name, value) in program(work).unwrap().get_envs() {
            command.env(name, value.unwrap());
        }
    }
    assert!(command.output().unwrap().status.success(), "{name}");
    receiver.documents(n)
}

#[test]
#[ignore = "the other process of the tests below"]
fn does_a_work() {
    let asked = std::env::var(WORK).unwrap();
    let (to, name) = asked.split_once(' ').unwrap();
    let to: SocketAddr = to.parse().unwrap();
    let Work { start, .. } = works::find(name).unwrap();
    let running = start(to);
    (running.run)(1);
    (running.settle)();
}

/// The entity of this name, out of those that stand alone.
fn named<'a>(all: &'a [Value], name: &str) -> &'a Value {
    let mut found = all
        .iter()
        .filter(|d| d["name"] == name && d["in_progress"] != true);
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {all:?}"));
    assert!(found.next().is_none(), "two {name}");
    first
}

/// Four entities of one trace with W1's parents, and these annotations.
fn assert_w1(all: &[Value], annotations: [Value; 4]) {
    let [segment, auth, db, query] =
        ["api.example.com", "auth", "db", "query"].map(|name| named(all, name));
    for (child, parent) in [(auth, segment), (db, segment), (query, db)] {
        assert_eq!(child["parent_id"], parent["id"]);
        assert_eq!(child["trace_id"], segment["trace_id"]);
        assert_eq!(child["type"], "subsegment");
    }
    for (entity, annotations) in [segment, auth, db, query].into_iter().zip(annotations) {
        assert_eq!(entity["annotations"], annotations);
        assert!(entity["end_time"].as_f64() >= entity["start_time"].as_f64());
    }
    let request = json!({
        "method": "GET",
        "url": "https://api.example.com/orders/42",
        "user_agent": "measure/1.0",
        "client_ip": "10.0.0.7",
        // The exporter says so of every client address that it is told.
        "x_forwarded_for": true,
    });
    assert_eq!(segment["http"]["request"], request);
    // There is no attribute for the length of a response.
    assert_eq!(segment["http"]["response"], json!({"status": 200}));
}

fn typed() -> [Value; 4] {
    [
        json!({"tenant": "acme", "order": 0}),
        json!({"user": "u-17", "attempt": 1}),
        json!({"table": "orders", "rows": 0}),
        json!({"statement": "select", "millis": 3}),
    ]
}

#[test]
fn opentelemetry_sends_w1_in_four_documents() {
    assert_w1(&documents("w1 opentelemetry-aws", 4), typed());
}

#[test]
fn opentelemetry_sends_w1_in_one_document_if_told_to() {
    let [segment] = &documents("w1 opentelemetry-aws, nested", 1)[..] else {
        panic!("not one");
    };
    let children = segment["subsegments"].as_array().unwrap();
    let names: Vec<_> = children.iter().map(|c| &c["name"]).collect();
    assert_eq!(names, ["auth", "db"]);
    // Every earlier sibling is named.
    assert_eq!(children[1]["precursor_ids"], json!([children[0]["id"]]));
    assert_eq!(children[1]["subsegments"][0]["name"], "query");
}

#[test]
fn tracing_sends_w1_in_four_documents() {
    assert_w1(&documents("w1 tracing-opentelemetry", 4), typed());
    assert_w1(&documents("w1 tracing-opentelemetry, lean", 4), typed());
}

#[test]
fn fastrace_sends_w1_in_four_documents_with_texts_only() {
    let texts = [
        json!({"tenant": "acme", "order": "0"}),
        json!({"user": "u-17", "attempt": "1"}),
        json!({"table": "orders", "rows": "0"}),
        json!({"statement": "select", "millis": "3"}),
    ];
    assert_w1(&documents("w1 fastrace", 4), texts);
}

#[test]
fn xray_lite_sends_each_subsegment_twice_beneath_the_function() {
    let all = documents("w1 xray-lite", 7);

    let begun = all.iter().filter(|d| d["in_progress"] == true).count();
    assert_eq!(begun, 3);
    for (name, annotations) in ["auth", "db", "query"].into_iter().zip(&typed()[1..]) {
        let subsegment = named(&all, name);
        assert_eq!(subsegment["annotations"], *annotations);
        assert_eq!(subsegment["parent_id"], "70de5b6f19ff9a0a");
        assert_eq!(
            subsegment["trace_id"],
            "1-581cf771-a006649127e371903a2de979"
        );
    }
    let segment = named(&all, "api.example.com");
    assert_ne!(segment["trace_id"], "1-581cf771-a006649127e371903a2de979");
    assert_eq!(
        segment["http"]["response"],
        json!({"status": 200, "content_length": 1234})
    );
}

#[test]
fn xray_lite_sends_what_is_not_sampled() {
    assert_eq!(documents("unsampled xray-lite", 7).len(), 7);
}

#[test]
fn axum_layers_name_the_service_but_not_the_url() {
    let through_tracing = &documents("axum tracing-opentelemetry, 100 %", 1)[0];
    assert_eq!(through_tracing["name"], "api.example.com");
    assert_eq!(
        through_tracing["http"]["request"]["url"],
        "://api.example.com/orders/42"
    );

    let by_otel = &documents("axum instrumentation-tower, 100 %", 1)[0];
    assert_eq!(by_otel["name"], "api.example.com");
    assert_eq!(by_otel["http"]["request"].get("url"), None);

    let ours = &documents("axum aws-xray, 100 %", 1)[0];
    assert_eq!(ours["name"], "api.example.com");
    assert_eq!(
        ours["http"]["request"]["url"],
        "http://api.example.com/orders/42"
    );
}
