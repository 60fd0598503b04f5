//! Metrics: what is counted, when, and how much of it is told apart.

use crate::metrics_support::{LONG, Lines, MINUTE, counted, metered, request};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};
use xray_core::sampling::{Always, LocalSampler, Never, Sampler};
use xray_core::test_util::{CountingIds, ManualClock};
use xray_core::{HttpRequest, Metrics, Recorder, Segment, TraceHeader};

/// The inputs of the test of Java's formatter, in the form that the specification has today.
#[test]
fn c67_an_hour_that_ended_in_1987() {
    let (recorder, lines, clock) = metered(|b, m| b.metrics(m));
    clock.set(Duration::from_secs(550_378_800));
    let segment = recorder.segment("test").start();
    clock.set(Duration::from_secs(550_382_400));
    segment.end();
    assert!(recorder.flush_metrics(LONG));

    let line = &lines.operations()[0];
    assert_eq!(line["_aws"]["Timestamp"], 550_382_400_000_u64);
    let latency = json!({
        "Values": [3_600_000], "Counts": [1],
        "Max": 3_600_000, "Min": 3_600_000, "Count": 1, "Sum": 3_600_000,
    });
    assert_eq!(line["Latency"], latency);
    let others = ["Service", "Requests", "Errors", "Faults", "Throttles"].map(|m| line[m].clone());
    assert_eq!(
        others,
        [json!("test"), json!(1), json!(0), json!(0), json!(0)]
    );
}

#[test]
fn c67_the_whole_line() {
    let (recorder, lines, clock) = metered(|b, m| b.metrics(m));
    for (status, millis) in [(200, 12), (503, 250), (429, 1), (404, 1)] {
        let segment = recorder
            .segment("shop")
            .operation("GET /orders/{id}")
            .start();
        clock.advance(Duration::from_millis(millis));
        segment.http_response(status, None);
        segment.end();
    }
    assert!(recorder.flush_metrics(LONG));
    let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
    let expected = json!({
        "_aws": {
            "Timestamp": MINUTE * 60_000,
            "CloudWatchMetrics": [{
                "Namespace": "XRay/Service",
                "Dimensions": [["Service"], ["Service", "Operation"]],
                "Metrics": [
                    metric("Requests", "Count"), metric("Errors", "Count"), metric("Faults", "Count"),
                    metric("Throttles", "Count"), metric("Latency", "Milliseconds"),
                ],
            }],
        },
        "Service": "shop", "Operation": "GET /orders/{id}",
        "Requests": 4, "Errors": 2, "Faults": 1, "Throttles": 1,
        "Latency": {
            "Values": [1, 12, 250], "Counts": [2, 1, 1],
            "Max": 250, "Min": 1, "Count": 4, "Sum": 264,
        },
    });
    assert_eq!(lines.operations(), [expected]);
}

#[test]
fn requests_are_counted_whatever_is_sampled() {
    let local = |rate: f64| {
        let rules = format!(
            r#"{{"version": 2, "rules": [], "default": {{"fixed_target": 0, "rate": {rate}}}}}"#
        );
        LocalSampler::from_json(&rules).unwrap()
    };
    fn count(sampler: impl Sampler) -> (u64, u64) {
        let (recorder, lines, _) =
            metered(|b, m| b.metrics(m).sampler(sampler).ids(CountingIds::spread()));
        for i in 0..2_000_u32 {
            let segment = recorder.segment("shop").operation("GET /").start();
            segment.http_response(if i % 10 == 0 { 500 } else { 200 }, None);
        }
        assert!(recorder.shutdown(LONG));
        let lines = lines.operations();
        assert_eq!(counted(&lines, "Faults")["GET /"], 200);
        (counted(&lines, "Requests")["GET /"], recorder.stats().begun)
    }
    assert_eq!(count(Always), (2_000, 2_000));
    assert_eq!(count(Never), (2_000, 0));
    assert_eq!(count(local(0.0)), (2_000, 0));
    let (requests, sampled) = count(local(0.05));
    assert_eq!(requests, 2_000);
    assert!((60..140).contains(&sampled), "{sampled}");
}

