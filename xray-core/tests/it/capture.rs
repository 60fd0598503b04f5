//! Segments that were not sampled and are sent all the same, because they were anomalies.

use crate::support::{balanced, with};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use xray_core::sampling::{Adaptive, Never};
use xray_core::test_util::ManualClock;
use xray_core::{Ended, Observer};

#[test]
fn an_unsampled_segment_that_faults_is_sent_without_its_subsegments() {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let (recorder, memory) = with(|b| {
        let b = b.sampler(Never).clock(clock.clone());
        b.capture_anomalies(Adaptive::new().captures_per_second(1))
    });
    let request = |status| {
        let segment = recorder.segment("api").start();
        let sub = segment.subsegment("not recorded");
        // Not the segment's: a subsegment that fails is no anomaly.
        sub.mark_fault();
        sub.end();
        assert!(segment.header_value().unwrap().ends_with(";Sampled=0"));
        segment.http_response(status, None);
        segment.end();
    };
    request(200);
    assert!(memory.take().is_empty());
    request(503);
    assert_eq!(memory.tree(), "api fault http=503\n");
    assert_eq!(memory.take().len(), 1);
    // The second one within its second is not.
    request(503);
    assert!(memory.take().is_empty());
    clock.advance(Duration::from_secs(1));
    request(500);
    assert_eq!(memory.tree(), "api fault http=500\n");
    let stats = recorder.stats();
    assert_eq!((stats.captured, stats.begun, stats.open()), (2, 2, 0));
    balanced(&stats);
}

#[test]
fn without_capture_an_unsampled_fault_leaves_nothing() {
    let (recorder, memory) = with(|b| b.sampler(Never));
    let segment = recorder.segment("api").start();
    segment.http_response(500, None);
    segment.end();
    assert!(memory.take().is_empty());
    assert_eq!(recorder.stats().captured, 0);
}

#[test]
fn an_observer_that_does_not_listen_hears_of_no_unsampled_segment() {
    struct Deaf(Arc<AtomicUsize>);
    impl Observer for Deaf {
        fn ended(&self, _: &Ended<'_>) {
            self.0.fetch_add(1, Relaxed);
        }
        fn listens(&self) -> bool {
            false
        }
    }
    let heard = Arc::new(AtomicUsize::new(0));
    let (recorder, _) = with(|b| b.sampler(Never).observer(Deaf(heard.clone())));
    recorder.segment("api").start().end();
    assert_eq!(heard.load(Relaxed), 0);
}
