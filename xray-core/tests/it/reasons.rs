//! What did not leave is counted by its reason, and user code does not notice.

use crate::emitters::{Answers, Confused};
use crate::support::{balanced, with};
use std::io;
use xray_core::sampling::Always;
use xray_core::test_util::MemoryEmitter;
use xray_core::{EmitError, Recorder, Stats};

/// A recorder whose emitter answers as it is told.
fn answering(
    answer: impl Fn(usize) -> Option<EmitError> + Send + Sync + 'static,
) -> (Recorder, MemoryEmitter) {
    let memory = MemoryEmitter::new();
    let emitter = Answers::new(&memory, answer);
    let recorder = Recorder::builder("service").emitter(emitter);
    (recorder.sampler(Always).build().unwrap(), memory)
}

fn two_entities(recorder: &Recorder) {
    let segment = recorder.segment("api").start();
    segment.subsegment("work").end();
    segment.end();
}

#[test]
fn each_reason_has_a_counter() {
    type Reason = (fn() -> EmitError, fn(&Stats) -> u64);
    let reasons: [Reason; 5] = [
        (|| EmitError::TooLarge, |s| s.lost_too_large),
        (|| EmitError::Full, |s| s.lost_full),
        (|| EmitError::Refused, |s| s.lost_refused),
        (|| EmitError::Unresolved, |s| s.lost_unresolved),
        (
            || EmitError::Io(io::ErrorKind::PermissionDenied.into()),
            |s| s.lost_other,
        ),
    ];
    for (reason, counter) in reasons {
        let (recorder, memory) = answering(move |_| Some(reason()));
        two_entities(&recorder);
        let stats = recorder.stats();
        assert_eq!(counter(&stats), 2, "{:?}: {stats:?}", reason());
        assert_eq!((stats.lost(), stats.emitted, stats.documents), (2, 0, 0));
        balanced(&stats);
        assert!(memory.take().is_empty());
    }
}

#[test]
fn what_follows_a_failure_leaves() {
    let (recorder, memory) = answering(|n| (n == 0).then_some(EmitError::Full));
    two_entities(&recorder);
    two_entities(&recorder);
    let stats = recorder.stats();
    assert_eq!((stats.lost_full, stats.emitted, stats.documents), (2, 2, 1));
    assert_eq!(memory.tree(), "api\n  work\n");
    balanced(&stats);
}

#[test]
fn what_is_open_is_neither_lost_nor_emitted() {
    let (recorder, _memory) = answering(|_| None);
    let segment = recorder.segment("api").start();
    assert_eq!((recorder.stats().begun, recorder.stats().open()), (1, 1));
    drop(segment);
    assert_eq!((recorder.stats().begun, recorder.stats().open()), (1, 0));
}

#[test]
fn an_emitter_that_panics_is_not_the_users_trouble() {
    let (recorder, memory) = answering(|n| {
        assert_ne!(n, 0, "the emitter's own");
        None
    });
    two_entities(&recorder);
    two_entities(&recorder);
    let stats = recorder.stats();
    assert_eq!((stats.lost_other, stats.emitted), (2, 2));
    assert_eq!(memory.tree(), "api\n  work\n");
    balanced(&stats);
}

#[test]
fn an_emitter_that_panics_while_the_user_does_too_does_not_abort() {
    let (recorder, _memory) = answering(|_| panic!("the emitter's own"));
    let unwound = std::panic::catch_unwind(|| {
        let _segment = recorder.segment("api").start();
        panic!("the user's own");
    });
    assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"the user's own"));
    assert_eq!(recorder.stats().lost_other, 1);
}

/// Only the documents of the batch that are named are lost, each once.
#[test]
fn an_emitter_that_tells_twice_is_heard_once() {
    let (recorder, _) = with(|b| b.emitter(Confused).size_limit(4096));
    let segment = recorder.segment("api").start();
    for _ in 0..4 {
        let sub = segment.subsegment("large");
        sub.metadata("blob", &"x".repeat(3_000));
    }
    segment.end();
    let stats = recorder.stats();
    assert!(stats.documents > 1, "{stats:?}");
    assert!(stats.lost_full > 0 && stats.emitted > 0, "{stats:?}");
    balanced(&stats);
}

/// Allowed, since an emitter may use instrumented clients: what it records is a trace of its own.
#[test]
fn an_emitter_may_record() {
    let (inner, recorded) = with(|b| b);
    let (recorder, memory) = answering(move |n| {
        let segment = inner.segment("emission").start();
        segment.annotate("n", n as u64);
        None
    });
    two_entities(&recorder);
    two_entities(&recorder);
    assert_eq!(memory.tree(), "api\n  work\napi\n  work\n");
    assert_eq!(
        recorded.tree(),
        "emission annotations={n: 0}\nemission annotations={n: 1}\n"
    );
}
