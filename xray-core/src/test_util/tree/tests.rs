//! Documents as text.

use super::{timeline, tree};
use serde_json::{Value, json};

const TRACE: &str = "1-581cf771-a006649127e371903a2de979";

/// A segment of one second with the members given beside the required ones.
fn segment(name: &str, id: u64, start: f64, more: Value) -> Value {
    let mut all = subsegment(name, id, start, more);
    all["trace_id"] = TRACE.into();
    all
}

fn subsegment(name: &str, id: u64, start: f64, more: Value) -> Value {
    let mut all = json!({
        "name": name, "id": format!("{id:016x}"), "start_time": start, "end_time": start + 1.0,
    });
    merge(&mut all, more);
    all
}

fn merge(into: &mut Value, more: Value) {
    for (key, value) in more.as_object().unwrap() {
        into[key] = value.clone();
    }
}

fn alone(name: &str, id: u64, parent: u64, start: f64) -> Value {
    let more = json!({"type": "subsegment", "parent_id": format!("{parent:016x}")});
    segment(name, id, start, more)
}

fn in_progress(mut entity: Value) -> Value {
    entity.as_object_mut().unwrap().remove("end_time");
    entity["in_progress"] = true.into();
    entity
}

fn shown(documents: &[Value]) -> String {
    tree(&documents.iter().map(Value::to_string).collect::<Vec<_>>())
}

#[test]
fn children_stand_below_their_parent_by_start_then_arrival() {
    let document = segment(
        "a",
        1,
        1.0,
        json!({"subsegments": [
            subsegment("late", 2, 1.4, json!({})),
            subsegment("first", 3, 1.2, json!({"subsegments": [subsegment("leaf", 5, 1.3, json!({}))]})),
            subsegment("second", 4, 1.2, json!({})),
        ]}),
    );
    assert_eq!(
        shown(&[document]),
        "a\n  first\n    leaf\n  second\n  late\n"
    );
}

#[test]
fn no_document_is_no_text() {
    let none: [&str; 0] = [];
    assert_eq!(tree(&none), "");
    assert_eq!(timeline(&none), "");
}

#[test]
fn everything_recorded_is_on_the_line() {
    let document = segment(
        "a",
        1,
        1.0,
        json!({
            "user": "ops", "error": true, "throttle": true, "fault": true,
            "aws": {"xray": {"sdk": "X-Ray for Rust"}},
            "annotations": {"n": 1, "k": "v", "b": true},
            "metadata": {"default": {"found": [1, 2], "all": {"y": 1, "x": 2}}, "app": {"z": null}},
            "links": [{"trace_id": TRACE, "id": "00000000000000ff"}],
            "subsegments": [
                subsegment("DynamoDB", 2, 1.1, json!({
                    "namespace": "aws",
                    "http": {"response": {"status": 200, "content_length": 5}},
                    "aws": {"table_name": "carts", "operation": "GetItem", "resource_names": ["carts"]},
                })),
                subsegment("prices", 3, 1.2, json!({
                    "namespace": "remote",
                    "http": {"request": {"method": "GET", "url": "https://p/x"}, "response": {"status": 503}},
                })),
                subsegment("shop@db", 4, 1.3, json!({
                    "sql": {"sanitized_query": "select ?", "database_type": "postgresql"},
                })),
            ],
        }),
    );
    assert_eq!(
        shown(&[document]),
        r#"a error fault throttle user=ops annotations={b: true, k: "v", n: 1} metadata={app.z: null, default.all: {"x":2,"y":1}, default.found: [1,2]} links=1
  DynamoDB namespace=aws http=200 aws={operation: "GetItem", resource_names: ["carts"], table_name: "carts"}
  prices namespace=remote http=GET https://p/x 503
  shop@db sql={database_type: "postgresql", sanitized_query: "select ?"}
"#
    );
}

#[test]
fn causes_show_messages_chains_and_references() {
    let with = |cause: Value| shown(&[segment("a", 1, 1.0, json!({"cause": cause}))]);
    assert_eq!(with("00000000000000aa".into()), "a cause=<ref>\n");
    let chain = json!({"exceptions": [
        {"id": "1", "message": "outer", "cause": "2"},
        {"id": "2", "message": "inner \"x\"", "cause": "9"},
        {"id": "3", "type": "Timeout"},
    ]});
    assert_eq!(
        with(chain),
        "a cause=\"outer\" <- \"inner \\\"x\\\"\" <- <ref>, Timeout\n"
    );
    assert_eq!(
        with(json!({"paths": ["p"]})),
        "a cause={\"paths\":[\"p\"]}\n"
    );
    let ring = json!({"exceptions": [
        {"id": "0", "message": "in", "cause": "1"},
        {"id": "1", "message": "x", "cause": "2"},
        {"id": "2", "message": "y", "cause": "1"},
    ]});
    assert_eq!(with(ring), "a cause=\"in\" <- \"x\" <- \"y\" <- \"x\"\n");
}

