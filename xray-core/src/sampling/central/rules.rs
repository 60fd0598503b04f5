//! What decisions are made from: the rules with what the last report made of them, never changed,
//! only replaced as a whole.

use crate::sampling::counts::{Counts, Lane, Reason, RuleStats};
use crate::sampling::matchers::Matchers;
use crate::sampling::source::Boost;
use crate::sampling::{SamplingDecision, SamplingRequest};
use std::sync::Arc;
use std::time::Duration;

/// The rules in the order in which they are asked.
#[derive(Debug)]
pub(super) struct Rules {
    /// Apart from `live`, so that asking one rule after the other reads nothing but conditions.
    pub(super) matchers: Arc<Matchers>,
    /// One for each matcher.
    pub(super) live: Box<[Live]>,
    /// Names of the rules that may be boosted.
    pub(super) boosted: Box<[Arc<str>]>,
    /// When the rules arrived, since the epoch.
    pub(super) fetched_at: Option<Duration>,
    /// Until when they may be used.
    pub(super) until: Option<Duration>,
}

/// What holds for one rule.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) fixed_rate: f64,
    pub(super) quota: Option<Quota>,
    pub(super) boost: Option<Boost>,
    pub(super) may_borrow: bool,
    pub(super) counts: Arc<Counts>,
}

/// This process's share of a reservoir.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) per_second: u32,
    /// The last second in which it is valid.
    pub(super) until: u64,
}

impl Rules {
    /// Before the first rules have arrived.
    pub(super) fn none() -> Self {
        Self {
            matchers: Arc::default(),
            live: Box::new([]),
            boosted: Box::new([]),
            fetched_at: None,
            until: None,
        }
    }

    /// None when the rules are too old, or when there is none for this request.
    #[inline]
    pub(super) fn decide(&self, request: &SamplingRequest<'_>) -> Option<SamplingDecision> {
        if self.until.is_some_and(|until| request.now() > until) {
            return None;
        }
        let rule = self.live.get(self.matchers.find(request)?)?;
        let lane = rule.counts.lane();
        Some(SamplingDecision::new(rule.decide(lane, request)).by(lane.name()))
    }

    /// Whether there is a rule that may be boosted.
    pub(super) fn may_boost(&self) -> bool {
        !self.boosted.is_empty()
    }

    /// The name, if it is that of a rule that may be boosted.
    pub(super) fn boosted(&self, rule: &str) -> Option<&Arc<str>> {
        self.boosted.iter().find(|name| ***name == *rule)
    }

    pub(super) fn stats(&self) -> Vec<RuleStats> {
        let stats = |r: &Live| {
            let quota = r.quota.map(|quota| quota.per_second);
            RuleStats::new(&r.counts, r.fixed_rate, quota)
        };
        self.live.iter().map(stats).collect()
    }
}

impl Live {
    #[inline]
    fn decide(&self, lane: &Lane, request: &SamplingRequest<'_>) -> bool {
        let counts = &*self.counts;
        lane.request();
        let second = request.now().as_secs();
        let reason = match self.quota {
            Some(quota) if second <= quota.until => counts
                .taken
                .take(second, quota.per_second)
                .then_some(Reason::Quota),
            // One per second, so that a service is seen at once, before X-Ray has heard of it.
            _ => (self.may_borrow && counts.lent.take(second, 1)).then_some(Reason::Borrowed),
        };
        let by_rate = || (request.random() < self.rate(request)).then_some(Reason::Rate);
        let Some(reason) = reason.or_else(by_rate) else {
            return false;
        };
        lane.sampled(reason);
        true
    }

    fn rate(&self, request: &SamplingRequest<'_>) -> f64 {
        match self.boost {
            Some(boost) if request.now() < boost.until => boost.rate.max(self.fixed_rate),
            _ => self.fixed_rate,
        }
    }
}
