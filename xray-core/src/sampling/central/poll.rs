//! The calls to the source of rules: which is due, what is made of the answer, and when the next
//! one is. It has no clock and no thread; both are told to it or around it.

use super::calls::{Call, Calls, Trouble};
use super::rules::Rules;
use super::table::{Pending, Table};
use super::verdict::Verdict;
use crate::id::Ids;
use crate::report::shielded;
use crate::sampling::adaptive::Anomalies;
use crate::sampling::source::{BoostStatistics, Report, RuleSource, RuleSourceError, Targets};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The API takes no more entries of a kind in one call.
const MOST_PER_CALL: usize = 25;

/// An account has a few pages at most; more are a source that goes round in a circle.
const MOST_PAGES: usize = 100;

/// How long fetched rules are taken for current, unless X-Ray says they changed.
const RULES_EVERY: Duration = Duration::from_secs(300);

/// Statistics that X-Ray refuses are a reason to fetch the rules, but not every ten seconds.
const REFUSAL_EVERY: Duration = Duration::from_secs(60);

/// What the poller lets the others see.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) rules: ArcSwap<Rules>,
    pub(super) fetches: AtomicU64,
    pub(super) reports: AtomicU64,
    pub(super) failures: AtomicU64,
}

pub(super) struct Poll {
    source: Box<dyn RuleSource>,
    ids: Ids,
    client_id: String,
    age: Option<Duration>,
    anomalies: Arc<Anomalies>,
    table: Table,
    calls: Calls,
    published: Arc<Published>,
    /// When X-Ray last said that the rules were changed.
    modified: Option<Duration>,
    /// When refused statistics last led to fetching the rules.
    refused: Option<Duration>,
}

impl Poll {
    pub(super) fn new(
        source: Box<dyn RuleSource>,
        ids: Ids,
        age: Option<Duration>,
        anomalies: Arc<Anomalies>,
        published: Arc<Published>,
    ) -> Self {
        let client_id = format!("{:016x}{:08x}", ids.bits(), ids.bits() as u32);
        Self {
            source,
            ids,
            client_id,
            age,
            anomalies,
            table: Table::default(),
            calls: Calls::new(),
            published,
            modified: None,
            refused: None,
        }
    }

    /// Makes the calls that are due, and says when the next one is.
    pub(super) fn step(&mut self, now: Duration) -> Duration {
        if self.calls.rules.is_due(now) {
            self.fetch(now);
        }
        // Nothing is planned before there are rules.
        if self.calls.targets.due().is_some() && self.calls.targets.is_due(now) {
            if self.report(now, false) {
                self.fetch(now);
            }
            // After a failure the time of the next attempt is set already.
            if self.calls.targets.is_due(now) {
                self.plan_report(now);
            }
        }
        let next = self.calls.next().unwrap_or(now);
        next.max(now.saturating_add(Duration::from_millis(1)))
    }

    /// Reports all that is left, unless nobody answers anyway.
    pub(super) fn last_report(&mut self, now: Duration) {
        if !self.calls.are_failing() {
            self.report(now, true);
        }
    }

    fn fetch(&mut self, now: Duration) {
        match self.fetch_rules(now) {
            Ok(()) => {
                self.published.fetches.fetch_add(1, Relaxed);
                self.publish();
                let jitter = Duration::from_secs(5).mul_f64(self.chance());
                self.calls.rules.after(now, RULES_EVERY + jitter);
                self.answers(Call::Rules);
                if self.calls.targets.due().is_none() {
                    self.plan_report(now);
                }
            }
            Err(error) => self.failed(Call::Rules, &error, now),
        }
    }

    fn plan_report(&mut self, now: Duration) {
        let jitter = Duration::from_millis(100).mul_f64(self.chance());
        let wait = self.table.interval() + jitter;
        self.calls.targets.after(now, wait);
    }