#[test]
fn subsegments_sent_alone_find_their_parent_in_any_order() {
    let a = segment(
        "a",
        1,
        1.0,
        json!({"subsegments": [subsegment("b", 2, 1.5, json!({}))]}),
    );
    let documents = [
        alone("leaf", 4, 3, 1.3),
        alone("c", 3, 2, 1.2),
        a,
        alone("d", 5, 1, 1.1),
    ];
    assert_eq!(shown(&documents), "a\n  d\n  b\n    c\n      leaf\n");
}

#[test]
fn subsegments_without_their_parent_are_marked() {
    assert_eq!(shown(&[alone("c", 3, 2, 1.2)]), "c (parent unknown)\n");
    // The same id in another trace is another entity.
    let mut other = segment("a", 2, 1.0, json!({}));
    other["trace_id"] = "1-581cf771-000000000000000000000001".into();
    assert_eq!(
        shown(&[other, alone("c", 3, 2, 1.2)]),
        "a\nc (parent unknown)\n"
    );
}

#[test]
fn parents_in_a_ring_lose_nothing() {
    let documents = [
        alone("a", 1, 2, 1.0),
        alone("b", 2, 1, 1.1),
        alone("c", 3, 3, 1.2),
    ];
    assert_eq!(
        shown(&documents),
        "b (parent unknown)\n  a\nc (parent unknown)\n"
    );
}

#[test]
fn segments_of_other_services_stand_below_the_call() {
    let call = subsegment("call", 2, 1.1, json!({"namespace": "remote"}));
    let a = segment("a", 1, 1.0, json!({"subsegments": [call]}));
    let b = segment("b", 3, 1.2, json!({"parent_id": "0000000000000002"}));
    assert_eq!(
        shown(&[b.clone(), a]),
        "a\n  call namespace=remote\n    b (segment)\n"
    );
    assert_eq!(shown(&[b]), "b\n");
}

#[test]
fn a_complete_document_replaces_the_one_in_progress() {
    let open = in_progress(segment(
        "a",
        1,
        1.0,
        json!({"subsegments": [
            in_progress(subsegment("b", 2, 1.1, json!({}))),
            subsegment("only then", 4, 1.2, json!({})),
        ]}),
    ));
    assert_eq!(
        shown(std::slice::from_ref(&open)),
        "a in_progress\n  b in_progress\n  only then\n"
    );
    let complete = segment(
        "a",
        1,
        1.0,
        json!({"user": "ops", "subsegments": [
            subsegment("b", 2, 1.1, json!({"fault": true})),
        ]}),
    );
    let expected = "a user=ops\n  b fault\n  only then\n";
    assert_eq!(shown(&[open.clone(), complete.clone()]), expected);
    // Datagrams overtake each other.
    assert_eq!(shown(&[complete, open.clone()]), expected);
    // A child may be complete before its segment is.
    let expected = "a in_progress\n  b\n  only then\n";
    assert_eq!(shown(&[open, alone("b", 2, 1, 1.1)]), expected);
}

#[test]
fn what_is_sent_twice_is_shown_twice() {
    let a = segment("a", 1, 1.0, json!({}));
    assert_eq!(shown(&[a.clone(), a]), "a\na\n");
}

#[test]
fn what_is_not_json_is_said() {
    let shown = tree(&["{\"name\":"]);
    assert!(shown.starts_with("(not JSON: "), "{shown}");
    assert_eq!(
        tree(&["{}", "3", "{\"subsegments\":7}"]),
        "null\nnull\nnull\n"
    );
}

#[test]
fn the_timeline_has_traces_offsets_and_durations() {
    let a = segment(
        "a",
        1,
        1.0,
        json!({"subsegments": [
            in_progress(subsegment("b", 2, 1.25, json!({}))),
        ]}),
    );
    let mut other = segment("z", 7, 0.5, json!({"end_time": 0.625}));
    other["trace_id"] = "1-581cf771-000000000000000000000001".into();
    let documents = [a.to_string(), other.to_string()];
    assert_eq!(
        timeline(&documents),
        "\
1-581cf771-000000000000000000000001
     0.000    125.000  z
1-581cf771-a006649127e371903a2de979
     0.000   1000.000  a
   250.000       open    b in_progress
"
    );
}

#[test]
fn many_documents_take_no_long_time() {
    let mut documents = vec![segment("a", 1, 1.0, json!({}))];
    documents.extend((2..5_000).map(|id| alone("b", id, id / 2, id as f64)));
    let documents: Vec<_> = documents.iter().map(Value::to_string).collect();
    let tree = tree(&documents);
    assert_eq!(tree.lines().count(), 4_999);
    // The last child each time: 1, 3, 7, … 4095.
    assert!(tree.ends_with(&format!("\n{}b\n", "  ".repeat(11))));
}
