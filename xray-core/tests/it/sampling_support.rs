//! A source of rules that answers what a test says, and requests to ask samplers about.

use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use xray_core::sampling::{
    CentralSampler, Chance, Report, Rule, RulePage, RuleSource, RuleSourceError, RuleStats,
    Sampler, SamplingDecision, SamplingRequest, Statistics, Target, Targets,
};
use xray_core::test_util::FixedIds;

/// Some time of day; the tests count from here.
pub(crate) const START: u64 = 1_500_000_000;

pub(crate) fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(START as f64 + seconds)
}

/// A free address at which nobody listens, for a daemon that goes and comes back. Where the system
/// has more than one loopback address it is one that no other test uses, so that none takes the port
/// meanwhile.
pub(crate) fn free_address(test: u8) -> SocketAddr {
    let last = if cfg!(target_os = "linux") { test } else { 1 };
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), 0));
    listener.and_then(|l| l.local_addr()).unwrap()
}

/// What a test says is answered, and what was asked.
#[derive(Default)]
pub(crate) struct Script {
    /// Pages; the token of each is its place.
    pub(crate) pages: Vec<Vec<Rule>>,
    pub(crate) targets: Targets,
    /// What calls for rules and reports fail with.
    pub(crate) rules_fail: bool,
    pub(crate) reports_fail: bool,
    pub(crate) rule_calls: Vec<Option<String>>,
    pub(crate) reports: Vec<Report>,
}

#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Script>>);

impl Scripted {
    pub(crate) fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let scripted = Self::default();
        scripted.script().pages = vec![rules.into_iter().collect()];
        scripted
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }

    pub(crate) fn rules(&self, rules: impl IntoIterator<Item = Rule>) {
        self.script().pages = vec![rules.into_iter().collect()];
    }

    pub(crate) fn take_reports(&self) -> Vec<Report> {
        std::mem::take(&mut self.script().reports)
    }

    /// Without jitter.
    pub(crate) fn sampler(&self) -> CentralSampler {
        CentralSampler::builder(self.clone())
            .ids(FixedIds::new([0]))
            .fallback(Fallback)
            .build()
    }
}

impl RuleSource for Scripted {
    fn get_rules(&self, next_token: Option<&str>) -> Result<RulePage, RuleSourceError> {
        let mut script = self.script();
        script.rule_calls.push(next_token.map(str::to_owned));
        if script.rules_fail {
            return Err(RuleSourceError::new("rules fail"));
        }
        let n: usize = next_token.map_or(0, |token| token.parse().unwrap());
        let next = (n + 1 < script.pages.len()).then(|| (n + 1).to_string());
        Ok(RulePage::new(script.pages[n].clone()).next_token(next))
    }

    fn get_targets(&self, report: &Report) -> Result<Targets, RuleSourceError> {
        let mut script = self.script();
        script.reports.push(report.clone());
        if script.reports_fail {
            return Err(RuleSourceError::new("reports fail"));
        }
        Ok(script.targets.clone())
    }
}

/// Says that it was asked, and samples nothing.
pub(crate) struct Fallback;

impl Sampler for Fallback {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(false).by("fallback".into())
    }
}

pub(crate) fn rule(name: &str, priority: i64) -> Rule {
    let mut rule = Rule::new(name);
    rule.priority = priority;
    rule
}

/// A rule for one path.
pub(crate) fn rule_for(name: &str, priority: i64, path: &str) -> Rule {
    let mut rule = rule(name, priority);
    rule.url_path = path.to_owned();
    rule
}

pub(crate) fn target(rule: &str, fixed_rate: f64, quota: u32, ttl: f64) -> Target {
    let mut target = Target::new(rule);
    target.fixed_rate = Some(fixed_rate);
    target.quota = Some(quota);
    target.quota_ttl = Some(at(ttl));
    target
}

/// A request for a path, and which rule it came under.
pub(crate) fn ask(sampler: &impl Sampler, path: &str, seconds: f64, chance: f64) -> (bool, String) {
    let chance = Chance::of(FixedIds::fractions([chance]));
    let mut request = SamplingRequest::at("service", at(seconds), &chance);
    request.path = Some(path);
    let decision = sampler.decide(&request);
    (
        decision.sampled,
        decision.rule.as_deref().unwrap_or("").to_owned(),
    )
}

/// A request as a vector describes it: when it was not said otherwise, at the start and unlucky.
pub(crate) fn decide(sampler: &impl Sampler, vector: &Value) -> SamplingDecision {
    let fraction = vector["chance"].as_f64().unwrap_or(0.999);
    let chance = Chance::of(FixedIds::fractions([fraction]));
    let service = vector["service"].as_str().unwrap_or("proxy");
    let time = at(vector["at"].as_f64().unwrap_or(0.0));
    let mut request = SamplingRequest::at(service, time, &chance);
    request.host = vector["host"].as_str();
    request.method = vector["method"].as_str();
    request.path = vector["path"].as_str();
    request.origin = vector["origin"].as_str();
    request.resource_arn = vector["arn"].as_str();
    let attributes: Vec<(&str, &str)> = vector["attributes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value.as_str().unwrap()))
        .collect();
    request.attributes = &attributes;
    sampler.decide(&request)
}

/// A record of `GetSamplingRules` with what a vector says, and else what the API always gives.
pub(crate) fn record(vector: &Value) -> Value {
    let mut rule = json!({
        "RuleName": "Default", "Version": 1, "Priority": 10_000, "FixedRate": 0.05, "ReservoirSize": 1,
        "RuleARN": "arn:aws:xray:us-east-1:1:sampling-rule/Default", "ResourceARN": "*",
        "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*",
        "Attributes": {},
    });
    for (key, value) in vector.as_object().unwrap() {
        rule[key] = value.clone();
    }
    json!({ "CreatedAt": 0.0, "ModifiedAt": 1_530_558_121.0, "SamplingRule": rule })
}

pub(crate) fn names(sampler: &CentralSampler) -> Vec<String> {
    let rules = sampler.stats().rules;
    rules.iter().map(|rule| rule.name.to_string()).collect()
}

pub(crate) fn stats(sampler: &CentralSampler, name: &str) -> RuleStats {
    let rules = sampler.stats().rules;
    rules.into_iter().find(|r| &*r.name == name).unwrap()
}

/// Requests, sampled and borrowed, by rule, as the last reports say.
pub(crate) fn counts(source: &Scripted) -> Vec<(String, u64, u64, u64)> {
    let reports = source.take_reports();
    let all = reports.into_iter().flat_map(|report| report.statistics);
    let one = |s: Statistics| {
        (
            s.rule_name,
            s.request_count,
            s.sampled_count,
            s.borrow_count,
        )
    };
    all.map(one).collect()
}

pub(crate) fn counted(
    rule: &str,
    requests: u64,
    sampled: u64,
    borrowed: u64,
) -> (String, u64, u64, u64) {
    (rule.to_owned(), requests, sampled, borrowed)
}

/// Rules for `/0`, `/1` and so on.
pub(crate) fn many(count: usize) -> Vec<Rule> {
    let rule = |n: usize| rule_for(&format!("rule-{n:03}"), 1, &format!("/{n}"));
    (0..count).map(rule).collect()
}
