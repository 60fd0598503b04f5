//! Rules that come, change and go, and what decides meanwhile.

use crate::sampling_support::{
    Scripted, ask, at, counted, counts, many, names, rule, rule_for, stats, target,
};
use std::sync::Arc;
use std::time::Duration;
use xray_core::sampling::{
    Boost, CentralSampler, Report, RulePage, RuleSource, RuleSourceError, Sampler, Target, Targets,
};

#[test]
fn before_the_first_rules_the_fallback_decides() {
    let source = Scripted::new([rule("Default", 1)]);
    source.script().rules_fail = true;
    let sampler = source.sampler();
    assert_eq!(ask(&sampler, "/", 0.0, 0.0).1, "fallback");
    sampler.poll(at(0.0));
    assert_eq!(ask(&sampler, "/", 0.0, 0.0).1, "fallback");
    source.script().rules_fail = false;
    // The first attempt after a failure comes in two seconds.
    assert_eq!(sampler.poll(at(1.0)), at(2.0));
    sampler.poll(at(2.0));
    assert_eq!(ask(&sampler, "/", 2.0, 0.0), (true, "Default".to_owned()));
    assert_eq!(sampler.stats().fallback, 2);
}

#[test]
fn where_no_rule_matches_the_fallback_decides() {
    let source = Scripted::new([rule_for("a", 1, "/a")]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    assert_eq!(ask(&sampler, "/a", 0.0, 0.0).1, "a");
    assert_eq!(ask(&sampler, "/b", 0.0, 0.0).1, "fallback");
}

#[test]
fn c47_a_refresh_keeps_what_is_known_of_a_rule() {
    let source = Scripted::new([rule_for("a", 1, "/a"), rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    source.script().targets.targets = vec![target("a", 0.5, 3, 2_000.0)];
    ask(&sampler, "/a", 1.0, 0.9);
    sampler.poll(at(10.0));
    source.take_reports();
    assert_eq!(
        (stats(&sampler, "a").fixed_rate, stats(&sampler, "a").quota),
        (0.5, Some(3))
    );
    ask(&sampler, "/a", 11.0, 0.9);

    // Another rule comes; the one before it in the answer is new, this one is not.
    source.rules([
        rule_for("new", 5, "/new"),
        rule_for("a", 1, "/a"),
        rule("Default", 9),
    ]);
    sampler.poll(at(300.0));
    assert_eq!(names(&sampler), ["a", "new", "Default"]);
    assert_eq!(
        stats(&sampler, "a").fixed_rate,
        0.5,
        "the target's, as the rule is the same"
    );
    assert_eq!(stats(&sampler, "a").quota, Some(3));
    assert_eq!(stats(&sampler, "a").requests, 2);
    assert_eq!(
        counts(&source),
        [counted("a", 1, 1, 0)],
        "what was counted before the refresh"
    );

    // A changed rule: its rate is the rule's again, its quota stays.
    let mut changed = rule_for("a", 7, "/a");
    changed.fixed_rate = 0.25;
    source.rules([changed, rule_for("new", 5, "/new"), rule("Default", 9)]);
    sampler.poll(at(600.0));
    assert_eq!(names(&sampler), ["new", "a", "Default"]);
    assert_eq!(
        (stats(&sampler, "a").fixed_rate, stats(&sampler, "a").quota),
        (0.25, Some(3))
    );
    assert_eq!(stats(&sampler, "a").requests, 2);
}

#[test]
fn c47_a_rule_that_is_gone_is_forgotten() {
    let source = Scripted::new([rule_for("a", 1, "/*"), rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/a", 1.0, 0.0);
    source.rules([rule("Default", 9)]);
    sampler.poll(at(300.0));
    assert_eq!(ask(&sampler, "/a", 301.0, 0.9).1, "Default");
    sampler.poll(at(400.0));
    assert_eq!(counts(&source), [counted("Default", 1, 0, 1)]);
    // Back again, it starts anew.
    source.rules([rule_for("a", 1, "/*"), rule("Default", 9)]);
    sampler.poll(at(700.0));
    assert_eq!(stats(&sampler, "a").requests, 0);
}

#[test]
fn c47_targets_of_rules_that_are_not_known_are_passed_over() {
    let source = Scripted::new([rule("Default", 9)]);
    source.script().targets.targets = vec![target("other", 1.0, 9, 100.0)];
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/", 1.0, 0.9);
    sampler.poll(at(10.0));
    assert_eq!(names(&sampler), ["Default"]);
    assert_eq!(stats(&sampler, "Default").quota, None);
}

#[test]
fn c48_a_target_without_quota_leaves_the_quota() {
    let source = Scripted::new([rule("Default", 9)]);
    source.script().targets.targets = vec![target("Default", 0.0, 0, 100.0)];
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/", 1.0, 0.9);
    sampler.poll(at(10.0));
    assert!(
        !ask(&sampler, "/", 11.0, 0.9).0,
        "a quota of zero is one: nothing is borrowed"
    );
    let mut bare = Target::new("Default");
    bare.fixed_rate = Some(0.5);
    source.script().targets.targets = vec![bare];
    sampler.poll(at(20.0));
    assert_eq!(stats(&sampler, "Default").quota, Some(0));
    assert_eq!(stats(&sampler, "Default").fixed_rate, 0.5);
    assert!(!ask(&sampler, "/", 21.0, 0.9).0);
}

#[test]
fn c49_rules_older_than_an_hour_are_not_used() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    source.script().rules_fail = true;
    assert_eq!(ask(&sampler, "/", 3_600.0, 0.9).1, "Default");
    assert_eq!(ask(&sampler, "/", 3_600.1, 0.9).1, "fallback");
    sampler.poll(at(3_601.0));
    assert_eq!(ask(&sampler, "/", 3_601.0, 0.9).1, "fallback");
    source.script().rules_fail = false;
    sampler.poll(at(3_700.0));
    assert_eq!(ask(&sampler, "/", 3_700.0, 0.9).1, "Default");
    assert_eq!(sampler.stats().fetched_at, Some(at(3_700.0)));
}

#[test]
fn c49_the_age_is_a_setting() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = CentralSampler::builder(source.clone())
        .rules_age(None)
        .build();
    sampler.poll(at(0.0));
    assert_eq!(ask(&sampler, "/", 1e7, 0.9).1, "Default");
    let sampler = CentralSampler::builder(source)
        .rules_age(Duration::from_secs(60))
        .build();
    sampler.poll(at(0.0));
    assert_eq!(ask(&sampler, "/", 60.0, 0.9).1, "Default");
    assert_eq!(ask(&sampler, "/", 61.0, 0.9).1, "");
}

#[test]
fn c51_all_pages_of_rules_are_fetched() {
    let source = Scripted::default();
    source.script().pages = vec![
        many(2),
        vec![rule_for("b", 0, "/b")],
        vec![rule("Default", 9)],
    ];
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    assert_eq!(names(&sampler), ["b", "rule-000", "rule-001", "Default"]);
    let tokens = [None, Some("1".to_owned()), Some("2".to_owned())];
    assert_eq!(source.script().rule_calls, tokens);
}

#[test]
fn c51_pages_that_never_end_are_an_error() {
    struct Circle;
    impl RuleSource for Circle {
        fn get_rules(&self, _: Option<&str>) -> Result<RulePage, RuleSourceError> {
            let page = RulePage::new(vec![rule("Default", 1)]);
            Ok(page.next_token(Some("again".to_owned())))
        }
        fn get_targets(&self, _: &Report) -> Result<Targets, RuleSourceError> {
            Ok(Targets::default())
        }
    }
    let sampler = CentralSampler::builder(Circle).build();
    sampler.poll(at(0.0));
    assert_eq!(
        (sampler.stats().failures, sampler.stats().rules.len()),
        (1, 0)
    );
}

#[test]
fn c52_rules_are_fetched_when_they_were_changed() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    let mut second = 0.0;
    // Uses the rule, so that there is something to report, and says how often rules were fetched.
    let mut fetches = |modified: Option<f64>| {
        second += 10.0;
        source.script().targets.last_rule_modification = modified.map(at);
        ask(&sampler, "/", second, 0.9);
        sampler.poll(at(second));
        sampler.stats().fetches
    };
    assert_eq!(fetches(None), 1);
    assert_eq!(fetches(Some(-100.0)), 1, "before the rules were fetched");
    assert_eq!(fetches(Some(25.0)), 2);
    assert_eq!(fetches(Some(25.0)), 2, "these are the rules that are known");
    // By a clock that is behind ours.
    assert_eq!(fetches(Some(26.0)), 3);
    assert_eq!(fetches(Some(-1e9)), 3);
}

#[test]
fn c52_a_change_in_the_second_of_the_fetch_is_one() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.5));
    source.script().targets.last_rule_modification = Some(at(0.0));
    ask(&sampler, "/", 1.0, 0.9);
    sampler.poll(at(10.5));
    assert_eq!(sampler.stats().fetches, 2);
}

