//! What is counted of one operation, by minute.
//!
//! Threads count apart: each has a lock of its own in a few, which nobody else asks for but the
//! writer, once a minute and for as long as it takes to change two pointers.

use super::histogram::Histogram;
use crate::observer::Ended;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has ended in one minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) requests: u64,
    pub(super) errors: u64,
    pub(super) faults: u64,
    pub(super) throttles: u64,
    pub(super) latency: Histogram,
}

impl Totals {
    pub(super) fn with_room() -> Self {
        Self {
            latency: Histogram::with_room(),
            ..Self::default()
        }
    }

    #[inline]
    fn add(&mut self, ended: &Ended<'_>) {
        self.requests += 1;
        self.errors += u64::from(ended.error);
        self.faults += u64::from(ended.fault);
        self.throttles += u64::from(ended.throttle);
        let took = ended.end.saturating_sub(ended.start).as_nanos();
        self.latency.add(u64::try_from(took).unwrap_or(u64::MAX));
    }

    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.faults += other.faults;
        self.throttles += other.throttles;
        self.latency.merge(&other.latency);
    }

    /// Keeps its memory.
    fn clear(&mut self) {
        (self.requests, self.errors, self.faults, self.throttles) = (0, 0, 0, 0);
        self.latency.clear();
    }
}

/// Even and odd minutes take turns, so that what ends in a new minute waits for nobody to write the
/// old one.
#[derive(Debug, Default)]
struct Minute {
    minute: u64,
    totals: Totals,
}

/// On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Share(Mutex<[Minute; 2]>);

impl Share {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, [Minute; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(super) struct Counts(Box<[Share]>);

impl Counts {
    /// So many shares, a power of two.
    pub(super) fn new(shares: usize) -> Self {
        debug_assert!(shares.is_power_of_two());
        Self((0..shares).map(|_| Share::default()).collect())
    }

    /// Counts a segment in the minute that it has ended in.
    #[inline]
    pub(super) fn add(&self, minute: u64, ended: &Ended<'_>) {
        let Some(share) = self.0.get(thread() & (self.0.len() - 1)) else {
            return;
        };
        let mut minutes = share.lock();
        let [even, odd] = &mut *minutes;
        let mine = if minute % 2 == 0 { even } else { odd };
        // What nobody has written for two minutes keeps its minute, and takes this one in: better
        // late by that than lost. A clock that was put back must not leave it in the future.
        if mine.totals.requests == 0 || minute < mine.minute {
            mine.minute = minute;
        }
        mine.totals.add(ended);
    }

    /// Takes what was counted, of all minutes or of those before one; and of those well after it,
    /// since the clock was put back and would not come to them for long. `spare` is used on the way.
    pub(super) fn take(
        &self,
        before: Option<u64>,
        taken: &mut Vec<(u64, Totals)>,
        spare: &mut Totals,
    ) {
        for share in &self.0 {
            for half in 0..2 {
                let mut minutes = share.lock();
                let one = &mut minutes[half];
                let minute = one.minute;
                let goes_on = |b: u64| minute >= b && minute - b <= 1;
                if one.totals.requests == 0 || before.is_some_and(goes_on) {
                    continue;
                }
                std::mem::swap(&mut one.totals, spare);
                drop(minutes);
                match taken.iter_mut().find(|(m, _)| *m == minute) {
                    Some((_, totals)) => totals.merge(spare),
                    None => taken.push((minute, spare.clone())),
                }
                spare.clear();
            }
        }
        taken.sort_unstable_by_key(|(minute, _)| *minute);
    }
}

/// A number of this thread, from 0 on.
#[inline]
fn thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static MINE: usize = THREADS.fetch_add(1, Relaxed));
    // Where a segment ends while its thread does, any share will do.
    MINE.try_with(|mine| *mine).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TraceId;
    use std::time::Duration;

    fn ended() -> Ended<'static> {
        Ended {
            name: "shop",
            operation: None,
            method: None,
            rule: None,
            trace_id: TraceId::PLACEHOLDER,
            sampled: false,
            start: Duration::ZERO,
            end: Duration::from_millis(1),
            status: None,
            error: false,
            fault: false,
            throttle: false,
        }
    }

    /// Which minutes are taken at a time.
    fn taken(counted: &[u64], now: u64) -> Vec<u64> {
        let (counts, mut taken) = (Counts::new(1), Vec::new());
        counted.iter().for_each(|&m| counts.add(m, &ended()));
        counts.take(Some(now), &mut taken, &mut Totals::with_room());
        taken.iter().map(|(minute, _)| *minute).collect()
    }

    #[test]
    fn minutes_that_are_over_are_taken_and_those_of_a_clock_that_was_put_back() {
        assert_eq!(taken(&[100, 101], 100), [] as [u64; 0]);
        assert_eq!(taken(&[100, 101], 101), [100]);
        assert_eq!(taken(&[100, 101], 102), [100, 101]);
        // An hour back, it would not be that minute for an hour.
        assert_eq!(taken(&[100, 101], 40), [100, 101]);
        assert_eq!(taken(&[100, 41], 40), [100]);
        // Nor is what comes by then put off.
        assert_eq!(taken(&[100, 40], 41), [40]);
        assert_eq!(taken(&[u64::MAX], 0), [u64::MAX]);
    }
}
