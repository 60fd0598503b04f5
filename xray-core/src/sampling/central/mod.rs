//! Sampling by the rules that are set in X-Ray.

mod builder;
mod calls;
mod observer;
mod poll;
mod rules;
mod schedule;
mod table;
mod verdict;

use super::adaptive::Anomalies;
use super::counts::RuleStats;
use super::poller::Poller;
use super::source::{DaemonSource, RuleSource};
use super::{Sampler, SamplingDecision, SamplingRequest};
use crate::address::Endpoint;
use crate::report::{TARGET, shielded};
use poll::{Poll, Published};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use builder::CentralSamplerBuilder;
pub use observer::AnomalyObserver;

/// Samples by the rules that are set in X-Ray for the account and region.
///
/// The first rule that matches decides: within this process's share of the rule's reservoir, which
/// X-Ray hands out, everything is sampled, beyond it a fixed share. Where there are no rules (none
/// have arrived yet, or the last ones are an hour old) the fallback decides.
///
/// A thread of its own fetches the rules every five minutes, and sooner when X-Ray says that they
/// were changed, and reports every ten seconds what was decided. A decision takes no lock and never
/// waits for it.
///
/// ```no_run
/// use xray_core::DaemonAddress;
/// use xray_core::sampling::{CentralSampler, LocalSampler};
///
/// let daemon = DaemonAddress::default();
/// let sampler = CentralSampler::for_daemon(daemon.tcp)
///     .fallback(LocalSampler::from_file("sampling-rules.json")?)
///     .start()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CentralSampler {
    published: Arc<Published>,
    poll: Arc<Mutex<Poll>>,
    anomalies: Arc<Anomalies>,
    fallback: Box<dyn Sampler>,
    fell_back: AtomicU64,
    source: String,
    thread: Option<Poller>,
}

impl CentralSampler {
    /// With rules from this source.
    pub fn builder(source: impl RuleSource) -> CentralSamplerBuilder {
        CentralSamplerBuilder::new(Box::new(source))
    }

    /// With rules by way of the daemon that listens here.
    pub fn for_daemon(tcp: Endpoint) -> CentralSamplerBuilder {
        Self::builder(DaemonSource::new(tcp))
    }

    /// Makes the calls that are due at a time since the epoch, and says when to call this again.
    ///
    /// A sampler that was [started](CentralSamplerBuilder::start) does this on its own thread. One
    /// that was only [built](CentralSamplerBuilder::build) relies on its owner: a test with a clock
    /// of its own, or a program that has a thread to spare. It blocks as long as the source does.
    pub fn poll(&self, now: Duration) -> Duration {
        lock(&self.poll).step(now)
    }

    /// Reports whatever was decided since the last report, though it may not be due. It blocks as
    /// long as the source does.
    pub fn report(&self, now: Duration) {
        lock(&self.poll).last_report(now);
    }

    /// What is known, and what was decided.
    #[must_use]
    pub fn stats(&self) -> CentralStats {
        let rules = self.published.rules.load();
        CentralStats {
            rules: rules.stats(),
            fetched_at: rules.fetched_at,
            fallback: self.fell_back.load(Relaxed),
            fetches: self.published.fetches.load(Relaxed),
            reports: self.published.reports.load(Relaxed),
            failures: self.published.failures.load(Relaxed),
        }
    }

    /// What the recorder has to tell of ended segments, so that X-Ray can raise the rate of rules
    /// while requests fail (adaptive sampling).
    #[must_use]
    pub fn observer(&self) -> AnomalyObserver {
        AnomalyObserver::new(self.published.clone(), self.anomalies.clone())
    }
}

impl Sampler for CentralSampler {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        let decision = self.published.rules.load().decide(request);
        decision.unwrap_or_else(|| {
            self.fell_back.fetch_add(1, Relaxed);
            self.fallback.decide(request)
        })
    }

    /// Ends the thread, which makes a last report before. Without a thread nothing is reported.
    fn shutdown(&self, timeout: Duration) {
        let begun = Instant::now();
        let stopped = self
            .thread
            .as_ref()
            .is_none_or(|thread| thread.stop(timeout));
        if !stopped {
            shielded(
                || log::debug!(target: TARGET, "the shutdown did not wait for the last report of sampling"),
            );
        }
        let left = timeout.saturating_sub(begun.elapsed());
        self.fallback.shutdown(left);
    }

    fn describe(&self) -> String {
        format!(
            "central by {}, with {} as fallback",
            self.source,
            self.fallback.describe()
        )
    }
}

impl fmt::Debug for CentralSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CentralSampler")
            .field("source", &self.source)
            .field("fallback", &self.fallback.describe())
            .field("rules", &self.published.rules.load())
            .finish_non_exhaustive()
    }
}

/// Held while a call is made. Decisions and statistics do not need it.
fn lock(poll: &Mutex<Poll>) -> MutexGuard<'_, Poll> {
    poll.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a [`CentralSampler`] knows and has done since it came up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CentralStats {
    /// The rules in the order in which they are asked; empty before the first have arrived.
    pub rules: Vec<RuleStats>,
    /// When the rules arrived, since the epoch.
    pub fetched_at: Option<Duration>,
    /// Requests that the fallback decided about.
    pub fallback: u64,
    /// How often all rules were fetched.
    pub fetches: u64,
    /// Reports that were answered.
    pub reports: u64,
    /// Calls of either kind that went wrong.
    pub failures: u64,
}
