//! Metadata: any value of the user's, in namespaces.

use crate::support::{document, recorder};
use serde::{Serialize, Serializer, ser};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use xray_core::{Exception, Segment};

fn metadata(describe: impl FnOnce(&Segment)) -> Value {
    document(describe)["metadata"].take()
}

/// Like `metadata` for one value, and how many were counted as invalid.
fn one(value: &impl Serialize) -> (Value, u64) {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    segment.metadata("before", &1);
    segment.metadata("value", value);
    segment.annotate("after", 1);
    segment.end();
    let mut document = memory.values().remove(0);
    assert_eq!(document["annotations"]["after"], 1);
    assert_eq!(document["metadata"]["default"]["before"], 1);
    (
        document["metadata"]["default"]["value"].take(),
        recorder.stats().invalid_values,
    )
}

#[test]
fn c18_namespaces_are_objects_of_their_own() {
    let all = metadata(|s| {
        s.metadata("a", &1);
        s.metadata_in("shop", "a", &2);
        s.metadata_in("default", "b", &3);
        s.metadata_in("", "c", &4);
        s.metadata_in("shop", "", &5);
        s.metadata_in("AWS.x", "d", &6);
        s.metadata_in("AWS.", "e", &7);
        s.metadata_in("AWSome", "f", &8);
        s.metadata_in("xray_sdk", "g", &9);
    });
    let expected = json!({
        "default": {"a": 1, "b": 3, "c": 4}, "shop": {"a": 2, "": 5}, "AWS_x": {"d": 6},
        "AWS_": {"e": 7}, "AWSome": {"f": 8}, "xray_sdk_": {"g": 9},
    });
    assert_eq!(all, expected);
}

#[test]
fn c18_the_last_value_for_a_key_counts() {
    let all = metadata(|s| {
        s.metadata("a", &1);
        s.metadata_in("other", "a", &2);
        s.metadata_in("AWS.x", "a", &3);
        s.metadata("a", "again");
        s.metadata_in("", "a", &[4]);
        s.metadata_in("AWS_x", "a", &5);
        s.metadata("ab", &6);
    });
    let expected = json!({"default": {"a": [4], "ab": 6}, "other": {"a": 2}, "AWS_x": {"a": 5}});
    assert_eq!(all, expected);
}

/// The namespace is told from the key by its length, not by a mark that it might hold itself.
#[test]
fn c18_namespaces_and_keys_may_hold_any_character() {
    let names = [
        "\"",
        "\\",
        "a\"",
        "a\\",
        "\\\"",
        "a\":{",
        "\u{0}",
        "\n",
        "käse 🦀",
        "__proto__",
    ];
    let mut expected = json!({});
    let all = metadata(|s| {
        for (i, namespace) in names.iter().enumerate() {
            for (j, key) in names.iter().enumerate() {
                s.metadata_in(namespace, key, &(i, j));
                expected[namespace][key] = json!([i, j]);
            }
        }
    });
    assert_eq!(all, expected);
}

#[test]
fn c18_long_names_are_cut_between_characters() {
    let long = "ä".repeat(400);
    let all = metadata(|s| s.metadata_in(&long, &long, &1));
    let cut = "ä".repeat(250);
    assert_eq!(all[&cut][&cut], 1);
}

#[test]
fn c18_values_of_every_shape() {
    struct Variant;
    impl Serialize for Variant {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_variant("Shape", 0, "New", &())
        }
    }
    assert_eq!(one(&Variant), (json!({"New": null}), 0));
    assert_eq!(one(&None::<u8>), (Value::Null, 0));
    assert_eq!(one(&HashMap::from([(7, [0.5])])), (json!({"7": [0.5]}), 0));
    assert_eq!(one(&i64::MIN), (json!(i64::MIN), 0));
    assert_eq!(one(&json!({})), (json!({}), 0));
}

