//! Annotations: what X-Ray indexes.

use crate::support::{document, recorder, with};
use serde_json::{Value, json};
use std::borrow::Cow;

fn annotations(describe: impl FnOnce(&xray_core::Segment)) -> Value {
    document(describe)["annotations"].take()
}

#[test]
fn c17_every_type_is_written_as_it_is() {
    let owned = String::from("owned");
    let all = annotations(|s| {
        s.annotate("text", "text");
        s.annotate("owned", &owned);
        s.annotate("cow", &Cow::Borrowed("cow"));
        s.annotate("i8", i8::MIN);
        s.annotate("i64_least", i64::MIN);
        s.annotate("i64_most", i64::MAX);
        s.annotate("u64_most", u64::MAX);
        s.annotate("usize", usize::MAX);
        s.annotate("u64_fits", 17_u64);
        s.annotate("f32", 0.5_f32);
        s.annotate("f64", -1.5e-7);
        s.annotate("f64_most", f64::MAX);
        s.annotate("yes", true);
        s.annotate("no", false);
    });
    let expected = json!({
        "text": "text", "owned": "owned", "cow": "cow", "i8": -128, "i64_least": i64::MIN,
        "i64_most": i64::MAX, "u64_most": u64::MAX, "usize": usize::MAX, "u64_fits": 17,
        "f32": 0.5, "f64": -1.5e-7, "f64_most": f64::MAX, "yes": true, "no": false,
    });
    assert_eq!(all, expected);
}

#[test]
fn c17_references_are_what_they_refer_to() {
    let all = annotations(|s| {
        for (key, text) in &[("a", "x"), ("b", "y")] {
            s.annotate(key, text);
        }
        [7_u32].iter().for_each(|n| s.annotate("n", n));
        [0.5].iter().for_each(|v| s.annotate("f", v));
        [true].iter().for_each(|v| s.annotate("t", v));
    });
    assert_eq!(
        all,
        json!({"a": "x", "b": "y", "n": 7, "f": 0.5, "t": true})
    );
}

#[test]
fn c17_what_is_no_number_is_dropped_and_counted() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    for (key, v) in [
        ("a", f64::NAN),
        ("b", f64::INFINITY),
        ("c", f64::NEG_INFINITY),
    ] {
        segment.annotate(key, v);
    }
    segment.annotate("d", f32::NAN);
    segment.end();
    // Nor is there an empty object in their place.
    assert_eq!(memory.tree(), "api\n");
    assert_eq!(recorder.stats().invalid_values, 4);
}

/// The last one that is a number counts; one that is none changes nothing.
#[test]
fn c17_the_last_value_for_a_key_counts() {
    let all = annotations(|s| {
        s.annotate("key", 1);
        s.annotate("other.key", 1);
        s.annotate("key", "two");
        s.annotate("other key", 2);
        s.annotate("key", f64::NAN);
        s.annotate("keys", 3);
    });
    assert_eq!(all, json!({"key": "two", "other_key": 2, "keys": 3}));
}

#[test]
fn c17_keys_and_texts_are_mended() {
    let long = "ä".repeat(1_001);
    let all = annotations(|s| {
        s.annotate("", 1);
        s.annotate("käse-id\"\\\n", 2);
        s.annotate(&"k".repeat(600), 3);
        s.annotate("long", &long);
        s.annotate("empty", "");
        s.annotate("escaped", "\"\\\u{0}\u{1f}\u{7f}\u{2028}/");
    });
    let mut expected = json!({
        "_": 1, "k_se_id___": 2, "long": "ä".repeat(1_000), "empty": "",
        "escaped": "\"\\\u{0}\u{1f}\u{7f}\u{2028}/",
    });
    expected["k".repeat(500)] = 3.into();
    assert_eq!(all, expected);
}

/// D9: X-Ray indexes fifty per trace; how many there are is its business.
#[test]
fn d9_there_is_no_limit_on_their_number() {
    let all = annotations(|s| (0..500).for_each(|i| s.annotate(&format!("k{i}"), i)));
    assert_eq!(all.as_object().unwrap().len(), 500);
    assert_eq!(all["k499"], 499);
}

#[test]
fn unsampled_annotations_cost_nothing_and_count_nothing() {
    let (recorder, memory) = with(|b| b.sampler(xray_core::sampling::Never));
    let segment = recorder.segment("api").start();
    segment.annotate("nan", f64::NAN);
    segment.annotate("k", 1);
    segment.end();
    assert!(memory.take().is_empty());
    assert_eq!(recorder.stats(), Default::default());
}
