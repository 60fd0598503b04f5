//! Putting a central sampler together.

use super::poll::{Poll, Published};
use super::rules::Rules;
use super::{CentralSampler, lock};
use crate::clock::Time;
use crate::id::{IdSource, Ids};
use crate::sampling::adaptive::{Adaptive, Anomalies};
use crate::sampling::poller::{Poller, Turn};
use crate::sampling::source::RuleSource;
use crate::sampling::{Builtin, Sampler};
use arc_swap::ArcSwap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, io};

/// The age that the official SDKs give up their rules at.
const AGE: Duration = Duration::from_secs(3_600);

/// Builds a [`CentralSampler`].
#[must_use]
pub struct CentralSamplerBuilder {
    source: Box<dyn RuleSource>,
    fallback: Box<dyn Sampler>,
    age: Option<Duration>,
    adaptive: Adaptive,
    ids: Ids,
}

impl CentralSamplerBuilder {
    pub(super) fn new(source: Box<dyn RuleSource>) -> Self {
        Self {
            source,
            fallback: Box::new(Builtin::new()),
            age: Some(AGE),
            adaptive: Adaptive::new(),
            ids: Ids::System,
        }
    }

    /// What decides while there are no rules; [`Builtin`] if not said.
    pub fn fallback(mut self, sampler: impl Sampler) -> Self {
        self.fallback = Box::new(sampler);
        self
    }

    /// How long rules are used after they were last fetched: an hour if not said, and for ever with
    /// `None`.
    pub fn rules_age(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.age = age.into();
        self
    }

    /// What counts as an anomaly.
    pub fn adaptive(mut self, adaptive: Adaptive) -> Self {
        self.adaptive = adaptive;
        self
    }

    /// Where the client's id and the jitter of its calls come from, in tests.
    pub fn ids(mut self, ids: impl IdSource) -> Self {
        self.ids = Ids::Given(Arc::new(ids));
        self
    }

    /// A sampler without a thread, which makes its calls when [`poll`](CentralSampler::poll) is
    /// called.
    #[must_use]
    pub fn build(self) -> CentralSampler {
        let published = Published {
            rules: ArcSwap::from_pointee(Rules::none()),
            fetches: AtomicU64::new(0),
            reports: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        };
        let published = Arc::new(published);
        let anomalies = Arc::new(Anomalies::new(self.adaptive));
        CentralSampler {
            source: self.source.describe(),
            published: published.clone(),
            poll: Arc::new(Mutex::new(Poll::new(
                self.source,
                self.ids,
                self.age,
                anomalies.clone(),
                published,
            ))),
            anomalies,
            fallback: self.fallback,
            fell_back: AtomicU64::new(0),
            thread: None,
        }
    }

    /// A sampler with a thread, which fetches the first rules at once.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(self) -> io::Result<CentralSampler> {
        let mut sampler = self.build();
        let poll = sampler.poll.clone();
        let now = || Duration::from_nanos(Time::System.nanos());
        sampler.thread = Some(Poller::start(move |turn| match turn {
            Turn::Next => {
                let next = lock(&poll).step(now());
                next.saturating_sub(now())
            }
            Turn::Last => {
                lock(&poll).last_report(now());
                Duration::ZERO
            }
        })?);
        Ok(sampler)
    }
}

impl fmt::Debug for CentralSamplerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CentralSamplerBuilder")
            .field("source", &self.source.describe())
            .field("fallback", &self.fallback.describe())
            .field("rules_age", &self.age)
            .field("adaptive", &self.adaptive)
            .finish_non_exhaustive()
    }
}
