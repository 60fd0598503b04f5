//! So many per second.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Lets a number of requests through in each second of the wall clock.
///
/// The second is told, never read. Second and count share one word, so that they change together
/// without a lock.
#[derive(Debug, Default)]
pub(crate) struct Reservoir(AtomicU64);

/// How far behind the latest second a request may lie and still count there. Threads read the time
/// before they get here, so they arrive a little out of order; farther back the clock was set, and
/// without this limit a reservoir would stay shut until the old time comes again.
const BEHIND: u32 = 60;

impl Reservoir {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Whether one more fits into this second.
    #[inline]
    pub(crate) fn take(&self, second: u64, limit: u32) -> bool {
        if limit == 0 {
            return false;
        }
        let second = second as u32;
        let mut seen = self.0.load(Relaxed);
        loop {
            let (latest, used) = ((seen >> 32) as u32, seen as u32);
            // Wraps to something large where `second` is the later one.
            let next = if latest.wrapping_sub(second) > BEHIND {
                u64::from(second) << 32 | 1
            } else if used < limit {
                seen + 1
            } else {
                return false;
            };
            match self.0.compare_exchange_weak(seen, next, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn c45_each_second_has_its_own_share() {
        let one = Reservoir::new();
        let passed = |n: u64| (0..n).filter(|_| one.take(n, 1)).count();
        assert_eq!([passed(10), passed(11), passed(12)], [1, 1, 1]);
        let ten = Reservoir::new();
        assert_eq!((0..100).filter(|_| ten.take(1_500_000_000, 10)).count(), 10);
    }

    #[test]
    fn zero_lets_nothing_through() {
        assert!(!Reservoir::new().take(5, 0));
    }

    #[test]
    fn a_thread_that_is_late_counts_in_the_latest_second() {
        let r = Reservoir::new();
        assert!(r.take(100, 1));
        assert!(!r.take(99, 1));
        assert!(!r.take(100, 1));
    }

    #[test]
    fn a_clock_set_back_does_not_shut_it() {
        let r = Reservoir::new();
        assert!(r.take(1_000_000, 1));
        assert!(r.take(1_000_000 - 3_600, 1));
    }

    #[test]
    fn c45_threads_get_exactly_the_limit() {
        let (r, passed) = (Reservoir::new(), AtomicUsize::new(0));
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    let n = (0..25_000).filter(|_| r.take(7, 1_000)).count();
                    passed.fetch_add(n, Relaxed);
                });
            }
        });
        assert_eq!(passed.into_inner(), 1_000);
    }

    proptest! {
        #[test]
        fn no_second_exceeds_the_limit(
            seconds in prop::collection::vec(1_000u64..1_060, 1..400),
            limit in 0u32..5,
        ) {
            let r = Reservoir::new();
            let (mut latest, mut passed) = (0, HashMap::new());
            for second in seconds {
                latest = latest.max(second);
                if r.take(second, limit) {
                    *passed.entry(latest).or_insert(0) += 1;
                }
            }
            prop_assert!(passed.values().all(|n| *n <= limit));
        }
    }
}
