//! The queue: who sends, in which order, what is lost and what is waited for.

use crate::emitters::{Answers, Gate, LONG, WORKER};
use crate::support::{balanced, with};
use std::time::Duration;
use xray_core::Recorder;
use xray_core::sampling::Always;
use xray_core::test_util::MemoryEmitter;

/// A queue for so many traces, whose thread is held up.
fn held_up(gate: &Gate, most: usize) -> Recorder {
    let builder = Recorder::builder("service").emitter(gate.clone());
    builder.sampler(Always).queue(most).build().unwrap()
}

fn names(memory: &MemoryEmitter) -> Vec<String> {
    let name = |v: &serde_json::Value| v["name"].as_str().unwrap().to_owned();
    memory.values().iter().map(name).collect()
}

#[test]
fn a_full_queue_is_passed_by_and_nothing_is_lost() {
    let gate = Gate::default();
    let recorder = held_up(&gate, 1);
    recorder.segment("taken").start().end();
    gate.wait();
    recorder.segment("waiting").start().end();
    assert_eq!(recorder.stats().queue_full, 0);
    recorder.segment("inline").start().end();
    assert_eq!(recorder.stats().queue_full, 1);
    assert_eq!(names(&gate.memory), ["inline"]);
    assert_eq!(recorder.stats().open(), 2);
    gate.open();
    assert!(recorder.flush(LONG));
    assert_eq!(names(&gate.memory), ["inline", "taken", "waiting"]);
    balanced(&recorder.stats());
}

#[test]
fn a_full_queue_to_an_emitter_that_blocks_loses_and_counts() {
    let gate = Gate::blocking();
    let recorder = held_up(&gate, 1);
    recorder.segment("taken").start().end();
    gate.wait();
    recorder.segment("waiting").start().end();
    let segment = recorder.segment("lost").start();
    segment.subsegment("lost, too").end();
    segment.end();
    let stats = recorder.stats();
    assert_eq!((stats.lost_queue, stats.queue_full), (2, 0));
    gate.open();
    assert!(recorder.flush(LONG));
    assert_eq!(names(&gate.memory), ["taken", "waiting"]);
    balanced(&recorder.stats());
}

#[test]
fn an_emitter_that_blocks_has_a_queue_without_asking() {
    let gate = Gate::blocking();
    let recorder = Recorder::builder("service").emitter(gate.clone());
    let recorder = recorder.sampler(Always).build().unwrap();
    gate.open();
    for _ in 0..10 {
        recorder.segment("api").start().end();
    }
    assert!(recorder.shutdown(LONG));
    assert_eq!(gate.threads(), [WORKER; 10]);
}

#[test]
fn traces_leave_in_the_order_they_ended() {
    let (recorder, memory) = with(|b| b.queue(1000));
    for n in 0..500 {
        recorder.segment(&format!("n{n}")).start().end();
        if n % 50 == 0 {
            // With and without a thread that has gone to sleep meanwhile.
            assert!(recorder.flush(LONG));
        }
    }
    assert!(recorder.flush(LONG));
    let expected: Vec<String> = (0..500).map(|n| format!("n{n}")).collect();
    assert_eq!(names(&memory), expected);
    balanced(&recorder.stats());
}

#[test]
fn a_thread_that_sleeps_is_woken() {
    let (recorder, memory) = with(|b| b.queue(1000));
    // Longer than its patience; that it really sleeps by then is not relied on.
    std::thread::park_timeout(Duration::from_millis(150));
    recorder.segment("api").start().end();
    assert!(memory.wait_for(1, LONG));
    assert!(recorder.flush(LONG));
    balanced(&recorder.stats());
}

#[test]
fn a_flush_waits_no_longer_than_it_may() {
    let gate = Gate::default();
    let recorder = held_up(&gate, 8);
    assert!(recorder.flush(Duration::ZERO), "nothing to wait for");
    recorder.segment("api").start().end();
    gate.wait();
    assert!(!recorder.flush(Duration::ZERO));
    assert!(!recorder.flush(Duration::from_millis(5)));
    gate.open();
    assert!(recorder.flush(Duration::MAX), "a time beyond all clocks");
    assert_eq!(names(&gate.memory), ["api"]);
}

#[test]
fn a_panic_on_the_queues_thread_is_counted_and_the_thread_goes_on() {
    let memory = MemoryEmitter::new();
    let emitter = Answers::new(&memory, |n| {
        assert_ne!(n, 0, "the emitter's own");
        None
    });
    let recorder = Recorder::builder("service").emitter(emitter).queue(16);
    let recorder = recorder.sampler(Always).build().unwrap();
    recorder.segment("lost").start().end();
    assert!(recorder.flush(LONG));
    recorder.segment("kept").start().end();
    assert!(recorder.flush(LONG));
    assert_eq!(names(&memory), ["kept"]);
    assert_eq!(recorder.stats().lost_other, 1);
    balanced(&recorder.stats());
}

#[test]
fn what_waits_leaves_after_the_recorder_was_dropped() {
    let gate = Gate::default();
    let recorder = held_up(&gate, 8);
    for name in ["a", "b", "c"] {
        recorder.segment(name).start().end();
    }
    let open = recorder.segment("last").start();
    drop(recorder);
    // The handle keeps what it needs.
    drop(open);
    gate.open();
    assert!(gate.memory.wait_for(4, LONG));
    assert_eq!(names(&gate.memory), ["a", "b", "c", "last"]);
}

#[test]
fn two_recorders_have_nothing_in_common() {
    let gate = Gate::blocking();
    let (held, (free, memory)) = (held_up(&gate, 4), with(|b| b.queue(4)));
    held.segment("held").start().end();
    gate.wait();
    free.segment("free").start().end();
    assert!(free.flush(LONG));
    assert_eq!(memory.tree(), "free\n");
    assert_eq!((free.stats().emitted, held.stats().emitted), (1, 0));
    free.shutdown(LONG);
    assert!(held.is_enabled());
    gate.open();
    assert!(held.flush(LONG));
    assert_eq!(gate.memory.tree(), "held\n");
}
