//! When the two calls are made next, and what is said when they go wrong.

use super::schedule::Schedule;
use super::table::INTERVAL;
use crate::report::{TARGET, shielded};
use crate::sampling::source::RuleSourceError;
use std::time::Duration;

/// `GetSamplingRules` and `GetSamplingTargets`.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) rules: Schedule,
    pub(super) targets: Schedule,
}

#[derive(Clone, Copy)]
pub(super) enum Call {
    Rules,
    Targets,
}

impl Calls {
    pub(super) const fn new() -> Self {
        Self {
            rules: Schedule::new(Duration::from_secs(2)),
            targets: Schedule::new(INTERVAL),
        }
    }

    /// When the next of them is due.
    pub(super) fn next(&self) -> Option<Duration> {
        let both = self.rules.due().into_iter().chain(self.targets.due());
        both.min()
    }

    /// Whether the last call of either kind went wrong.
    pub(super) fn are_failing(&self) -> bool {
        self.rules.is_failing() || self.targets.is_failing()
    }

    pub(super) fn went_well(&mut self, call: Call, source: &str) {
        let were_failing = self.are_failing();
        self.schedule(call).went_well();
        if were_failing && !self.are_failing() {
            shielded(|| log::info!(target: TARGET, "{source} answers again about sampling"));
        }
    }

    /// Puts off the next call. There is one warning until all is well again, not one for each call.
    pub(super) fn went_wrong(
        &mut self,
        call: Call,
        now: Duration,
        chance: f64,
        what: &Trouble<'_>,
    ) {
        let Trouble {
            source,
            error,
            meanwhile,
        } = what;
        if self.are_failing() {
            shielded(
                || log::debug!(target: TARGET, "no answer about sampling from {source}: {error}"),
            );
        } else {
            shielded(|| {
                log::warn!(
                    target: TARGET,
                    "no answer about sampling from {source}: {error}; until there is one, {meanwhile}"
                )
            });
        }
        self.schedule(call).went_wrong(now, chance);
    }

    fn schedule(&mut self, call: Call) -> &mut Schedule {
        match call {
            Call::Rules => &mut self.rules,
            Call::Targets => &mut self.targets,
        }
    }
}

/// What the warning tells.
pub(super) struct Trouble<'a> {
    pub(super) source: &'a str,
    pub(super) error: &'a RuleSourceError,
    pub(super) meanwhile: &'a str,
}
