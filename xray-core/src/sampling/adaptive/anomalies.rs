//! Counting anomalies for the next report.

use super::seen::Seen;
use super::{Adaptive, Purpose};
use crate::observer::Ended;
use crate::sampling::source::BoostStatistics;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the traces went, by rule and service, under rules that may be boosted.
#[derive(Debug)]
pub(crate) struct Anomalies {
    adaptive: Adaptive,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    seen: Seen,
    counts: HashMap<Key, Counts>,
}

/// The rule, and the service.
type Key = (Arc<str>, Box<str>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    total: u64,
    anomalies: u64,
    sampled: u64,
}

/// A process has one service, or a few; names without end come from a caller's `Host`.
const MOST_COUNTS: usize = 1_000;

impl Anomalies {
    pub(crate) fn new(adaptive: Adaptive) -> Self {
        Self {
            adaptive,
            counted: Mutex::default(),
        }
    }

    pub(crate) fn count(&self, rule: &Arc<str>, ended: &Ended<'_>) {
        let anomaly = self.adaptive.is_anomaly(ended, Purpose::Boost);
        let mut counted = self.lock();
        let news = counted.seen.see(ended.trace_id, anomaly, ended.end);
        if news.trace || news.anomaly {
            counted.add(
                (rule.clone(), ended.name.into()),
                Counts {
                    total: news.trace.into(),
                    anomalies: news.anomaly.into(),
                    sampled: (news.anomaly && ended.sampled).into(),
                },
            );
        }
    }

    /// What has come since the last time.
    pub(crate) fn take(&self) -> Vec<BoostStatistics> {
        let counts = std::mem::take(&mut self.lock().counts);
        let statistics = |((rule, service), counts): (Key, Counts)| BoostStatistics {
            rule_name: (*rule).to_owned(),
            service_name: service.into(),
            total_count: counts.total,
            anomaly_count: counts.anomalies,
            sampled_anomaly_count: counts.sampled,
        };
        counts.into_iter().map(statistics).collect()
    }

    /// What was taken, but has not been reported.
    pub(crate) fn put_back<'a>(&self, statistics: impl Iterator<Item = &'a BoostStatistics>) {
        let mut counted = self.lock();
        for s in statistics {
            counted.add(
                (s.rule_name.as_str().into(), s.service_name.as_str().into()),
                Counts {
                    total: s.total_count,
                    anomalies: s.anomaly_count,
                    sampled: s.sampled_anomaly_count,
                },
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn add(&mut self, key: Key, more: Counts) {
        if self.counts.len() >= MOST_COUNTS && !self.counts.contains_key(&key) {
            return;
        }
        let counts = self.counts.entry(key).or_default();
        counts.total += more.total;
        counts.anomalies += more.anomalies;
        counts.sampled += more.sampled;
    }
}
