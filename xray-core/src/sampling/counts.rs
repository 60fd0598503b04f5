//! What a rule has decided so far.

use super::reservoir::Reservoir;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// The counters of one rule; they only grow.
///
/// What a report has told X-Ray is remembered by the one who reports, so a report that fails has
/// nothing to put back.
///
/// Threads that count in the same place would wait for each other's cache line: two of them took
/// 1.8 times as long for each decision. So there are a few places, one for each thread as far as
/// they go.
#[derive(Debug)]
pub(crate) struct Counts {
    lanes: [Lane; LANES],
    /// This second's share of the quota.
    pub(crate) taken: Reservoir,
    /// This second's borrowed request.
    pub(crate) lent: Reservoir,
}

const LANES: usize = 8;

/// The place where some threads count.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Lane {
    requests: AtomicU64,
    quota: AtomicU64,
    rate: AtomicU64,
    borrowed: AtomicU64,
    /// Every decision clones it, and that counts too.
    name: Arc<str>,
}

/// Why a rule sampled a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It was within the reservoir: the quota, or the fixed target of a local rule.
    Quota,
    /// It was this second's request that a rule without quota may borrow.
    Borrowed,
    /// The rule's rate, or chance.
    Rate,
}

impl Counts {
    pub(crate) fn new(rule: &str) -> Self {
        Self {
            lanes: std::array::from_fn(|_| Lane::new(rule)),
            taken: Reservoir::new(),
            lent: Reservoir::new(),
        }
    }

    /// Where this thread counts.
    #[inline]
    pub(crate) fn lane(&self) -> &Lane {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static LANE: usize = THREADS.fetch_add(1, Relaxed) % LANES);
        &self.lanes[LANE.try_with(|lane| *lane).unwrap_or(0)]
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.lanes[0].name
    }

    /// Never more sampled than requests, though others go on counting.
    pub(crate) fn read(&self) -> Tally {
        let mut all = Tally::default();
        for lane in &self.lanes {
            all.quota += lane.quota.load(Acquire);
            all.rate += lane.rate.load(Acquire);
            all.borrowed += lane.borrowed.load(Acquire);
            all.requests += lane.requests.load(Relaxed);
        }
        all
    }
}

impl Lane {
    fn new(rule: &str) -> Self {
        Self {
            requests: AtomicU64::new(0),
            quota: AtomicU64::new(0),
            rate: AtomicU64::new(0),
            borrowed: AtomicU64::new(0),
            name: rule.into(),
        }
    }

    #[inline]
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// After [`request`](Self::request); the order is kept for those who read.
    #[inline]
    pub(crate) fn sampled(&self, reason: Reason) {
        let counter = match reason {
            Reason::Quota => &self.quota,
            Reason::Borrowed => &self.borrowed,
            Reason::Rate => &self.rate,
        };
        counter.fetch_add(1, Release);
    }

    #[inline]
    pub(crate) fn name(&self) -> Arc<str> {
        self.name.clone()
    }
}

/// A reading of [`Counts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) quota: u64,
    pub(crate) rate: u64,
    pub(crate) borrowed: u64,
}

impl Tally {
    /// What has come since an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(earlier.requests),
            quota: self.quota.saturating_sub(earlier.quota),
            rate: self.rate.saturating_sub(earlier.rate),
            borrowed: self.borrowed.saturating_sub(earlier.borrowed),
        }
    }
}

/// What a rule has decided since the sampler came up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleStats {
    /// The rule's name; for a rule of a local file its description, or its place.
    pub name: Arc<str>,
    /// Requests that the rule has decided about.
    pub requests: u64,
    /// Sampled within the quota (the fixed target of a local rule).
    pub by_quota: u64,
    /// Sampled by chance, at the rule's rate.
    pub by_rate: u64,
    /// Sampled as the one request per second that a rule without a valid quota may borrow.
    pub borrowed: u64,
    /// The rate that applies beyond the quota, as far as it is not boosted.
    pub fixed_rate: f64,
    /// Requests per second that are sampled first, where that is known.
    pub quota: Option<u32>,
}

impl RuleStats {
    pub(crate) fn new(counts: &Counts, fixed_rate: f64, quota: Option<u32>) -> Self {
        let tally = counts.read();
        Self {
            name: counts.name().clone(),
            requests: tally.requests,
            by_quota: tally.quota,
            by_rate: tally.rate,
            borrowed: tally.borrowed,
            fixed_rate,
            quota,
        }
    }

    /// Requests that were sampled, for whatever reason.
    #[must_use]
    pub fn sampled(&self) -> u64 {
        self.by_quota + self.by_rate + self.borrowed
    }
}
