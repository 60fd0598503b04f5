//! When entities begin and end.

use crate::support::{balanced, recorder, with};
use std::time::{Duration, SystemTime};
use xray_core::test_util::ManualClock;
use xray_core::{Clock, IdSource, Segment, Subsegment};

const START: Duration = Duration::from_micros(1_700_000_000_250_000);

#[test]
fn times_of_the_past_and_the_future() {
    let at = |d| SystemTime::UNIX_EPOCH + d;
    let (recorder, memory) = with(|b| b.clock(ManualClock::new(START)));
    let times = |segment: Segment, end| {
        segment.end_at(end);
        let document = memory.values().pop().unwrap();
        [&document["start_time"], &document["end_time"]]
            .map(|t| (t.as_f64().unwrap() * 1e3).round())
    };
    let start = |time| recorder.segment("shop").started_at(time).start();
    let early = at(START - Duration::from_secs(60));
    assert_eq!(
        times(start(early), at(START)),
        [1_699_999_940_250.0, 1_700_000_000_250.0]
    );
    assert_eq!(times(start(at(START)), early), [1_700_000_000_250.0; 2]);
    let epoch = SystemTime::UNIX_EPOCH;
    assert_eq!(
        times(start(epoch), at(Duration::from_millis(1_500))),
        [0.0, 1_500.0]
    );
    assert_eq!(
        times(start(epoch - Duration::from_secs(9)), epoch),
        [0.0, 0.0]
    );
    let far = at(Duration::from_secs(1 << 36));
    assert_eq!(times(start(epoch), far), [0.0, 1e13]);
    assert_eq!(times(start(far), at(START)), [1e13; 2]);
}

/// D14: what comes second, or after the end, changes nothing.
#[test]
fn c16_the_end_is_the_end_by_whatever_way_it_came() {
    let ends: [fn(Subsegment); 4] = [
        |s| s.end(),
        |s| drop(s),
        |s| s.end_at(std::time::SystemTime::now()),
        |s| s.entered().end(),
    ];
    for end in ends {
        let (recorder, memory) = recorder();
        let segment = recorder.segment("api").start();
        let sub = segment.subsegment("sub");
        let late = sub.context();
        end(sub);
        late.annotate("late", 1);
        late.user("the segment is open");
        segment.end_at(std::time::SystemTime::now());
        late.metadata("late", &2);
        late.record_error(&std::fmt::Error);
        late.http_response(500, None);
        late.mark_fault();
        let expected = "api user=the segment is open\n  sub\n";
        assert_eq!(memory.tree(), expected);
        assert_eq!(recorder.stats().late, 5);
        assert_eq!(memory.documents().len(), 1);
    }
}

/// Panics, or comes back to the SDK, which then panics.
struct Hostile(bool);

impl Clock for Hostile {
    fn nanos(&self) -> u64 {
        assert!(self.0, "the clock's own");
        let context = xray_core::current();
        let _entered = context.enter();
        7
    }
}

impl IdSource for Hostile {
    fn next(&self) -> u64 {
        Clock::nanos(self)
    }
}

#[test]
fn a_clock_and_ids_that_panic_hurt_nobody() {
    for comes_back in [false, true] {
        let (recorder, memory) = with(|b| b.clock(Hostile(comes_back)).ids(Hostile(comes_back)));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let segment = recorder.segment("api").start();
            let _entered = segment.enter();
            let _sub = xray_core::subsegment("work");
            // Both end while this unwinds: another panic would end the process.
            panic!("the user's");
        }));
        assert_eq!(
            *caught.unwrap_err().downcast::<&str>().unwrap(),
            "the user's"
        );
        assert_eq!(memory.tree(), "api fault\n  work fault\n");
        balanced(&recorder.stats());
    }
}

/// Says this, whatever it is.
struct Broken(u64);

impl Clock for Broken {
    fn nanos(&self) -> u64 {
        self.0
    }
}

#[test]
fn a_clock_that_says_what_cannot_be_hurts_nobody() {
    for order in [[u64::MAX, 0], [0, u64::MAX]] {
        for nanos in order {
            let (recorder, memory) = with(|b| b.clock(Broken(nanos)));
            recorder.segment("shop").start().end();
            let document = memory.values().pop().unwrap();
            // As of times that code gives.
            let last = 9_999_999_999.0;
            let shown = document["end_time"].as_f64().unwrap().floor();
            assert_eq!(shown, if nanos == 0 { 0.0 } else { last });
            balanced(&recorder.stats());
        }
    }
}
