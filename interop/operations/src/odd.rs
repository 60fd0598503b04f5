//! Ends that come twice, late or never, and no segment at all.

use crate::Scene;

/// `end` takes the segment, so there is no second end to be called; what is left is a context.
pub(crate) fn close_twice(scene: &Scene) {
    let segment = scene.segment("svc");
    let context = segment.context();
    segment.end();
    drop(context);
}

pub(crate) fn mutate_after_close(scene: &Scene) {
    let segment = scene.segment("svc");
    let context = segment.context();
    segment.end();
    context.annotate("late", true);
    context.metadata("late", &true);
    context.mark_fault();
}

pub(crate) fn no_context(_: &Scene) {
    let subsegment = xray::subsegment("nowhere");
    subsegment.annotate("k", "v");
    subsegment.end();
}

pub(crate) fn closed_after_segment(scene: &Scene) {
    let segment = scene.segment("svc");
    let late = segment.subsegment("late");
    segment.end();
    late.annotate("late", true);
    late.end();
}

pub(crate) fn left_open(scene: &Scene) {
    let segment = scene.segment("svc");
    std::mem::forget(segment.subsegment("never closed"));
    segment.end();
}
