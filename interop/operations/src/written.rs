//! Annotations and metadata, more and stranger ones than one should write.

use crate::Scene;
use serde::ser::{Error, Serialize, Serializer};
use serde_json::json;

pub(crate) fn annotations(scene: &Scene) {
    let segment = scene.segment("svc");
    segment.annotate("str", "v");
    segment.annotate("int", 42);
    segment.annotate("big", 1_u64 << 60);
    segment.annotate("float", 1.5);
    segment.annotate("true", true);
    segment.annotate("unicode", "café 日本 😀");
    segment.annotate("long", "x".repeat(1_500).as_str());
    segment.annotate("nan", f64::NAN);
    segment.annotate("inf", f64::INFINITY);
    segment.annotate("empty", "");
    segment.annotate("bad.key", 1);
    segment.annotate("bad key", 1);
    segment.annotate("clé", 1);
    segment.annotate("", 1);
    segment.annotate(&"k".repeat(600), 1);
    segment.end();
}

pub(crate) fn annotation_nan(scene: &Scene) {
    let segment = scene.segment("svc");
    segment.annotate("nan", f64::NAN);
    segment.annotate("inf", f64::INFINITY);
    segment.end();
}

/// Has no form that could be written.
struct Opaque;

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("opaque"))
    }
}

pub(crate) fn metadata(scene: &Scene) {
    let segment = scene.segment("svc");
    segment.metadata("k", "v");
    let nested = json!({ "nested": { "list": [1, null, 2.5, true, { "x": "y" }] }, "null": null });
    segment.metadata_in("ns", "k", &nested);
    segment.metadata_in("ns", "nan", &f64::NAN);
    segment.metadata_in("ns", "null", &());
    segment.metadata_in("n s.é", "a.b c/é", &1);
    segment.metadata_in("AWS.reserved", "k", &1);
    segment.end();

    let segment = scene.segment("svc-object");
    segment.metadata_in("ns", "object", &Opaque);
    segment.end();

    let segment = scene.segment("svc-channel-in-subsegment");
    let inner = segment.subsegment("opaque inside");
    inner.metadata_in("ns", "object", &Opaque);
    inner.end();
    segment.end();
}

/// More than a document may have, at the segment itself.
pub(crate) fn oversize(scene: &Scene) {
    let segment = scene.segment("svc");
    segment.metadata("big", &"x".repeat(100_000));
    segment.subsegment("big").end();
    segment.end();
}

/// More than a document may have, in parts that could each have one.
pub(crate) fn oversize_in_children(scene: &Scene) {
    let segment = scene.segment("svc");
    for i in 0..4 {
        let child = segment.subsegment(&format!("big{i}"));
        child.metadata("big", &"x".repeat(30_000));
        child.end();
    }
    segment.end();
}
