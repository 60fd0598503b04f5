//! Adaptive sampling: what counts as an anomaly, and what X-Ray is told of anomalies.

mod anomalies;
#[cfg(feature = "adaptive-config")]
mod config;
mod seen;

use super::reservoir::Reservoir;
use crate::observer::Ended;

pub(crate) use anomalies::Anomalies;
#[cfg(feature = "adaptive-config")]
pub use config::InvalidAdaptiveConfig;

/// What counts as an anomaly, and how many anomalies are captured.
///
/// By default an anomaly is a segment with a fault. Anomalies under a rule with a
/// [boost](super::RateBoost) are reported, so that X-Ray can raise the rate of the rule for a while.
///
/// With the feature `adaptive-config` the conditions can be read from the configuration that the
/// AWS distributions of OpenTelemetry take (`AWS_XRAY_ADAPTIVE_SAMPLING_CONFIG`).
#[derive(Debug)]
pub struct Adaptive {
    #[cfg(feature = "adaptive-config")]
    conditions: Vec<config::Condition>,
    captures_per_second: u32,
    captured: Reservoir,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self::new()
    }
}

/// What an anomaly is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Boost,
    Capture,
}

impl Adaptive {
    /// The environment variable with the configuration, or the path of a file with it.
    pub const VARIABLE: &'static str = crate::env::ADAPTIVE_SAMPLING_CONFIG;

    /// Faults are anomalies, and one of them is captured per second.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            #[cfg(feature = "adaptive-config")]
            conditions: Vec::new(),
            captures_per_second: 1,
            captured: Reservoir::new(),
        }
    }

    /// How many segments per second are captured at most that were not sampled.
    #[must_use]
    pub const fn captures_per_second(mut self, limit: u32) -> Self {
        self.captures_per_second = limit;
        self
    }

    /// Whether a segment that was not sampled is sent all the same, because it is an anomaly. Asking
    /// takes one of this second's captures.
    #[must_use]
    pub fn captures(&self, ended: &Ended<'_>) -> bool {
        !ended.sampled
            && self.is_anomaly(ended, Purpose::Capture)
            && self
                .captured
                .take(ended.end.as_secs(), self.captures_per_second)
    }

    fn is_anomaly(&self, ended: &Ended<'_>, purpose: Purpose) -> bool {
        #[cfg(feature = "adaptive-config")]
        if !self.conditions.is_empty() {
            return self.conditions.iter().any(|c| c.holds(ended, purpose));
        }
        let _ = purpose;
        ended.fault || ended.status.is_some_and(|status| status > 499)
    }
}

#[cfg(test)]
mod tests;