#[test]
fn c18_numbers_that_json_lacks_are_null() {
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5];
    assert_eq!(one(&numbers), (json!([null, null, null, 0.5]), 0));
}

#[test]
fn c18_what_cannot_be_serialised_says_so_and_keeps_the_document() {
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(ser::Error::custom("not \"today\"\n"))
        }
    }
    struct Panics;
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("in serialize")
        }
    }
    let refused = |value: (Value, u64)| {
        assert_eq!(value.1, 1);
        let text = value.0.as_str().unwrap().to_owned();
        text.strip_prefix("not recorded: ").unwrap().to_owned()
    };
    assert_eq!(refused(one(&Fails)), "not \"today\"\n");
    assert_eq!(refused(one(&(1, "half", Fails))), "not \"today\"\n");
    assert_eq!(refused(one(&[Panics])), "its `Serialize` panicked");
    assert_eq!(refused(one(&"x".repeat(64 << 10))), "more than 64 KiB");
    assert_eq!(refused(one(&vec![0; 64 << 10])), "more than 64 KiB");
    let map = BTreeMap::from([(vec![1], 1)]);
    assert_eq!(refused(one(&map)), "key must be a string");
}

/// `Serialize` is the user's code, and runs outside every lock.
#[test]
fn c18_a_value_may_record_while_it_is_serialised() {
    struct Records<'a>(&'a Segment);
    impl Serialize for Records<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.metadata("inner", &[1, 2]);
            self.0.annotate("from", "inside");
            serializer.serialize_str("outer")
        }
    }
    let document = document(|s| s.metadata("outer", &Records(s)));
    assert_eq!(
        document["metadata"]["default"],
        json!({"outer": "outer", "inner": [1, 2]})
    );
    assert_eq!(document["annotations"]["from"], "inside");
}

#[test]
fn in_a_loop_over_one_key_the_last_value_counts() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    segment.metadata("first", &1);
    let early = Exception::message(&"early");
    segment.record(early.frame("shop.rs", 7, "take"));
    for n in 0..10_000 {
        segment.annotate("n", n);
        segment.metadata_in("state", "text", &format!("{n:0200}"));
        segment.annotate("done", n % 2 == 0);
    }
    segment.record_error(&std::fmt::Error);
    segment.end();
    let document = memory.values().remove(0);
    assert_eq!(document["annotations"], json!({"n": 9_999, "done": false}));
    let text = format!("{:0200}", 9_999);
    assert_eq!(
        document["metadata"],
        json!({"default": {"first": 1}, "state": {"text": text}})
    );
    let exceptions = document["cause"]["exceptions"].as_array().unwrap();
    assert_eq!(exceptions.len(), 2);
    assert_eq!(exceptions[0]["stack"][0]["line"], 7);
    assert_eq!(recorder.stats().refused_values, 0);
}

#[test]
fn too_many_keys_are_refused_and_counted() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    for n in 0..5_000 {
        segment.annotate(&format!("k{n}"), n);
    }
    segment.annotate("k7", "last");
    segment.end();
    let document = memory.values().remove(0);
    assert_eq!(document["annotations"].as_object().unwrap().len(), 4_096);
    assert_eq!(document["annotations"]["k4095"], 4_095);
    assert_eq!(document["metadata"]["xray_sdk"]["truncated"], true);
    assert_eq!(recorder.stats().refused_values, 905);
}

#[test]
fn d10_a_serialize_that_goes_on_after_an_error_spoils_no_document() {
    struct GoesOn;
    impl Serialize for GoesOn {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use ser::SerializeStruct;
            let mut out = serializer.serialize_struct("GoesOn", 2)?;
            let _ = out.serialize_field("large", &"x".repeat(70_000));
            let _ = out.serialize_field("small", &1);
            out.end()
        }
    }
    let all = metadata(|s| s.metadata("k", &GoesOn));
    assert_eq!(all["default"]["k"], "not recorded: more than 64 KiB");
}
