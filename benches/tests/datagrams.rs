//! Contenders and floors send the same, or their ratio says nothing.

use benches::table::{datagram, same_lengths};
use serde_json::Value;

/// The document, with ids and times made alike.
fn document(work: &str) -> Value {
    let datagram = datagram(work).unwrap();
    let text = String::from_utf8(datagram).unwrap();
    let (header, document) = text.split_once('\n').unwrap();
    assert_eq!(header, r#"{"format":"json","version":1}"#);
    let mut document = serde_json::from_str(document).unwrap();
    alike(&mut document);
    document
}

fn alike(entity: &mut Value) {
    for version in ["/service/runtime_version", "/aws/xray/sdk_version"] {
        if let Some(version) = entity.pointer_mut(version) {
            *version = Value::Null;
        }
    }
    let Value::Object(entity) = entity else {
        panic!("not an entity: {entity}");
    };
    for (key, value) in entity {
        match (key.as_str(), value) {
            ("id" | "trace_id", Value::String(id)) => {
                *id = id.chars().map(|c| if c == '-' { c } else { 'x' }).collect();
            }
            ("start_time" | "end_time", time) => {
                *time = Value::from(time.as_f64().unwrap() as u64 / 1_000_000);
            }
            ("subsegments", Value::Array(children)) => children.iter_mut().for_each(alike),
            _ => {}
        }
    }
}

#[test]
fn the_floor_sends_what_we_send() {
    let floor = document("w1 floor");
    assert_eq!(document("w1 hand-off floor"), floor);
    assert_eq!(document("w1 inline, handles"), floor);
    assert_eq!(document("w1 inline, context"), floor);
    assert_eq!(document("w1 queued, handles"), floor);
    assert_eq!(document("w1 queued, context"), floor);
}

#[test]
fn they_are_of_the_same_length() {
    same_lengths().unwrap();
}