    fn fetch_rules(&mut self, now: Duration) -> Result<(), RuleSourceError> {
        let (mut rules, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let page = shielded(|| self.source.get_rules(token.as_deref()));
            let mut page = page.unwrap_or_else(panicked)?;
            rules.append(&mut page.rules);
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        if token.is_some() {
            return Err(RuleSourceError::new("the pages of rules have no end"));
        }
        if self.table.refresh(rules, now) {
            Ok(())
        } else {
            Err(RuleSourceError::new(
                "the answer has no rule that can be used",
            ))
        }
    }

    /// Reports what is due, or everything; true when the rules have to be fetched.
    fn report(&mut self, now: Duration, at_once: bool) -> bool {
        let pending = self.table.pending(now, at_once);
        let boosts = self.anomalies.take();
        let calls = pending.len().max(boosts.len()).div_ceil(MOST_PER_CALL);
        let mut fetch = false;
        for n in 0..calls {
            let (pending, part) = (nth(&pending, n), nth(&boosts, n));
            let report = Report {
                client_id: self.client_id.clone(),
                timestamp: now,
                statistics: pending.iter().map(|p| p.statistics.clone()).collect(),
                boosts: part.to_vec(),
            };
            let answer = shielded(|| self.source.get_targets(&report));
            match answer.unwrap_or_else(panicked) {
                Ok(targets) => {
                    self.published.reports.fetch_add(1, Relaxed);
                    fetch |= self.answered(pending, part, &targets, now);
                    self.publish();
                }
                Err(error) => {
                    // What rules have decided is still counted as not reported.
                    let rest = boosts.iter().skip(n * MOST_PER_CALL);
                    self.anomalies.put_back(rest);
                    self.failed(Call::Targets, &error, now);
                    return fetch;
                }
            }
        }
        if calls > 0 {
            self.answers(Call::Targets);
        }
        fetch
    }

    /// Takes in the answer to a report; true when the rules have to be fetched.
    fn answered(
        &mut self,
        pending: &[Pending],
        boosts: &[BoostStatistics],
        answer: &Targets,
        now: Duration,
    ) -> bool {
        let mut refused = false;
        for pending in pending {
            self.table.tried(pending, now);
            match Verdict::on(&pending.statistics.rule_name, &answer.unprocessed) {
                Verdict::Taken => self.table.reported(pending),
                Verdict::Refused => {
                    self.table.reported(pending);
                    refused = true;
                }
                Verdict::Failed => {}
            }
        }
        let failed = boosts.iter().filter(|boost| {
            Verdict::on(&boost.rule_name, &answer.unprocessed_boosts) == Verdict::Failed
        });
        self.anomalies.put_back(failed);
        for target in &answer.targets {
            self.table.apply(target);
        }
        let lately = |at: Duration| now >= at && now < at.saturating_add(REFUSAL_EVERY);
        let refused = refused && !self.refused.is_some_and(lately);
        if refused {
            self.refused = Some(now);
        }
        self.is_modified(answer.last_rule_modification) | refused
    }

    /// Whether the rules were changed since they were fetched. X-Ray's times are compared with each
    /// other as soon as there are two, since the clock of this host may differ.
    fn is_modified(&mut self, modified: Option<Duration>) -> bool {
        let Some(modified) = modified else {
            return false;
        };
        let newer = match (self.modified, self.table.fetched_at()) {
            (Some(known), _) => modified > known,
            // In the same second is after the fetch as likely as before it.
            (None, Some(fetched)) => modified.as_secs() >= fetched.as_secs(),
            (None, None) => false,
        };
        self.modified = self.modified.max(Some(modified));
        newer
    }

    fn publish(&self) {
        let rules = self.table.rules(self.age);
        self.published.rules.store(Arc::new(rules));
    }

    fn answers(&mut self, call: Call) {
        self.calls.went_well(call, &self.source.describe());
    }

    fn failed(&mut self, call: Call, error: &RuleSourceError, now: Duration) {
        self.published.failures.fetch_add(1, Relaxed);
        let trouble = Trouble {
            source: &self.source.describe(),
            error,
            meanwhile: if self.table.is_empty() {
                "the fallback decides"
            } else {
                "the last known rules stay in use"
            },
        };
        self.calls
            .went_wrong(call, now, self.ids.fraction(), &trouble);
    }

    fn chance(&self) -> f64 {
        self.ids.fraction()
    }
}

/// A source may be the user's. Its panic must not be the end of sampling by rules.
fn panicked<T>() -> Result<T, RuleSourceError> {
    Err(RuleSourceError::new("the source of rules panicked"))
}

fn nth<T>(of: &[T], call: usize) -> &[T] {
    of.chunks(MOST_PER_CALL).nth(call).unwrap_or_default()
}
