//! Decisions of a [`CentralSampler`] about one request, of whose rules only the last matches.

use crate::works::Running;
use crate::{NAME, ours};
use std::cell::Cell;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use xray_core::Recorder;
use xray_core::sampling::{
    CentralSampler, Report, Rule, RulePage, RuleSource, RuleSourceError, Sampler, SamplingDecision,
    SamplingRequest, Target, Targets,
};

/// Host, path and service of the rule at this place, which are those of no request.
pub(crate) fn texts(i: usize) -> [String; 3] {
    [
        format!("tenant-{i}.example.com"),
        format!("/tenants/{i}/invoices"),
        format!("billing-{i}"),
    ]
}

/// A rule as teams write them, with wildcards in three places.
fn other(i: usize) -> Rule {
    let mut rule = Rule::new(format!("rule-{i:03}"));
    rule.host = format!("*.tenant-{i}.example.???");
    rule.url_path = format!("/tenants/{i}/*/invoices/*");
    rule.service_name = format!("billing-{i}-*");
    rule
}

/// A rule that differs from the request only where both are read to the end.
fn alike(i: usize) -> Rule {
    let mut rule = Rule::new(format!("rule-{i:03}"));
    rule.host = "*.example.com".to_owned();
    rule.url_path = "*/orders/*/orders/*".to_owned();
    rule.service_name = "api.*".to_owned();
    rule
}

/// The rule that matches.
fn last() -> Rule {
    let mut rule = Rule::new("last");
    rule.priority = 10_001;
    rule.http_method = "G?T".to_owned();
    rule.host = "api.*.com".to_owned();
    rule.url_path = "/orders/*".to_owned();
    rule.service_name = "api.*".to_owned();
    rule
}

/// What X-Ray would answer.
struct Canned(Vec<Rule>);

impl RuleSource for Canned {
    fn get_rules(&self, _: Option<&str>) -> Result<RulePage, RuleSourceError> {
        Ok(RulePage::new(self.0.clone()))
    }

    fn get_targets(&self, report: &Report) -> Result<Targets, RuleSourceError> {
        let names = report.statistics.iter().map(|s| s.rule_name.as_str());
        let mut targets = Targets::default();
        targets.targets = names.map(Target::new).collect();
        Ok(targets)
    }
}

thread_local!(static TIMES: Cell<u64> = const { Cell::new(1) });

/// Asks the sampler as often as the thread was told to, about the request that a recorder makes.
struct Repeated(CentralSampler);

impl Sampler for Repeated {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        for _ in 0..TIMES.get() {
            black_box(self.0.decide(black_box(request)));
        }
        SamplingDecision::new(false)
    }
}

fn recorder(to: SocketAddr, n: usize, others: fn(usize) -> Rule) -> Recorder {
    let mut rules: Vec<Rule> = (1..n).map(others).collect();
    rules.push(last());
    let sampler = CentralSampler::builder(Canned(rules))
        .rules_age(None)
        .build();
    let now = SystemTime::UNIX_EPOCH.elapsed();
    sampler.poll(now.unwrap_or(Duration::ZERO));
    let sampler = Arc::new(Repeated(sampler));
    let builder = ours::builder(to).sampler(sampler.clone());
    let recorder = builder.build().expect("a recorder");
    decide(&recorder, 1);
    let asked = sampler.0.stats().rules;
    let asked: Vec<u64> = asked.iter().map(|rule| rule.requests).collect();
    assert!(asked.len() == n && asked.iter().sum::<u64>() == 1 && asked.last() == Some(&1));
    recorder
}

/// Decides so many times.
fn decide(recorder: &Recorder, n: u64) {
    TIMES.set(n);
    let segment = recorder.segment(NAME);
    drop(segment.sampling(Some(NAME), "GET", "/orders/42").start());
}

fn deciding(recorder: Recorder) -> Running {
    Running::here(move |n| decide(&recorder, n))
}

/// The last of 10 rules.
#[must_use]
pub fn of_10(to: SocketAddr) -> Running {
    deciding(recorder(to, 10, other))
}

/// The last of 100 rules.
#[must_use]
pub fn of_100(to: SocketAddr) -> Running {
    deciding(recorder(to, 100, other))
}

/// The last of 100 rules, the others of which look like it.
#[must_use]
pub fn of_100_alike(to: SocketAddr) -> Running {
    deciding(recorder(to, 100, alike))
}

/// The last of 100 rules, while another thread decides as fast as it can.
#[must_use]
pub fn together(to: SocketAddr) -> Running {
    let recorder = recorder(to, 100, other);
    Running::together(move |n| decide(&recorder, n))
}