#[test]
fn what_the_caller_has_decided_is_counted_too() {
    let (recorder, lines, _) = metered(|b, m| b.metrics(m));
    for sampled in ["0", "1"] {
        let text = format!("Root=1-581cf771-a006649127e371903a2de979;Sampled={sampled}");
        let header = TraceHeader::parse(&text);
        let segment = recorder.segment("shop").continues(&header);
        segment.operation("GET /").start().end();
    }
    assert!(recorder.flush_metrics(LONG));
    assert_eq!(counted(&lines.operations(), "Requests")["GET /"], 2);
}

#[test]
fn without_an_operation_it_is_the_method() {
    let (recorder, lines, _) = metered(|b, m| b.metrics(m));
    let segment = recorder.segment("shop");
    segment
        .request(HttpRequest::new("post", "http://shop/x?y=1"))
        .start()
        .end();
    recorder.segment("shop").start().end();
    recorder
        .segment("mailer")
        .operation(":nightly\u{e9} \"run\"\n")
        .start()
        .end();
    assert!(recorder.flush_metrics(LONG));
    let lines = lines.operations();
    let names = |l: &serde_json::Value| (l["Service"].clone(), l["Operation"].clone());
    let names: Vec<_> = lines.iter().map(names).collect();
    let expected = [
        ("mailer", "_nightly_ \"run\""),
        ("shop", "POST"),
        ("shop", "unknown"),
    ];
    assert_eq!(names, expected.map(|(s, o)| (json!(s), json!(o))));
}

#[test]
fn operations_beyond_the_limit_are_other_and_said_to_be() {
    let (recorder, lines, clock) = metered(|b, m| b.metrics(m.operations(3)));
    for round in 0..2 {
        for i in 0..20 {
            request(&recorder, &format!("GET /{i:02}"));
        }
        // A service that came too late has no place of its own either.
        recorder.segment(&format!("10.0.0.{round}")).start().end();
        assert!(recorder.flush_metrics(LONG));
        let all = lines.take();
        let (operations, process) = all.split_at(all.len() - 1);
        assert_eq!(
            counted(operations, "Requests")
                .into_iter()
                .collect::<Vec<_>>(),
            [
                ("GET /00", 1),
                ("GET /01", 1),
                ("GET /02", 1),
                ("other", 18)
            ]
            .map(|(name, n)| (name.to_owned(), n))
        );
        assert_eq!(process[0]["OtherOperations"], 18);
        assert!(operations.iter().all(|line| line["Service"] == "shop"));
        clock.advance(Duration::from_secs(60));
    }
}

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
fn what_was_kept_of_one_request_is_not_seen_in_the_next() {
    let (recorder, lines, _) = metered(|b, m| b.metrics(m));
    let header =
        TraceHeader::parse("Root=1-581cf771-a006649127e371903a2de979;Sampled=0;Lineage=a:1|b:0");
    let sent = |s: &Segment| s.header_value().unwrap().to_string();
    let first = recorder.segment("shop").continues(&header);
    let first = first.operation("GET /first").start();
    assert!(sent(&first).contains("Lineage"));
    first.mark_fault();
    let outlives = first.context();
    first.end();
    // It is held by somebody, so nobody else has got it.
    let second = recorder.segment("shop").operation("GET /second").start();
    outlives.mark_fault();
    outlives.operation("GET /late");
    second.end();
    drop(outlives);
    let third = recorder.segment("shop").start();
    assert!(!sent(&third).contains("Lineage"));
    third.end();
    assert!(recorder.flush_metrics(LONG));
    let faults = counted(&lines.operations(), "Faults");
    let expected = [("GET /first", 1), ("GET /second", 0), ("unknown", 0)];
    let expected = expected.map(|(name, n)| (name.to_owned(), n));
    assert_eq!(faults.into_iter().collect::<Vec<_>>(), expected);
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
