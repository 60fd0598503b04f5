//! What X-Ray did with the statistics of a rule.

use crate::report::{TARGET, shielded};
use crate::sampling::source::Unprocessed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    /// It never takes them (4xx); the rule may be gone.
    Refused,
    /// It could not take them now.
    Failed,
}

impl Verdict {
    pub(super) fn on(rule: &str, unprocessed: &[Unprocessed]) -> Self {
        let Some(entry) = unprocessed.iter().find(|entry| entry.rule_name == rule) else {
            return Self::Taken;
        };
        shielded(|| {
            log::debug!(
                target: TARGET,
                "statistics of sampling rule {rule} were not taken: {} {}",
                entry.error_code,
                entry.message
            )
        });
        if entry.error_code.starts_with('4') {
            Self::Refused
        } else {
            Self::Failed
        }
    }
}
