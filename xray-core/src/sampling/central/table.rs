//! What the poller knows of each rule.

use super::rules::{Live, Quota, Rules};
use crate::report::{TARGET, shielded};
use crate::sampling::counts::{Counts, Tally};
use crate::sampling::matchers::Matchers;
use crate::sampling::rule::{Matcher, Rule};
use crate::sampling::source::{Boost, Statistics, Target};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a rule is reported until its target says otherwise.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// What a target can make of it. X-Ray says 10 s; anything outside is a mistake.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(600);

#[derive(Debug, Default)]
pub(super) struct Table {
    /// In the order in which they are asked.
    states: Vec<State>,
    matchers: Arc<Matchers>,
    fetched_at: Option<Duration>,
}

#[derive(Debug)]
struct State {
    rule: Rule,
    counts: Arc<Counts>,
    fixed_rate: f64,
    quota: Option<u32>,
    quota_ttl: Option<Duration>,
    boost: Option<Boost>,
    interval: Duration,
    /// When it was last reported; for a rule that never was, when it came.
    reported_at: Duration,
    /// What X-Ray has been told.
    reported: Tally,
}

/// Statistics to report, and what to remember once they are.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) statistics: Statistics,
    read: Tally,
}

impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// Takes newly fetched rules. One whose name is known keeps its counts and its quota, and if it
    /// is the same as before also its rate, which its last target may have changed. False, and
    /// nothing changes, when none of the rules can be used: an account always has one.
    pub(super) fn refresh(&mut self, mut rules: Vec<Rule>, now: Duration) -> bool {
        rules.retain(|rule| {
            let flaw = rule.flaw();
            if let Some(flaw) = flaw {
                shielded(|| log::debug!(target: TARGET, "sampling rule {:?} is left out: {flaw}", rule.name));
            }
            flaw.is_none()
        });
        if rules.is_empty() {
            return false;
        }
        rules.sort_by(|a, b| {
            let key = |rule: &Rule| (rule.is_default(), rule.priority);
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        let old = self.states.drain(..);
        let mut old: HashMap<_, _> = old.map(|state| (state.rule.name.clone(), state)).collect();
        for rule in rules {
            if self.states.iter().any(|state| state.rule.name == rule.name) {
                continue;
            }
            self.states.push(match old.remove(&rule.name) {
                Some(state) if state.rule == rule => state,
                Some(state) => State {
                    fixed_rate: rule.fixed_rate,
                    rule,
                    ..state
                },
                None => State::new(rule, now),
            });
        }
        let matchers = self.states.iter().map(|state| Matcher::new(&state.rule));
        self.matchers = Arc::new(matchers.collect());
        self.fetched_at = Some(now);
        true
    }

    /// The rules that have something to report: those used since their last report, if it was long
    /// enough ago, or all that were used.
    pub(super) fn pending(&self, now: Duration, at_once: bool) -> Vec<Pending> {
        let due = |state: &&State| at_once || state.is_due(now);
        let pending = self.states.iter().filter(due).map(State::pending);
        pending
            .filter(|pending| pending.statistics.request_count > 0)
            .collect()
    }

    /// X-Ray has taken these statistics.
    pub(super) fn reported(&mut self, pending: &Pending) {
        let Some(state) = self.find(&pending.statistics.rule_name) else {
            return;
        };
        let fresh = pending.read.since(state.reported);
        shielded(|| {
            log::debug!(
                target: TARGET,
                "sampling rule {}: {} requests; sampled {} within the quota of {} per second, {} at the rate {}, {} borrowed",
                state.rule.name,
                fresh.requests,
                fresh.quota,
                state.quota.unwrap_or(0),
                fresh.rate,
                state.fixed_rate,
                fresh.borrowed,
            )
        });
        state.reported = pending.read;
    }

    /// A report has been made, whatever X-Ray took of it.
    pub(super) fn tried(&mut self, pending: &Pending, now: Duration) {
        if let Some(state) = self.find(&pending.statistics.rule_name) {
            state.reported_at = now;
        }
    }

    /// What a report was answered with. Rules that are not known any more are passed over.
    pub(super) fn apply(&mut self, target: &Target) {
        let Some(state) = self.find(&target.rule_name) else {
            return;
        };
        let share = |rate: &f64| (0.0..=1.0).contains(rate);
        if let Some(rate) = target.fixed_rate.filter(share) {
            state.fixed_rate = rate;
        }
        state.quota = target.quota.or(state.quota);
        state.quota_ttl = target.quota_ttl.or(state.quota_ttl);
        if let Some(interval) = target.interval {
            state.interval = interval.clamp(SHORTEST, LONGEST);
        }
        state.boost = target.boost.filter(|b| share(&b.rate)).or(state.boost);
    }

    /// The shortest interval of all rules.
    pub(super) fn interval(&self) -> Duration {
        let intervals = self.states.iter().map(|state| state.interval);
        intervals.min().unwrap_or(INTERVAL)
    }

    pub(super) fn fetched_at(&self) -> Option<Duration> {
        self.fetched_at
    }

    /// What decisions are made from, as of now.
    pub(super) fn rules(&self, age: Option<Duration>) -> Rules {
        let until = |fetched_at: Duration| fetched_at.saturating_add(age?).into();
        let boosted = self.states.iter().filter(|s| s.rule.boost.is_some());
        Rules {
            boosted: boosted.map(|s| s.counts.name().clone()).collect(),
            matchers: self.matchers.clone(),
            live: self.states.iter().map(State::live).collect(),
            fetched_at: self.fetched_at,
            until: self.fetched_at.and_then(until),
        }
    }

    fn find(&mut self, name: &str) -> Option<&mut State> {
        self.states.iter_mut().find(|state| state.rule.name == name)
    }
}

impl State {
    fn new(rule: Rule, now: Duration) -> Self {
        Self {
            counts: Arc::new(Counts::new(&rule.name)),
            fixed_rate: rule.fixed_rate,
            quota: None,
            quota_ttl: None,
            boost: None,
            interval: INTERVAL,
            reported_at: now,
            reported: Tally::default(),
            rule,
        }
    }

    fn is_due(&self, now: Duration) -> bool {
        // A report of the future: the clock was set back since.
        now >= self.reported_at.saturating_add(self.interval) || now < self.reported_at
    }

    fn pending(&self) -> Pending {
        let read = self.counts.read();
        let fresh = read.since(self.reported);
        Pending {
            statistics: Statistics {
                rule_name: self.rule.name.clone(),
                request_count: fresh.requests,
                // As all official SDKs count; the example in the documentation adds the borrowed
                // ones.
                sampled_count: fresh.quota + fresh.rate,
                borrow_count: fresh.borrowed,
            },
            read,
        }
    }

    fn live(&self) -> Live {
        let quota = self.quota.zip(self.quota_ttl);
        Live {
            fixed_rate: self.fixed_rate,
            quota: quota.map(|(per_second, until)| Quota {
                per_second,
                until: until.as_secs(),
            }),
            boost: self.boost,
            may_borrow: self.rule.reservoir_size > 0,
            counts: self.counts.clone(),
        }
    }
}
