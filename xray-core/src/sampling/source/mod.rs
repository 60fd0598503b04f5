//! Where sampling rules come from.

mod daemon;
pub(crate) mod http;
mod json;

use super::rule::Rule;
use std::error::Error;
use std::fmt;
use std::time::Duration;

pub use daemon::DaemonSource;

/// X-Ray's two sampling calls, however they reach it.
///
/// Called on the sampler's own thread, one call at a time: it may block, and should give up after a
/// few seconds. What goes wrong is an error; the sampler goes on with what it knows and asks again.
pub trait RuleSource: Send + Sync + 'static {
    /// The rules (`GetSamplingRules`): the first page, or the one that an earlier page led to.
    ///
    /// # Errors
    ///
    /// Whatever keeps the rules from arriving whole.
    fn get_rules(&self, next_token: Option<&str>) -> Result<RulePage, RuleSourceError>;

    /// Reports what was decided, and learns quotas and rates (`GetSamplingTargets`).
    ///
    /// # Errors
    ///
    /// Whatever keeps the report from arriving. It is then made again, with what comes until then.
    fn get_targets(&self, report: &Report) -> Result<Targets, RuleSourceError>;

    /// What the recorder's start-up line calls it.
    fn describe(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

/// Why a [`RuleSource`] has no answer.
#[derive(Debug)]
pub struct RuleSourceError(Box<dyn Error + Send + Sync>);

impl RuleSourceError {
    /// From another error, or from a text.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for RuleSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for RuleSourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// A part of the account's rules.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RulePage {
    /// The rules, in any order.
    pub rules: Vec<Rule>,
    /// What leads to the next part, if there is one.
    pub next_token: Option<String>,
}

impl RulePage {
    /// A part with nothing behind it.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            next_token: None,
        }
    }

    /// Says what leads to the next part.
    #[must_use]
    pub fn next_token(mut self, token: Option<String>) -> Self {
        self.next_token = token;
        self
    }
}

/// What was decided since the last report: at most 25 entries of each kind, as the API takes them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Who reports: 24 hex digits, the same until the process ends.
    pub client_id: String,
    /// The time of the report, since the epoch.
    pub timestamp: Duration,
    /// What rules have decided.
    pub statistics: Vec<Statistics>,
    /// What became of requests under rules that may be boosted.
    pub boosts: Vec<BoostStatistics>,
}

/// What one rule has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// The rule.
    pub rule_name: String,
    /// Requests that it matched.
    pub request_count: u64,
    /// Of these sampled, borrowed ones not included.
    pub sampled_count: u64,
    /// Of these sampled though no quota was known.
    pub borrow_count: u64,
}

/// What became of requests under a rule that may be boosted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoostStatistics {
    /// The rule.
    pub rule_name: String,
    /// The service that reports.
    pub service_name: String,
    /// Traces seen.
    pub total_count: u64,
    /// Of these with an anomaly.
    pub anomaly_count: u64,
    /// Of these sampled.
    pub sampled_anomaly_count: u64,
}

/// The answer to a report.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Targets {
    /// What holds for each rule from now on.
    pub targets: Vec<Target>,
    /// When the rules were last changed, since the epoch.
    pub last_rule_modification: Option<Duration>,
    /// Statistics that X-Ray did not take.
    pub unprocessed: Vec<Unprocessed>,
    /// Boost statistics that X-Ray did not take.
    pub unprocessed_boosts: Vec<Unprocessed>,
}

/// What holds for a rule until the next report. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Target {
    /// The rule.
    pub rule_name: String,
    /// The share of requests that is sampled beyond the quota.
    pub fixed_rate: Option<f64>,
    /// This process's share of the reservoir, in requests per second.
    pub quota: Option<u32>,
    /// Until when the quota is valid, since the epoch.
    pub quota_ttl: Option<Duration>,
    /// How long to wait before the rule is reported again.
    pub interval: Option<Duration>,
    /// A higher rate for a while.
    pub boost: Option<Boost>,
}

impl Target {
    /// A target that changes nothing.
    pub fn new(rule_name: impl Into<String>) -> Self {
        Self {
            rule_name: rule_name.into(),
            fixed_rate: None,
            quota: None,
            quota_ttl: None,
            interval: None,
            boost: None,
        }
    }
}

/// A higher rate for a while (adaptive sampling).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Boost {
    /// The rate that applies instead of the fixed one.
    pub rate: f64,
    /// Until when, since the epoch.
    pub until: Duration,
}

impl Boost {
    /// A rate until a time since the epoch.
    #[must_use]
    pub const fn new(rate: f64, until: Duration) -> Self {
        Self { rate, until }
    }
}

/// An entry of a report that X-Ray did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unprocessed {
    /// The rule.
    pub rule_name: String,
    /// Why: a number like those of HTTP, or a name.
    pub error_code: String,
    /// Why, in words.
    pub message: String,
}

impl Unprocessed {
    /// A rule, and why its statistics were not taken.
    pub fn new(
        rule_name: impl Into<String>,
        error_code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule_name: rule_name.into(),
            error_code: error_code.into(),
            message: message.into(),
        }
    }
}
