//! The end: what is sent, what is waited for, and what comes after it.

use crate::emitters::{Gate, LONG};
use crate::support::{balanced, with};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use xray_core::sampling::{Always, Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::{ManualClock, MemoryEmitter};
use xray_core::{Datagram, EmitError, Emitter, Recorder};

#[test]
fn b05_open_segments_are_sent_in_progress_where_that_is_configured() {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let (recorder, memory) = with(|b| {
        b.clock(clock.clone())
            .in_progress_after(Duration::from_secs(60))
    });
    let open = recorder.segment("open").start();
    open.annotate("k", 1);
    recorder.segment("ended").start().end();
    drop(memory.take());
    assert!(recorder.shutdown(LONG));
    assert_eq!(memory.tree(), "open annotations={k: 1} in_progress\n");
    let stats = recorder.stats();
    assert_eq!((stats.in_progress, stats.open()), (1, 1));
    // It ends all the same, and replaces what was sent.
    open.end();
    assert_eq!(memory.tree(), "open annotations={k: 1}\n");
    balanced(&recorder.stats());
}

#[test]
fn b05_open_segments_are_counted_as_open_else() {
    let (recorder, memory) = with(|b| b);
    let open = recorder.segment("open").start();
    assert!(recorder.shutdown(LONG));
    assert!(memory.take().is_empty());
    assert_eq!(recorder.stats().open(), 1);
    drop(open);
    assert_eq!(memory.tree(), "open\n");
}

#[test]
fn b05_open_segments_go_through_the_queue_and_are_waited_for() {
    let (recorder, memory) = with(|b| {
        let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
        b.clock(clock)
            .in_progress_after(Duration::from_secs(60))
            .queue(8)
    });
    let open = recorder.segment("open").start();
    assert!(recorder.shutdown(LONG));
    assert_eq!(memory.tree(), "open in_progress\n");
    drop(open);
}

#[test]
fn b05_nothing_starts_after_the_end() {
    let (recorder, memory) = with(|b| b);
    assert!(recorder.shutdown(LONG));
    recorder.segment("late").start().end();
    recorder.set_enabled(true);
    assert!(!recorder.is_enabled());
    recorder.segment("later").start().end();
    assert!(recorder.shutdown(Duration::ZERO), "again");
    assert!(memory.take().is_empty());
}

#[test]
fn b05_what_ends_late_is_sent_by_its_thread_or_lost_where_that_might_block() {
    let (gate, blocking) = (Gate::default(), Gate::blocking());
    for gate in [&gate, &blocking] {
        gate.open();
        let builder = Recorder::builder("service").emitter(gate.clone());
        let recorder = builder.sampler(Always).queue(8).build().unwrap();
        let open = recorder.segment("late").start();
        assert!(recorder.shutdown(LONG));
        drop(open);
        balanced(&recorder.stats());
        let (stats, blocks) = (recorder.stats(), gate.may_block());
        assert_eq!(stats.lost_queue, u64::from(blocks));
        assert_eq!(stats.queue_full, u64::from(!blocks));
    }
    assert_eq!(gate.memory.tree(), "late\n");
    assert!(blocking.memory.take().is_empty());
}

#[test]
fn b05_an_emitter_that_hangs_does_not_hang_the_end() {
    let gate = Gate::blocking();
    let builder = Recorder::builder("service").emitter(gate.clone());
    let recorder = builder.sampler(Always).build().unwrap();
    recorder.segment("api").start().end();
    gate.wait();
    recorder.segment("behind it").start().end();
    assert!(!recorder.shutdown(Duration::from_millis(5)));
    assert_eq!(recorder.stats().open(), 2);
    // It leaves if there is time after all.
    gate.open();
    assert!(gate.memory.wait_for(2, LONG));
}

/// Writes down who was called, with how much time.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<(&'static str, Duration)>>>, Arc<AtomicUsize>);

impl Calls {
    fn call(&self, what: &'static str, left: Duration) {
        self.0.lock().unwrap().push((what, left));
    }
}

impl Emitter for Calls {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        self.call("emit", Duration::ZERO);
        Ok(())
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.call("flush", timeout);
        self.1.fetch_add(1, SeqCst) > 0
    }
}

impl Sampler for Calls {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(true)
    }

    fn shutdown(&self, timeout: Duration) {
        self.call("sampler", timeout);
        panic!("the sampler's own");
    }
}

#[test]
fn b05_emitter_and_sampler_share_the_time_in_order() {
    let calls = Calls::default();
    let builder = Recorder::builder("service").emitter(calls.clone());
    let recorder = builder.sampler(calls.clone()).queue(8).build().unwrap();
    recorder.segment("api").start().end();
    assert!(!recorder.flush(LONG), "what the emitter says counts");
    recorder.segment("api").start().end();
    assert!(recorder.shutdown(LONG));
    let calls = calls.0.lock().unwrap();
    let order: Vec<_> = calls.iter().map(|call| call.0).collect();
    assert_eq!(order, ["emit", "flush", "emit", "flush", "sampler"]);
    assert!(calls.iter().all(|call| call.1 <= LONG));
    assert!(calls[4].1 > Duration::ZERO && calls[4].1 <= calls[3].1);
}

/// Stopping, going on and the end at the same time: the end has the last word.
#[test]
fn b05_the_end_wins_over_whoever_goes_on() {
    for _ in 0..200 {
        let (recorder, _) = with(|b| b);
        std::thread::scope(|scope| {
            scope.spawn(|| (0..20).for_each(|n| recorder.set_enabled(n % 2 == 0)));
            scope.spawn(|| recorder.shutdown(LONG));
        });
        assert!(!recorder.is_enabled());
    }
}

/// Everything that ended before or during the end has left when it says so, whoever sent it.
#[test]
fn b05_nothing_is_left_behind_by_a_race_with_the_end() {
    for _ in 0..50 {
        let (recorder, memory) = with(|b| b.queue(4));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..50).for_each(|_| recorder.segment("api").start().end()));
            }
            scope.spawn(|| assert!(recorder.shutdown(LONG)));
        });
        let stats = recorder.stats();
        assert_eq!(memory.take().len() as u64, stats.emitted);
        balanced(&stats);
    }
}

#[test]
fn segments_that_ended_are_not_watched() {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let memory = MemoryEmitter::new();
    let builder = Recorder::builder("service").emitter(memory.clone());
    let builder = builder.clock(clock.clone()).sampler(Always);
    let recorder = builder.in_progress_after(Duration::from_secs(1));
    let recorder = recorder.build().unwrap();
    let mut open = Vec::new();
    for n in 0..1_000 {
        let segment = recorder.segment("api").start();
        if n % 10 == 0 {
            open.push(segment);
        }
    }
    drop(memory.take());
    clock.advance(Duration::from_secs(2));
    recorder.sweep();
    assert_eq!(memory.take().len(), open.len());
    drop(open);
    balanced(&recorder.stats());
}
