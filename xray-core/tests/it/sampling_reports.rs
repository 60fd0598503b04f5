//! What is reported, when, and how often until it has arrived.

use crate::sampling_support::{Scripted, ask, at, counted, counts, many, rule, rule_for, target};
use std::time::Duration;
use xray_core::sampling::Unprocessed;

#[test]
fn c46_a_rule_is_reported_when_it_was_used_and_its_interval_is_over() {
    let source = Scripted::new([rule_for("a", 1, "/a"), rule("Default", 2)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/a", 1.0, 0.9);
    sampler.poll(at(9.0));
    assert_eq!(counts(&source), []);
    sampler.poll(at(10.0));
    assert_eq!(counts(&source), [counted("a", 1, 0, 1)]);
    // Nothing was used since.
    sampler.poll(at(20.0));
    assert_eq!(counts(&source), []);
    // An interval of its own, but not for the others.
    let mut slow = target("a", 0.05, 1, 1_000.0);
    slow.interval = Some(Duration::from_secs(25));
    source.script().targets.targets = vec![slow];
    ask(&sampler, "/a", 21.0, 0.9);
    sampler.poll(at(30.0));
    assert_eq!(counts(&source).len(), 1);
    ask(&sampler, "/a", 31.0, 0.9);
    ask(&sampler, "/b", 31.0, 0.9);
    sampler.poll(at(40.0));
    assert_eq!(counts(&source), [counted("Default", 1, 0, 1)]);
    sampler.poll(at(50.0));
    assert_eq!(counts(&source), []);
    sampler.poll(at(60.0));
    assert_eq!(counts(&source), [counted("a", 1, 1, 0)]);
}

#[test]
fn c46_time_and_client_of_a_report() {
    let source = Scripted::new([rule("Default", 1)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    for second in [10.0, 20.0] {
        ask(&sampler, "/", second, 0.9);
        sampler.poll(at(second));
    }
    let reports = source.take_reports();
    assert_eq!(
        [reports[0].timestamp, reports[1].timestamp],
        [at(10.0), at(20.0)]
    );
    assert_eq!(reports[0].client_id, reports[1].client_id);
    assert_eq!(reports[0].client_id.len(), 24);
}

#[test]
fn c50_what_a_failed_report_said_is_said_again() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    source.script().reports_fail = true;
    ask(&sampler, "/", 1.0, 0.9);
    ask(&sampler, "/", 1.0, 0.9);
    sampler.poll(at(10.0));
    assert_eq!(counts(&source), [counted("Default", 2, 0, 1)]);
    ask(&sampler, "/", 12.0, 0.0);
    source.script().reports_fail = false;
    sampler.poll(at(20.0));
    assert_eq!(counts(&source), [counted("Default", 3, 0, 2)]);
    ask(&sampler, "/", 21.0, 0.9);
    sampler.poll(at(30.0));
    assert_eq!(counts(&source), [counted("Default", 1, 0, 1)]);
    assert_eq!((sampler.stats().reports, sampler.stats().failures), (2, 1));
}

#[test]
fn c50_reports_that_fail_come_less_often() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/", 1.0, 0.9);
    source.script().reports_fail = true;
    let mut now = at(0.0);
    let mut tried = Vec::new();
    while now < at(150.0) {
        now = sampler.poll(now);
        if !source.take_reports().is_empty() {
            tried.push(now);
        }
    }
    // The times at which the next call was due after each attempt.
    let waits: Vec<_> = tried.windows(2).map(|w| (w[1] - w[0]).as_secs()).collect();
    assert_eq!(waits, [20, 40, 60, 60]);
}

#[test]
fn c51_a_report_has_no_more_than_25_entries() {
    let source = Scripted::new(many(60));
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    for n in 0..60 {
        ask(&sampler, &format!("/{n}"), 1.0, 0.9);
    }
    sampler.poll(at(10.0));
    let sizes: Vec<_> = source
        .script()
        .reports
        .iter()
        .map(|r| r.statistics.len())
        .collect();
    assert_eq!(sizes, [25, 25, 10]);
    let mut all: Vec<_> = counts(&source).into_iter().map(|c| c.0).collect();
    all.dedup();
    assert_eq!(all.len(), 60);
}

#[test]
fn c51_parts_that_were_taken_are_not_said_again() {
    let source = Scripted::new(many(60));
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    for n in 0..60 {
        ask(&sampler, &format!("/{n}"), 1.0, 0.9);
    }
    // 4xx for one, 5xx for another of the first part.
    let refused = ["rule-001", "rule-002"];
    let codes = ["400", "500"];
    source.script().targets.unprocessed = refused
        .iter()
        .zip(codes)
        .map(|(name, code)| Unprocessed::new(*name, code, "no"))
        .collect();
    sampler.poll(at(10.0));
    assert_eq!(counts(&source).len(), 60);
    source.script().targets.unprocessed.clear();
    sampler.poll(at(20.0));
    assert_eq!(counts(&source), [counted("rule-002", 1, 0, 1)]);
}

#[test]
fn c52_statistics_that_are_refused_are_a_reason_to_fetch_the_rules() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    source.script().targets.unprocessed = vec![Unprocessed::new("Default", "400", "unknown")];
    let mut fetches = Vec::new();
    for second in (10..=80).step_by(10) {
        ask(&sampler, "/", f64::from(second), 0.9);
        sampler.poll(at(f64::from(second)));
        fetches.push(sampler.stats().fetches);
    }
    // But not each time.
    assert_eq!(fetches, [2, 2, 2, 2, 2, 2, 3, 3]);
    assert_eq!(counts(&source).len(), 8);
}

#[test]
fn c52_statistics_that_could_not_be_taken_are_kept() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    source.script().targets.unprocessed = vec![Unprocessed::new("Default", "500", "later")];
    ask(&sampler, "/", 1.0, 0.9);
    sampler.poll(at(10.0));
    source.script().targets.unprocessed.clear();
    sampler.poll(at(20.0));
    assert_eq!(sampler.stats().fetches, 1);
    assert_eq!(
        counts(&source),
        [counted("Default", 1, 0, 1), counted("Default", 1, 0, 1)]
    );
}

#[test]
fn the_last_report_does_not_wait_until_it_is_due() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/", 1.0, 0.9);
    sampler.report(at(1.0));
    assert_eq!(counts(&source), [counted("Default", 1, 0, 1)]);
    // Where nobody answers, nobody is kept.
    source.script().reports_fail = true;
    ask(&sampler, "/", 2.0, 0.9);
    sampler.report(at(2.0));
    sampler.report(at(3.0));
    assert_eq!(counts(&source).len(), 1);
}

#[test]
fn counts_of_many_threads_are_all_reported() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    std::thread::scope(|s| {
        for _ in 0..12 {
            s.spawn(|| (0..1_000).for_each(|_| drop(ask(&sampler, "/", 1.0, 0.9))));
        }
        s.spawn(|| (0..100).for_each(|_| sampler.report(at(2.0))));
    });
    sampler.report(at(3.0));
    let reports = counts(&source);
    assert_eq!(reports.iter().map(|c| c.1).sum::<u64>(), 12_000);
    assert_eq!(reports.iter().map(|c| c.3).sum::<u64>(), 1);
    assert!(
        reports
            .iter()
            .all(|(_, requests, sampled, borrowed)| sampled + borrowed <= *requests)
    );
}