#[test]
fn an_answer_without_a_usable_rule_changes_nothing() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    source.rules([]);
    sampler.poll(at(300.0));
    let mut old = rule("Default", 1);
    old.version = 2;
    source.rules([old]);
    sampler.poll(at(302.0));
    assert_eq!(names(&sampler), ["Default"]);
    assert_eq!((sampler.stats().fetches, sampler.stats().failures), (1, 2));
}

#[test]
fn a_boost_of_a_target_ends_by_itself() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    let mut boosted = target("Default", 0.05, 0, 1_000.0);
    boosted.boost = Some(Boost::new(0.5, at(70.0)));
    source.script().targets.targets = vec![boosted];
    ask(&sampler, "/", 1.0, 0.9);
    sampler.poll(at(10.0));
    assert!(ask(&sampler, "/", 69.0, 0.4).0);
    assert!(!ask(&sampler, "/", 70.0, 0.4).0);
}

#[test]
fn a_clock_set_back_does_not_stop_reports() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    ask(&sampler, "/", -86_400.0, 0.9);
    sampler.poll(at(-86_400.0));
    assert_eq!(counts(&source), [counted("Default", 1, 0, 1)]);
    assert_eq!(sampler.stats().fetches, 2);
}

#[test]
fn a_started_sampler_fetches_by_itself_and_reports_when_it_is_shut_down() {
    let source = Scripted::new([rule("Default", 9)]);
    let sampler = CentralSampler::builder(source.clone())
        .rules_age(None)
        .start();
    let sampler = Arc::new(sampler.unwrap());
    let started = std::time::Instant::now();
    while sampler.stats().fetches == 0 {
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    ask(&sampler, "/", 1.0, 0.9);
    sampler.shutdown(Duration::from_secs(60));
    assert_eq!(counts(&source), [counted("Default", 1, 0, 1)]);
}

#[test]
fn a_source_that_panics_is_one_that_fails() {
    struct Panics;
    impl RuleSource for Panics {
        fn get_rules(&self, _: Option<&str>) -> Result<RulePage, RuleSourceError> {
            panic!("expected by this test")
        }
        fn get_targets(&self, _: &Report) -> Result<Targets, RuleSourceError> {
            panic!("expected by this test")
        }
    }
    let sampler = CentralSampler::builder(Panics).build();
    assert!(sampler.poll(at(0.0)) > at(0.0));
    assert_eq!(sampler.stats().failures, 1);
}
