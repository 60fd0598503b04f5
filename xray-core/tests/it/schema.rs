//! What holds for every document.

use crate::support::document;
use serde_json::{Value, json};
use xray_core::{HttpRequest, Namespace, Sql};

/// C14: whatever is said of it, nothing in a document is empty but values of the user's.
#[test]
fn c14_nothing_is_empty() {
    let document = document(|s| {
        let sub = s.subsegment("");
        for context in [s.context(), sub.context()] {
            context.annotate("nan", f64::NAN);
            context.http_request(&HttpRequest::new("", ""));
            context.http_response(0, None);
            context.user("");
            context.aws("a", "");
            context.sql(&Sql::default());
        }
    });
    fn check(value: &Value) {
        match value {
            Value::Object(all) => {
                assert!(!all.is_empty());
                all.values().for_each(check);
            }
            Value::Array(all) => {
                assert!(!all.is_empty());
                all.iter().for_each(check);
            }
            Value::String(text) => assert!(!text.is_empty()),
            other => assert!(!other.is_null() && other != false),
        }
    }
    check(&document);
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let minimal = ["end_time", "id", "name", "start_time"];
    assert_eq!(keys(&document["subsegments"][0]), minimal);
}

/// D4: what a segment has no member for is not said of it.
#[test]
fn d4_members_of_subsegments_are_not_on_segments() {
    let document = document(|segment| {
        let mut sql = Sql::default();
        sql.user = Some("u");
        segment.sql(&sql);
        segment.namespace(Namespace::Remote);
        segment.precursor(segment.id().unwrap());
        segment.aws("operation", "GetItem");
        segment.http_request(&HttpRequest::new("GET", "http://a/").traced(true));
    });
    for member in [
        "sql",
        "namespace",
        "precursor_ids",
        "type",
        "traced",
        "parent_id",
    ] {
        assert!(document.get(member).is_none(), "{member}: {document}");
    }
    assert_eq!(document["aws"].as_object().unwrap().len(), 1);
    assert_eq!(
        document["http"],
        json!({"request": {"method": "GET", "url": "http://a/"}})
    );
}

/// C13: every document that reaches a `MemoryEmitter` goes through `check`, and `check` sees what is
/// wrong.
#[cfg(feature = "schema")]
#[test]
fn c13_a_document_that_is_not_valid_is_found_out() {
    use xray_core::test_util::check;

    let (recorder, memory) = crate::support::recorder();
    let segment = recorder.segment("api").start();
    segment.annotate("key", 1);
    segment.metadata("key", &1);
    segment.http_response(429, None);
    segment.record_error(&std::fmt::Error);
    let sub = segment.subsegment("sub");
    sub.namespace(Namespace::Remote);
    drop(sub);
    segment.end();
    let good = &memory.take()[0];
    check(good).unwrap();
    for (from, to) in [
        ("\"name\":\"api\"", "\"name\":\"a\\tpi\""),
        ("\"name\":\"sub\"", "\"name\":\"\""),
        ("\"key\":1", "\"bad key\":1"),
        ("\"key\":1", "\"key\":null"),
        ("\"status\":429", "\"status\":99"),
        ("\"error\":true", "\"error\":false"),
        ("\"error\":true,", ""),
        ("\"namespace\":\"remote\"", "\"namespace\":\"local\""),
        ("\"trace_id\":\"1-", "\"trace_id\":\"2-"),
        ("\"metadata\":{\"default\":{", "\"metadata\":{\"AWS.x\":{"),
        ("\"exceptions\":[{\"id\":", "\"exceptions\":[{\"ID\":"),
        ("\"start_time\":1", "\"start_time\":9"),
        ("\"fault\":true", "\"fault\":true,\"fault\":true"),
        ("\"fault\":true", "\"fault\":true,\"Dummy\":false"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(&bad, good, "{from}");
        assert!(check(&bad).is_err(), "{bad}");
    }
}
