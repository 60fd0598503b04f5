//! Which segments are recorded.
//!
//! A [`Sampler`] is asked once per segment, where the caller's trace header does not decide. What
//! it is told is a [`SamplingRequest`], time and chance included, so that it needs neither a clock
//! nor a generator of its own and is exact in tests.
//!
//! [`CentralSampler`] decides by the rules that are set in X-Ray, which come from a [`RuleSource`];
//! [`LocalSampler`] by those of a file; [`Builtin`], [`Always`] and [`Never`] without any.

mod adaptive;
mod builtin;
mod central;
mod counts;
mod local;
mod matchers;
mod poller;
mod reservoir;
mod rule;
mod source;

use crate::id::Ids;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use adaptive::Adaptive;
#[cfg(feature = "adaptive-config")]
pub use adaptive::InvalidAdaptiveConfig;
pub use builtin::{Always, Builtin, Never};
pub use central::{AnomalyObserver, CentralSampler, CentralSamplerBuilder, CentralStats};
pub use counts::RuleStats;
pub use local::{InvalidRules, LocalSampler};
pub use rule::{RateBoost, Rule};
pub(crate) use source::http;
pub use source::{
    Boost, BoostStatistics, DaemonSource, Report, RulePage, RuleSource, RuleSourceError,
    Statistics, Target, Targets, Unprocessed,
};

/// Decides once per segment.
///
/// Called while a segment starts: it must neither block nor start segments of its own.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::sampling::{Sampler, SamplingDecision, SamplingRequest};
/// use xray_core::{Recorder, test_util::MemoryEmitter};
///
/// /// Records what changes something.
/// struct Writes;
///
/// impl Sampler for Writes {
///     fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
///         SamplingDecision::new(request.method != Some("GET"))
///     }
/// }
///
/// let emitter = MemoryEmitter::new();
/// let recorder = Recorder::builder("shop").emitter(emitter.clone()).sampler(Writes).build()?;
/// for method in ["GET", "POST"] {
///     let segment = recorder.segment(method).sampling(None, method, "/orders");
///     segment.start().end();
/// }
/// assert_eq!(emitter.tree(), "POST\n");
/// # }
/// # Ok::<(), xray_core::InitError>(())
/// ```
pub trait Sampler: Send + Sync + 'static {
    /// Whether the segment is recorded, and which rule says so.
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision;

    /// Called when the recorder shuts down, with the time that is left: last reports, threads.
    fn shutdown(&self, timeout: Duration) {
        let _ = timeout;
    }

    /// What the recorder's start-up line calls it.
    fn describe(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

impl<S: Sampler + ?Sized> Sampler for Arc<S> {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        (**self).decide(request)
    }

    fn shutdown(&self, timeout: Duration) {
        (**self).shutdown(timeout);
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// What is known of a segment before it starts. What is absent is no condition: every rule matches
/// it, except for the resource and the attributes, which a rule that names them wants to see.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct SamplingRequest<'a> {
    /// The segment's name: the service on the map.
    pub service: &'a str,
    /// The segment's origin (`AWS::ECS::Container`, …), which rules call the service type.
    pub origin: Option<&'a str>,
    /// The `Host` header.
    pub host: Option<&'a str>,
    /// The HTTP method.
    pub method: Option<&'a str>,
    /// The path, without the query.
    pub path: Option<&'a str>,
    /// The ARN of the resource the service runs on.
    pub resource_arn: Option<&'a str>,
    /// What rules may ask for by name.
    pub attributes: &'a [(&'a str, &'a str)],
    nanos: u64,
    ids: &'a Ids,
}

impl<'a> SamplingRequest<'a> {
    pub(crate) fn new(service: &'a str, nanos: u64, ids: &'a Ids) -> Self {
        Self {
            service,
            origin: None,
            host: None,
            method: None,
            path: None,
            resource_arn: None,
            attributes: &[],
            nanos,
            ids,
        }
    }

    /// A request of its own, for tests of samplers: at a given time since the epoch, with a source
    /// of random bits that are drawn as the sampler asks for them.
    #[cfg(any(test, feature = "test-util"))]
    #[must_use]
    pub fn at(service: &'a str, since_epoch: Duration, chance: &'a Chance) -> Self {
        let nanos = u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX);
        Self::new(service, nanos, &chance.0)
    }

    /// The time of the decision, since the epoch.
    #[must_use]
    pub const fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos)
    }

    /// A number from 0 (included) to 1 (not included), drawn anew at each call.
    #[must_use]
    pub fn random(&self) -> f64 {
        self.ids.fraction()
    }
}

impl fmt::Debug for SamplingRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingRequest")
            .field("service", &self.service)
            .field("origin", &self.origin)
            .field("host", &self.host)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("resource_arn", &self.resource_arn)
            .field("attributes", &self.attributes)
            .field("now", &self.now())
            .finish()
    }
}

/// A source of chance for [`SamplingRequest::at`].
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug, Default)]
pub struct Chance(Ids);

#[cfg(any(test, feature = "test-util"))]
impl Chance {
    /// The bits of this source instead of the system's.
    pub fn of(source: impl crate::id::IdSource) -> Self {
        Self(Ids::Given(Arc::new(source)))
    }
}

/// What a [`Sampler`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamplingDecision {
    /// Whether the segment is recorded.
    pub sampled: bool,
    /// The rule that decided, as the segment will name it (`aws.xray.sampling_rule_name`).
    pub rule: Option<Arc<str>>,
}

impl SamplingDecision {
    /// A decision that no rule is named for.
    #[must_use]
    pub const fn new(sampled: bool) -> Self {
        Self {
            sampled,
            rule: None,
        }
    }

    /// Names the rule that decided.
    #[must_use]
    pub fn by(mut self, rule: Arc<str>) -> Self {
        self.rule = Some(rule);
        self
    }
}
