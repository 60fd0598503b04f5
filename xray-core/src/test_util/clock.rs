//! Time and ids that repeat.

use crate::clock::Clock;
use crate::id::IdSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// A clock that stands still until it is told otherwise. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// At a time since the epoch.
    #[must_use]
    pub fn new(since_epoch: Duration) -> Self {
        Self(Arc::new(AtomicU64::new(nanos(since_epoch))))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(nanos(by), Relaxed);
    }

    /// Jumps, backwards too, as the wall clock of a machine may.
    pub fn set(&self, since_epoch: Duration) {
        self.0.store(nanos(since_epoch), Relaxed);
    }

    /// The time since the epoch.
    #[must_use]
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos())
    }
}

impl Clock for ManualClock {
    fn nanos(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Ids that are never equal and the same in every run. Clones draw from the same numbers.
#[derive(Clone, Debug, Default)]
pub struct CountingIds {
    drawn: Arc<AtomicU64>,
    spread: bool,
}

impl CountingIds {
    /// 1, 2, 3, …
    ///
    /// As chance these are all near zero: every sampler says yes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same numbers, mixed so that they are spread over all 64 bits: fit for fixed rates.
    #[must_use]
    pub fn spread() -> Self {
        Self {
            spread: true,
            ..Self::default()
        }
    }
}

impl IdSource for CountingIds {
    fn next(&self) -> u64 {
        let n = self.drawn.fetch_add(1, Relaxed) + 1;
        if self.spread { mix(n) } else { n }
    }
}

/// A bijection (multiplications by odd numbers, shifted xors), so that the ids stay different.
fn mix(mut n: u64) -> u64 {
    for _ in 0..3 {
        n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        n ^= n >> 29;
    }
    n
}

/// The given numbers in turn, then again from the first. Clones draw from the same numbers.
#[derive(Clone, Debug)]
pub struct FixedIds {
    ids: Arc<[u64]>,
    drawn: Arc<AtomicUsize>,
}

impl FixedIds {
    /// These bits. Without any it is always 1.
    #[must_use]
    pub fn new(ids: impl IntoIterator<Item = u64>) -> Self {
        Self {
            ids: ids.into_iter().collect(),
            drawn: Arc::default(),
        }
    }

    /// Bits from which `SamplingRequest::random` makes these fractions, each at least 0 and below 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use xray_core::sampling::{Chance, SamplingRequest};
    /// use xray_core::test_util::FixedIds;
    ///
    /// let chance = Chance::of(FixedIds::fractions([0.25, 0.75]));
    /// let request = SamplingRequest::at("checkout", Duration::ZERO, &chance);
    /// assert_eq!([request.random(), request.random(), request.random()], [0.25, 0.75, 0.25]);
    /// ```
    #[must_use]
    pub fn fractions(fractions: impl IntoIterator<Item = f64>) -> Self {
        // A fraction is made of the upper 53 bits.
        Self::new(
            fractions
                .into_iter()
                .map(|f| ((f * (1u64 << 53) as f64) as u64) << 11),
        )
    }
}

impl IdSource for FixedIds {
    fn next(&self) -> u64 {
        let n = self.drawn.fetch_add(1, Relaxed);
        self.ids
            .get(n % self.ids.len().max(1))
            .copied()
            .unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn clones_of_a_clock_show_one_time() {
        let clock = ManualClock::new(Duration::from_secs(10));
        let other = clock.clone();
        other.advance(Duration::from_millis(1_500));
        assert_eq!(clock.nanos(), 11_500_000_000);
        clock.set(Duration::from_secs(3));
        assert_eq!(other.now(), Duration::from_secs(3));
    }

    #[test]
    fn counting_ids_count_across_clones() {
        let ids = CountingIds::new();
        let other = ids.clone();
        assert_eq!([ids.next(), other.next(), ids.next()], [1, 2, 3]);
    }

    #[test]
    fn spread_ids_differ_repeat_and_reach_both_halves() {
        let draw = |ids: &CountingIds| (0..1_000).map(|_| ids.next()).collect::<Vec<_>>();
        let first = draw(&CountingIds::spread());
        assert_eq!(first, draw(&CountingIds::spread()));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 1_000);
        let upper = first.iter().filter(|&&n| n > u64::MAX / 2).count();
        assert!((400..600).contains(&upper), "{upper} of 1000");
    }

    #[test]
    fn fixed_ids_come_in_turn_and_again() {
        let ids = FixedIds::new([7, 9]);
        assert_eq!([ids.next(), ids.clone().next(), ids.next()], [7, 9, 7]);
        assert_eq!(FixedIds::new([]).next(), 1);
    }
}
