//! Rules as X-Ray keeps them, and the matcher that is made of one.

use super::SamplingRequest;
use crate::pattern::Pattern;
use std::collections::BTreeMap;
use std::time::Duration;

/// A sampling rule, as X-Ray keeps it (API reference, "SamplingRule").
///
/// The texts are patterns: `*` stands for anything, `?` for one character, letters match in either
/// case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// The name, unique in the account and region.
    pub name: String,
    /// The format of the rule. Rules of another version than 1 are left out.
    pub version: i64,
    /// The order: the lowest number is asked first, and names decide between equals.
    pub priority: i64,
    /// The share of requests that is sampled beyond the reservoir, from 0 to 1.
    pub fixed_rate: f64,
    /// How many requests per second the whole account samples before the rate applies.
    pub reservoir_size: u32,
    /// The segment's name.
    pub service_name: String,
    /// The segment's origin.
    pub service_type: String,
    /// The `Host` header.
    pub host: String,
    /// The HTTP method.
    pub http_method: String,
    /// The path, without the query.
    pub url_path: String,
    /// The ARN of the resource the service runs on. Unless it is `*`, only requests that have one
    /// match.
    pub resource_arn: String,
    /// Names and patterns of attributes, all of which a request must have.
    pub attributes: BTreeMap<String, String>,
    /// How far X-Ray may raise the rate while requests fail.
    pub boost: Option<RateBoost>,
}

/// How far X-Ray may raise a rule's rate while requests fail (adaptive sampling).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateBoost {
    /// The highest rate, from 0 to 1.
    pub max_rate: f64,
    /// How long X-Ray waits between two boosts.
    pub cooldown: Duration,
}

impl RateBoost {
    /// Up to a rate, once in so long.
    #[must_use]
    pub const fn new(max_rate: f64, cooldown: Duration) -> Self {
        Self { max_rate, cooldown }
    }
}

/// The rule that every account has; it matches whatever no other rule does.
const DEFAULT: &str = "Default";

impl Rule {
    /// A rule for every request with the settings of a new account's default rule: one request per
    /// second and 5 %.
    pub fn new(name: impl Into<String>) -> Self {
        let any = || "*".to_owned();
        Self {
            name: name.into(),
            version: 1,
            priority: 10_000,
            fixed_rate: 0.05,
            reservoir_size: 1,
            service_name: any(),
            service_type: any(),
            host: any(),
            http_method: any(),
            url_path: any(),
            resource_arn: any(),
            attributes: BTreeMap::new(),
            boost: None,
        }
    }

    pub(crate) fn is_default(&self) -> bool {
        self.name == DEFAULT
    }

    /// What makes the rule unusable, if anything does.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        if self.version != 1 {
            Some("its version is not 1")
        } else if self.name.is_empty() {
            Some("it has no name")
        } else if !(0.0..=1.0).contains(&self.fixed_rate) {
            Some("its rate is not from 0 to 1")
        } else {
            None
        }
    }
}

/// The conditions of a rule.
#[derive(Debug)]
pub(crate) struct Matcher {
    method: Pattern,
    path: Pattern,
    host: Pattern,
    service: Pattern,
    origin: Pattern,
    /// What few rules ask for, out of the way of the others.
    rare: Option<Box<Rare>>,
}

#[derive(Debug)]
struct Rare {
    arn: Pattern,
    attributes: Vec<(Box<str>, Pattern)>,
}

impl Matcher {
    pub(crate) fn new(rule: &Rule) -> Self {
        if rule.is_default() {
            return Self::local("*", "*", "*");
        }
        let rare = rule.resource_arn != "*" || !rule.attributes.is_empty();
        Self {
            method: Pattern::new(&rule.http_method),
            path: Pattern::new(&rule.url_path),
            host: Pattern::new(&rule.host),
            service: Pattern::new(&rule.service_name),
            origin: Pattern::new(&rule.service_type),
            rare: rare.then(|| Box::new(Rare::new(rule))),
        }
    }

    /// The three conditions of a rule in a local file.
    pub(crate) fn local(host: &str, method: &str, path: &str) -> Self {
        Self {
            method: Pattern::new(method),
            path: Pattern::new(path),
            host: Pattern::new(host),
            service: Pattern::Any,
            origin: Pattern::Any,
            rare: None,
        }
    }

    /// What most rules ask for.
    pub(crate) fn common(&self) -> [&Pattern; 4] {
        [&self.method, &self.path, &self.host, &self.service]
    }

    #[inline]
    pub(crate) fn matches(&self, request: &SamplingRequest<'_>) -> bool {
        agrees(&self.method, request.method)
            && agrees(&self.path, request.path)
            && agrees(&self.host, request.host)
            && agrees(&self.service, Some(request.service))
            && agrees(&self.origin, request.origin)
            && self.rare.as_ref().is_none_or(|rare| rare.matches(request))
    }
}

impl Rare {
    fn new(rule: &Rule) -> Self {
        let attributes = rule.attributes.iter();
        Self {
            arn: Pattern::new(&rule.resource_arn),
            attributes: attributes
                .map(|(name, pattern)| (name.as_str().into(), Pattern::new(pattern)))
                .collect(),
        }
    }

    fn matches(&self, request: &SamplingRequest<'_>) -> bool {
        let arn = match request.resource_arn {
            Some(arn) => self.arn.matches(arn),
            None => matches!(self.arn, Pattern::Any),
        };
        let has = |(name, pattern): &(Box<str>, Pattern)| {
            let mut attributes = request.attributes.iter();
            attributes.any(|(key, value)| **name == **key && pattern.matches(value))
        };
        arn && self.attributes.iter().all(has)
    }
}

/// What the request does not have agrees with every pattern, as in the official SDKs.
#[inline]
fn agrees(pattern: &Pattern, value: Option<&str>) -> bool {
    value.is_none_or(|value| pattern.matches(value))
}
