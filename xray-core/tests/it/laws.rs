//! What must hold whatever users do with handles.

use crate::support::{Arrived, balanced, recorder, with};
use std::time::Duration;
use xray_core::sampling::Never;
use xray_core::test_util::ManualClock;

#[test]
fn one_segment_is_one_document() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    segment.annotate("b", 2);
    segment.annotate("a", "first");
    segment.annotate("a", "\"last\"\n");
    segment.annotate("bad key!", 1.5);
    segment.metadata("found", &vec![1, 2]);
    segment.metadata("found", &vec![3]);
    segment.http_response(503, None);
    segment.subsegment("child").end();
    segment.end();
    assert_eq!(
        memory.tree(),
        "api fault http=503 annotations={a: \"\\\"last\\\"\\n\", b: 2, bad_key_: 1.5} \
         metadata={default.found: [3]}\n  child\n"
    );
    balanced(&recorder.stats());
}

#[test]
fn a_child_that_outlives_its_parent_leaves_alone_with_the_right_parent() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let a = segment.subsegment("a");
    let b = a.subsegment("b");
    let late = b.context();
    drop(a);
    segment.end();
    assert_eq!(memory.take().len(), 1);
    let c = late.subsegment("c");
    drop(b);
    let d = late.subsegment("d");
    drop((c, d));
    late.annotate("too", "late");
    let arrived = Arrived::read(&memory.take());
    assert_eq!(arrived.parent_of("c"), "b");
    assert_eq!(arrived.parent_of("d"), "b");
    assert_eq!(arrived.entities.len(), 3, "{arrived:#?}");
    assert!(arrived.documents.iter().all(|d| d["type"] == "subsegment"));
    assert_eq!(recorder.stats().late, 1);
    balanced(&recorder.stats());
}

#[test]
fn a_parent_that_ended_first_keeps_its_open_child_while_the_segment_is_open() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let a = segment.subsegment("a");
    let b = a.subsegment("b");
    drop(a);
    drop(b);
    segment.end();
    assert_eq!(memory.tree(), "api\n  a\n    b\n");
}

#[test]
fn c59_a_forgotten_child_does_not_hold_its_segment_back() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    std::mem::forget(segment.subsegment("leaked"));
    drop(segment.subsegment("kept"));
    segment.end();
    assert_eq!(memory.tree(), "api\n  kept\n");
    assert_eq!(recorder.stats().open(), 1, "the leaked one stays visible");
}

#[test]
fn c59_a_forgotten_segment_is_counted_as_open() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    segment.subsegment("ended").end();
    std::mem::forget(segment);
    assert!(memory.take().is_empty());
    assert_eq!(recorder.stats().open(), 1);
}

#[test]
fn c16_writing_and_ending_after_the_end_change_nothing_and_are_counted() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let context = segment.context();
    let sub = segment.subsegment("sub");
    let ended = sub.context();
    sub.end();
    ended.annotate("late", 1);
    ended.mark_fault();
    segment.end();
    let before = memory.tree();
    context.annotate("late", 2);
    context.metadata("late", &3);
    context.http_response(500, None);
    context.record_error(&std::fmt::Error);
    context.user("late");
    assert_eq!(memory.tree(), before);
    assert_eq!(before, "api\n  sub\n");
    assert_eq!(recorder.stats().late, 7);
}

#[test]
fn c08_unsampled_keeps_the_root_it_was_given_and_records_nothing() {
    let (recorder, memory) = with(|b| b.sampler(Never));
    let header = "Root=1-581cf771-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=0";
    let segment = recorder
        .segment("api")
        .continues(&header.parse().unwrap())
        .start();
    let entered = segment.enter();
    let sub = xray_core::subsegment("a");
    xray_core::annotate("k", "v");
    let sent = sub.header().unwrap();
    assert_eq!(
        sent.root().unwrap().to_string(),
        "1-581cf771-a006649127e371903a2de979"
    );
    assert_eq!(sent.decision(), xray_core::Decision::NotSampled);
    assert_ne!(sent.parent().unwrap().to_string(), "53995c3f42cd8ad8");
    drop((entered, sub));
    drop(segment);
    assert_eq!((memory.take().len(), recorder.stats().begun), (0, 0));
}

/// H12: an unsampled root has a real trace id, and all its calls carry the same one.
#[test]
fn two_unsampled_hops_share_one_root() {
    let (first, _) = with(|b| b.sampler(Never));
    let (second, _) = with(|b| b.sampler(Never));
    let root = first.segment("first").start();
    let (a, b) = (
        root.subsegment("a").header().unwrap(),
        root.header().unwrap(),
    );
    assert_eq!(a.root(), b.root());
    let hop = second
        .segment("second")
        .continues(&a.to_string().parse().unwrap())
        .start();
    let onwards = hop.subsegment("call").header().unwrap();
    assert_eq!(onwards.root(), a.root());
    assert!(onwards.to_string().ends_with(";Sampled=0"), "{onwards}");
    assert_ne!(onwards.root().unwrap().to_u128(), 0);
}

#[test]
fn c09_lineage_travels_on_sampled_or_not() {
    for sampled in [0, 1] {
        let (recorder, _) = recorder();
        let header = format!(
            "Self=1-1-1;Root=1-581cf771-a006649127e371903a2de979;Sampled={sampled};Foo=bar;Lineage=a:1"
        );
        let segment = recorder
            .segment("api")
            .continues(&header.parse().unwrap())
            .start();
        let sub = segment.subsegment("call");
        let sent = sub.header_value().unwrap();
        let expected = format!(
            "Root=1-581cf771-a006649127e371903a2de979;Parent={};Sampled={sampled};Lineage=a:1;Foo=bar",
            sub.id().unwrap()
        );
        assert_eq!(&*sent, expected);
        assert_eq!(sub.header().unwrap().to_string(), expected);
    }
}

#[test]
fn c34_what_is_called_gets_the_subsegment_as_parent() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let call = segment.subsegment("call");
    let header = call.header().unwrap();
    assert_eq!(header.parent(), call.id());
    assert_ne!(header.parent(), segment.id());
    drop(call);
    drop(segment);
    let arrived = Arrived::read(&memory.take());
    assert_eq!(
        arrived.entities[&header.parent().unwrap().to_string()].0,
        "call"
    );
}

#[test]
fn a_long_segment_is_reported_once_and_then_replaced() {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let (recorder, memory) = with(|b| {
        b.clock(clock.clone())
            .in_progress_after(Duration::from_secs(5))
    });
    let segment = recorder.segment("api").start();
    segment.annotate("k", 1);
    recorder.sweep();
    assert!(memory.documents().is_empty());
    clock.advance(Duration::from_secs(6));
    recorder.sweep();
    recorder.sweep();
    assert_eq!(memory.documents().len(), 1);
    assert_eq!(memory.tree(), "api annotations={k: 1} in_progress\n");
    segment.end();
    assert_eq!(memory.documents().len(), 2);
    assert_eq!(memory.tree(), "api annotations={k: 1}\n");
    let stats = recorder.stats();
    assert_eq!((stats.in_progress, stats.open()), (1, 0));
    balanced(&stats);
}

#[test]
fn b16_the_user_reaches_the_segment_from_any_depth() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let sub = segment.subsegment("authenticate");
    let inner = sub.subsegment("look up");
    inner.user("u-17");
    inner.segment().annotate("tenant", "acme");
    drop((inner, sub));
    segment.end();
    assert_eq!(
        memory.tree(),
        "api user=u-17 annotations={tenant: \"acme\"}\n  authenticate\n    look up\n"
    );
}
