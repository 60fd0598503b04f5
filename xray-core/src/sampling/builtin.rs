//! The samplers that need no rules.

use super::reservoir::Reservoir;
use super::{Sampler, SamplingDecision, SamplingRequest};

/// Records everything.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "complete: there is nothing to say"
)]
pub struct Always;

impl Sampler for Always {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(true)
    }

    fn describe(&self) -> String {
        "always".to_owned()
    }
}

/// Records nothing; trace ids and decisions of callers still travel on.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "complete: there is nothing to say"
)]
pub struct Never;

impl Sampler for Never {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(false)
    }

    fn describe(&self) -> String {
        "never".to_owned()
    }
}

/// The default of every official SDK without rules: the first request of each second, and 5 % of
/// the others.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Builtin {
    taken: Reservoir,
}

impl Builtin {
    /// A sampler whose first second has not begun.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            taken: Reservoir::new(),
        }
    }
}

const RATE: f64 = 0.05;

impl Sampler for Builtin {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        let first = self.taken.take(request.now().as_secs(), 1);
        SamplingDecision::new(first || request.random() < RATE)
    }

    fn describe(&self) -> String {
        "built-in (1 per second and 5 %)".to_owned()
    }
}
