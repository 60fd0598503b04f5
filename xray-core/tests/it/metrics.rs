//! Metrics: what is counted, when, and how much of it is told apart.

use crate::metrics_support::{LONG, MINUTE, counted, metered, request};
use serde_json::json;
use std::time::Duration;
use xray_core::sampling::{Always, LocalSampler, Never, Sampler};
use xray_core::test_util::CountingIds;
use xray_core::{HttpRequest, Segment, TraceHeader};

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
        // The writer may have written once for the minute that was over, in between.
        let (operations, process): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|line| line.get("Operation").is_some());
        assert_eq!(
            counted(&operations, "Requests")
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
        let others = process.iter().filter_map(|l| l["OtherOperations"].as_u64());
        assert_eq!(others.sum::<u64>(), 18);
        assert!(operations.iter().all(|line| line["Service"] == "shop"));
        clock.advance(Duration::from_secs(60));
    }
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
