//! Metrics and time: which minute, who writes it, and threads that count together.

use crate::metrics_support::{LONG, Lines, MINUTE, counted, metered, request};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};
use xray_core::sampling::Never;
use xray_core::test_util::ManualClock;
use xray_core::{Metrics, Recorder};

#[test]
fn a_minute_that_ends_is_written_and_what_comes_then_is_not() {
    let (recorder, lines, clock) = metered(|b, m| b.metrics(m));
    request(&recorder, "GET /");
    request(&recorder, "PUT /");
    // It begins in one minute, ends in the next, and belongs to that.
    let over = recorder.segment("shop").operation("GET /").start();
    clock.advance(Duration::from_secs(60));
    over.end();
    request(&recorder, "GET /");
    assert!(recorder.flush_metrics(LONG));
    let at = |l: &serde_json::Value| {
        let minute = l["_aws"]["Timestamp"].as_u64().unwrap() / 60_000 - MINUTE;
        (
            minute,
            l["Operation"].as_str().unwrap().to_owned(),
            l["Requests"].as_u64().unwrap(),
        )
    };
    let mut all: Vec<_> = lines.operations().iter().map(at).collect();
    all.sort();
    let expected = [(0, "GET /", 1), (0, "PUT /", 1), (1, "GET /", 2)];
    assert_eq!(all, expected.map(|(m, o, n)| (m, o.to_owned(), n)));
}

#[test]
fn the_first_to_see_a_new_minute_has_the_old_one_written() {
    let lines = Notified::default();
    let clock = ManualClock::new(Duration::from_secs(MINUTE * 60 + 59));
    let recorder = Recorder::builder("shop")
        .sampler(Never)
        .clock(clock.clone())
        .metrics(Metrics::to_writer(lines.clone()))
        .build()
        .unwrap();
    request(&recorder, "GET /");
    clock.advance(Duration::from_secs(1));
    request(&recorder, "GET /");
    // Nobody has asked for it. The line of the operation, and the one of the process.
    lines.wait_for(2);
    let first = &lines.0.0.operations()[0];
    assert_eq!(first["Requests"], 1);
    assert_eq!(first["_aws"]["Timestamp"], MINUTE * 60_000);
    assert!(recorder.flush_metrics(LONG));
    assert_eq!(
        lines.0.0.operations()[0]["_aws"]["Timestamp"],
        (MINUTE + 1) * 60_000
    );
}

/// Lines that can be waited for.
#[derive(Clone, Default)]
struct Notified(std::sync::Arc<(Lines, std::sync::Mutex<usize>, std::sync::Condvar)>);

impl Notified {
    fn wait_for(&self, lines: usize) {
        let seen = self.0.1.lock().unwrap();
        let waited = self
            .0
            .2
            .wait_timeout_while(seen, LONG, |seen| *seen < lines);
        assert!(!waited.unwrap().1.timed_out());
    }
}

impl std::io::Write for Notified {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.0.clone().write(bytes);
        *self.0.1.lock().unwrap() += 1;
        self.0.2.notify_all();
        written
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A clock that was an hour fast: what comes when it was put back is not said to be of that hour.
#[test]
fn a_clock_that_is_put_back_takes_nothing_along() {
    let lines = Notified::default();
    let clock = ManualClock::new(Duration::from_secs((MINUTE + 60) * 60));
    let recorder = Recorder::builder("shop")
        .sampler(Never)
        .clock(clock.clone())
        .metrics(Metrics::to_writer(lines.clone()))
        .build()
        .unwrap();
    request(&recorder, "PUT /");
    request(&recorder, "GET /");
    clock.set(Duration::from_secs(MINUTE * 60));
    request(&recorder, "GET /");
    // A given clock has the writer look when it is further than ever.
    clock.set(Duration::from_secs((MINUTE + 61) * 60));
    request(&recorder, "GET /");
    lines.wait_for(3);
    let mut all: Vec<_> = lines.0.0.operations();
    all.sort_by_key(|l| l["Operation"].to_string());
    let said = |l: &serde_json::Value| {
        let minute = l["_aws"]["Timestamp"].as_u64().unwrap() / 60_000;
        (minute - MINUTE, l["Requests"].as_u64().unwrap())
    };
    assert_eq!(all.iter().map(said).collect::<Vec<_>>(), [(0, 2), (60, 1)]);
}

#[test]
fn times_that_code_gives_change_latency_but_not_the_minute() {
    let (recorder, lines, _) = metered(|b, m| b.metrics(m));
    let at = |minute: u64| UNIX_EPOCH + Duration::from_secs(minute * 60);
    let segment = recorder
        .segment("shop")
        .started_at(at(MINUTE + 500))
        .start();
    segment.end_at(at(MINUTE + 501));
    let backwards = recorder.segment("shop").started_at(at(MINUTE)).start();
    backwards.end_at(at(MINUTE - 9));
    assert!(recorder.flush_metrics(LONG));
    let line = &lines.operations()[0];
    assert_eq!(line["_aws"]["Timestamp"], MINUTE * 60_000);
    assert_eq!(line["Latency"]["Values"], json!([0, 60_000]));
}

#[test]
fn threads_count_exactly() {
    const EACH: usize = 2_000;
    let (recorder, lines, clock) = metered(|b, m| b.metrics(m.operations(5)));
    let (faults, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut seen = Vec::new();
    thread::scope(|scope| {
        for n in 0..8 {
            let (recorder, clock, faults, done) = (&recorder, &clock, &faults, &done);
            scope.spawn(move || {
                for i in 0..EACH {
                    let name = format!("GET /{}", (n + i) % 7);
                    let segment = recorder.segment("shop").operation(&name).start();
                    if i % 3 == 0 {
                        segment.mark_fault();
                        faults.fetch_add(1, Relaxed);
                    }
                    segment.end();
                    if i % 100 == 0 {
                        clock.advance(Duration::from_secs(7));
                    }
                }
                done.fetch_add(1, Relaxed);
            });
        }
        while done.load(Relaxed) < 8 {
            assert!(recorder.flush_metrics(LONG));
            seen.extend(lines.take());
        }
    });
    assert!(recorder.shutdown(LONG));
    seen.extend(lines.take());
    let process = seen.extract_process();
    let sum = |metric| counted(&seen, metric).values().sum::<u64>();
    assert_eq!(sum("Requests"), 8 * EACH as u64);
    assert_eq!(sum("Faults"), faults.load(Relaxed) as u64);
    let others: u64 = process
        .iter()
        .map(|l| l["OtherOperations"].as_u64().unwrap())
        .sum();
    assert_eq!(others, counted(&seen, "Requests")["other"]);
    assert_eq!(counted(&seen, "Requests").len(), 6);
}

trait ExtractProcess {
    /// Takes out the lines that are not about an operation.
    fn extract_process(&mut self) -> Self;
}

impl ExtractProcess for Vec<serde_json::Value> {
    fn extract_process(&mut self) -> Self {
        let (operations, process) = std::mem::take(self)
            .into_iter()
            .partition(|l| l.get("Operation").is_some());
        *self = operations;
        process
    }
}
