//! Observers hear of every segment that ends, sampled or not.

use crate::support::{balanced, with};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};
use xray_core::sampling::{Never, Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::{ManualClock, MemoryEmitter};
use xray_core::{Ended, HttpRequest, Observer, Recorder, TraceHeader};

const START: Duration = Duration::from_secs(1_700_000_000);

/// What an observer was told, one line for each.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Observer for Heard {
    fn ended(&self, e: &Ended<'_>) {
        let flags = [
            (e.error, "error"),
            (e.fault, "fault"),
            (e.throttle, "throttle"),
        ];
        let flags: Vec<_> = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
        let line = format!(
            "{} operation={:?} method={:?} rule={:?} sampled={} {:?}..{:?} status={:?} {}",
            e.name,
            e.operation,
            e.method,
            e.rule,
            e.sampled,
            e.start - START,
            e.end - START,
            e.status,
            flags.join("+"),
        );
        self.0.lock().unwrap().push(line);
    }
}

/// Decides by a rule, as central sampling does.
struct Rule(bool);

impl Sampler for Rule {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        assert_eq!((request.service, request.path), ("api", Some("/orders/7")));
        SamplingDecision::new(self.0).by("checkout".into())
    }
}

#[test]
fn b14_an_observer_hears_the_same_of_sampled_and_unsampled_segments() {
    for sampled in [true, false] {
        let (heard, clock) = (Heard::default(), ManualClock::new(START));
        let (recorder, memory) = with(|b| {
            b.sampler(Rule(sampled))
                .clock(clock.clone())
                .observer(heard.clone())
        });
        let segment = recorder
            .segment("api")
            .request(HttpRequest::new("post", "http://shop/orders/7"))
            .sampling(Some("shop"), "POST", "/orders/7")
            .operation("POST /orders/{id}")
            .start();
        clock.advance(Duration::from_millis(250));
        segment.http_response(429, None);
        assert!(heard.take().is_empty());
        segment.end();
        assert_eq!(
            heard.take(),
            [format!(
                "api operation=Some(\"POST /orders/{{id}}\") method=Some(\"POST\") rule=Some(\"checkout\") \
                 sampled={sampled} 0ns..250ms status=Some(429) error+throttle"
            )]
        );
        assert_eq!(memory.take().len(), usize::from(sampled));
        balanced(&recorder.stats());
    }
}

#[test]
fn b14_what_is_not_known_is_absent() {
    let (heard, clock) = (Heard::default(), ManualClock::new(START));
    let (recorder, _) = with(|b| b.clock(clock).observer(heard.clone()));
    recorder.segment("api").start().end();
    let nothing = "api operation=None method=None rule=None sampled=true 0ns..0ns status=None ";
    assert_eq!(heard.take(), [nothing]);
}

/// What is kept of an unsampled segment is used again, but nothing that was said in it.
#[test]
fn b14_nothing_of_one_request_is_told_of_the_next() {
    let (heard, clock) = (Heard::default(), ManualClock::new(START));
    let first = with(|b| {
        b.sampler(Never)
            .clock(clock.clone())
            .observer(heard.clone())
    })
    .0;
    let second = with(|b| {
        b.sampler(Never)
            .clock(clock.clone())
            .observer(heard.clone())
    })
    .0;
    let header = TraceHeader::parse("Sampled=0;Self=1-67891234-12456789abcdef012345678;Note=ann");
    for _ in 0..40 {
        let segment = first
            .segment("shop")
            .continues(&header)
            .user("ann")
            .request(HttpRequest::new("post", "http://shop/orders/7").client_ip("10.0.0.7"))
            .operation("POST /orders/{id}")
            .start();
        segment.http_response(503, Some(7));
        segment.user("ann");
        segment.mark_throttle();
        segment.end();
        heard.take();
        // Of another recorder, too: what is used again belongs to nobody.
        let segment = second.segment("api").start();
        let value = segment.header_value().unwrap().to_string();
        assert!(!value.contains("ann"), "{value}");
        segment.end();
        let nothing =
            "api operation=None method=None rule=None sampled=false 0ns..0ns status=None ";
        assert_eq!(heard.take(), [nothing]);
    }
}

#[test]
fn b14_the_operation_is_named_from_below_and_last_of_all() {
    for sampled in [true, false] {
        let (heard, clock) = (Heard::default(), ManualClock::new(START));
        let (recorder, memory) = with(|b| b.clock(clock).observer(heard.clone()));
        let segment = recorder.segment("api").sampled(sampled).start();
        segment.operation("first");
        let sub = segment.subsegment("route").context();
        sub.operation("GET /{id}");
        segment.mark_fault();
        segment.end();
        sub.operation("late");
        let line = &heard.take()[0];
        assert!(line.contains("operation=Some(\"GET /{id}\")"), "{line}");
        assert!(line.ends_with("status=None fault"), "{line}");
        // It is no part of the document.
        assert!(memory.take().iter().all(|d| !d.contains("GET")));
    }
}

