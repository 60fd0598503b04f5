//! Tells the sampler how the segments went that its rules decided about.

use super::poll::Published;
use crate::observer::{Ended, Observer};
use crate::sampling::adaptive::Anomalies;
use std::fmt;
use std::sync::Arc;

/// Counts, for rules that may be boosted, how many traces went wrong; see
/// [`CentralSampler::observer`](super::CentralSampler::observer).
///
/// Without such a rule it costs a look at the rules and nothing more.
pub struct AnomalyObserver {
    published: Arc<Published>,
    anomalies: Arc<Anomalies>,
}

impl AnomalyObserver {
    pub(super) fn new(published: Arc<Published>, anomalies: Arc<Anomalies>) -> Self {
        Self {
            published,
            anomalies,
        }
    }
}

impl Observer for AnomalyObserver {
    fn ended(&self, ended: &Ended<'_>) {
        // A segment without a rule was decided about elsewhere, and is counted there.
        let rules = self.published.rules.load();
        if let Some(rule) = ended.rule.and_then(|rule| rules.boosted(rule)) {
            self.anomalies.count(rule, ended);
        }
    }

    fn listens(&self) -> bool {
        self.published.rules.load().may_boost()
    }
}

impl fmt::Debug for AnomalyObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnomalyObserver").finish_non_exhaustive()
    }
}
