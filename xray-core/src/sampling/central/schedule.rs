//! When a call is made next.

use std::time::Duration;

/// A call that is made again and again.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Since the epoch; none before the first call.
    due: Option<Duration>,
    /// Since the last call that went well.
    failures: u32,
    /// How long to wait after the first failure; it doubles with each.
    first_retry: Duration,
}

/// The longest wait after failures, before jitter. A daemon that is back is noticed within this.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// No call is planned farther ahead; one that is, was planned before the clock was set back.
const HORIZON: Duration = Duration::from_secs(660);

impl Schedule {
    pub(super) const fn new(first_retry: Duration) -> Self {
        Self {
            due: None,
            failures: 0,
            first_retry,
        }
    }

    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.due
            .is_none_or(|due| now >= due || due.saturating_sub(now) > HORIZON)
    }

    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Whether the last call went wrong.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// The call went well, or there was nothing to call for: the next one is after this.
    pub(super) fn after(&mut self, now: Duration, wait: Duration) {
        self.due = Some(now.saturating_add(wait));
    }

    pub(super) fn went_well(&mut self) {
        self.failures = 0;
    }

    /// The call went wrong; `chance` is from 0 to 1 and keeps a fleet from coming back at once.
    pub(super) fn went_wrong(&mut self, now: Duration, chance: f64) {
        let doubled = 1u32 << self.failures.min(16);
        self.failures = self.failures.saturating_add(1);
        let wait = self.first_retry.saturating_mul(doubled).min(LONGEST_RETRY);
        self.after(now, wait.mul_f64(1.0 + chance / 2.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn failures_double_the_wait_up_to_a_minute() {
        let mut schedule = Schedule::new(at(2));
        let mut waits = Vec::new();
        for _ in 0..8 {
            schedule.went_wrong(at(100), 0.0);
            waits.push(schedule.due().unwrap().as_secs() - 100);
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        schedule.went_well();
        schedule.went_wrong(at(100), 0.5);
        assert_eq!(schedule.due(), Some(Duration::from_millis(102_500)));
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_calls() {
        let mut schedule = Schedule::new(at(2));
        assert!(schedule.is_due(at(0)));
        schedule.after(at(10_000), at(300));
        assert!(!schedule.is_due(at(10_299)));
        assert!(schedule.is_due(at(10_300)));
        assert!(schedule.is_due(at(10_300) - HORIZON - at(1)));
    }
}