#[test]
fn b14_a_panic_ends_a_segment_with_a_fault() {
    for sampled in [true, false] {
        let (heard, clock) = (Heard::default(), ManualClock::new(START));
        let (recorder, _) = with(|b| b.clock(clock).observer(heard.clone()));
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _segment = recorder.segment("api").sampled(sampled).start();
            panic!("the user's own");
        }));
        assert!(unwound.is_err());
        assert!(heard.take()[0].ends_with("status=None fault"));
    }
}

#[test]
fn b14_each_segment_is_told_of_once() {
    let (heard, clock) = (Heard::default(), ManualClock::new(START));
    let (recorder, memory) = with(|b| {
        b.clock(clock.clone())
            .in_progress_after(Duration::from_secs(1))
            .streaming_threshold(0)
            .observer(heard.clone())
    });
    let segment = recorder.segment("api").start();
    let outlives = segment.subsegment("outlives");
    for _ in 0..100 {
        segment.subsegment("streamed").end();
    }
    clock.advance(Duration::from_secs(2));
    recorder.sweep();
    assert!(heard.take().is_empty());
    segment.end_at(UNIX_EPOCH + START + Duration::from_secs(5));
    assert!(heard.take()[0].contains("0ns..5s"));
    outlives.end();
    assert!(heard.take().is_empty());
    assert!(memory.take().len() > 2);
}

struct Panics;

impl Observer for Panics {
    fn ended(&self, _: &Ended<'_>) {
        panic!("the observer's own");
    }
}

#[test]
fn b14_an_observer_that_panics_disturbs_neither_the_user_nor_the_others() {
    for sampled in [true, false] {
        let heard = Heard::default();
        let (recorder, memory) = with(|b| {
            let b = b.clock(ManualClock::new(START));
            b.observer(Panics).observer(heard.clone()).observer(Panics)
        });
        let segment = recorder.segment("api").sampled(sampled).start();
        segment.end();
        assert_eq!(heard.take().len(), 1);
        assert_eq!(memory.take().len(), usize::from(sampled));
        balanced(&recorder.stats());
    }
}

/// An observer that looks at what was sent, and records what it does.
struct Records(MemoryEmitter, Recorder);

impl Observer for Records {
    fn ended(&self, ended: &Ended<'_>) {
        assert!(self.0.documents().is_empty(), "it is told before");
        let segment = self.1.segment("metrics").start();
        segment.annotate("of", ended.name);
    }
}

#[test]
fn b14_an_observer_is_told_before_the_segment_is_sent_and_may_record() {
    let (other, recorded) = with(|b| b);
    let memory = MemoryEmitter::new();
    let records = Records(memory.clone(), other);
    let (recorder, _) = with(|b| b.emitter(memory.clone()).observer(records));
    recorder.segment("api").start().end();
    assert_eq!(recorded.tree(), "metrics annotations={of: \"api\"}\n");
    assert_eq!(memory.tree(), "api\n");
}

#[test]
fn b14_what_is_not_started_is_not_told_of() {
    let heard = Heard::default();
    let (recorder, _) = with(|b| b.observer(heard.clone()));
    recorder.set_enabled(false);
    recorder.segment("api").start().end();
    std::mem::forget(recorder.segment("leaked").start());
    assert!(heard.take().is_empty());
}

/// Without observers an unsampled segment leaves nothing behind that a late write could miss.
#[test]
fn b14_nothing_is_kept_where_nobody_observes() {
    let late = |observed: bool| {
        let heard = Heard::default();
        let (recorder, _) = with(|b| {
            let b = b.sampler(Never).clock(ManualClock::new(START));
            if observed {
                b.observer(heard.clone())
            } else {
                b
            }
        });
        let segment = recorder.segment("api").operation("GET /").start();
        let context = segment.context();
        segment.end();
        context.mark_fault();
        assert_eq!(heard.take().len(), usize::from(observed));
        recorder.stats().late
    };
    assert_eq!((late(true), late(false)), (1, 0));
}

/// Panics where it is asked.
struct Listening;

impl Observer for Listening {
    fn ended(&self, _: &Ended<'_>) {}

    fn listens(&self) -> bool {
        panic!("the observer's own")
    }
}

#[test]
fn b14_an_observer_that_panics_when_asked_does_not_listen() {
    let (recorder, memory) = with(|b| b.sampler(Never).observer(Listening));
    let segment = recorder.segment("api").start();
    segment.end();
    assert!(memory.take().is_empty());
    balanced(&recorder.stats());
}
