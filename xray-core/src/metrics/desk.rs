//! What is asked of the writer: to write when a minute is over, when somebody waits for it, and when
//! all is over.

use super::NANOS;
use crate::clock::Time;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long after a minute its lines are written: who has read the clock just before its end has
/// counted by then.
const GRACE: Duration = Duration::from_millis(100);

/// What is asked of the thread.
#[derive(Debug, Default)]
struct Asked {
    /// Everything so far is to be written: how often that was asked, and done.
    flushes: u64,
    done: u64,
    /// Whether all lines of the last time were written.
    all_written: bool,
    /// A minute has ended by a clock that is not the system's.
    minute_over: bool,
    stop: bool,
}

#[derive(Debug, Default)]
pub(super) struct Desk {
    asked: Mutex<Asked>,
    news: Condvar,
    progress: Condvar,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    pub(super) fn minute_over(&self) {
        self.lock().minute_over = true;
        self.news.notify_one();
    }

    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.news.notify_one();
    }

    /// Has everything written that was counted so far, and says what [`written`](Self::written) waits for.
    pub(super) fn ask(&self) -> u64 {
        let mut asked = self.lock();
        asked.flushes += 1;
        self.news.notify_one();
        asked.flushes
    }

    /// Waits until what was asked for was written; false when that took longer, or some of it was
    /// lost.
    pub(super) fn written(&self, goal: u64, timeout: Duration) -> bool {
        let until = Instant::now().checked_add(timeout);
        let mut asked = self.lock();
        while asked.done < goal {
            let now = Instant::now();
            let left = until.map_or(timeout, |until| until.saturating_duration_since(now));
            if left.is_zero() {
                return false;
            }
            let waited = self.progress.wait_timeout(asked, left);
            asked = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        asked.all_written
    }

    /// Waits for something to do.
    pub(super) fn wait(&self, time: &Time) -> Round {
        let due = match time {
            Time::System => Some(Instant::now() + until_next_minute(time.nanos())),
            Time::Given(_) => None,
        };
        let mut asked = self.lock();
        loop {
            let now = Instant::now();
            let left = due.map(|due| due.saturating_duration_since(now));
            let minute_over = asked.minute_over || left.is_some_and(|left| left.is_zero());
            let all = asked.stop || asked.flushes > asked.done;
            if all || minute_over {
                asked.minute_over = false;
                return Round {
                    all,
                    minute_over,
                    flushes: asked.flushes,
                    last: asked.stop,
                };
            }
            asked = match left {
                Some(left) => {
                    let waited = self.news.wait_timeout(asked, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.news.wait(asked);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    pub(super) fn done(&self, round: Round, all_written: bool) {
        let mut asked = self.lock();
        asked.done = round.flushes;
        // Nobody waits for a minute's own round, and it must not answer for another one.
        if round.all {
            asked.all_written = all_written;
        }
        self.progress.notify_all();
    }
}

/// What there is to do.
#[derive(Clone, Copy)]
pub(super) struct Round {
    /// Everything is to be written, not only the minutes that are over.
    pub(super) all: bool,
    pub(super) minute_over: bool,
    /// The question that this answers, and those before.
    pub(super) flushes: u64,
    pub(super) last: bool,
}

fn until_next_minute(nanos: u64) -> Duration {
    Duration::from_nanos(NANOS - nanos % NANOS) + GRACE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_due_shortly_after_the_minute() {
        let minute = 27_000_000 * NANOS;
        for (into, expected) in [
            (0, Duration::from_millis(60_100)),
            (1, Duration::from_nanos(60_099_999_999)),
            (NANOS - 1, Duration::from_nanos(100_000_001)),
        ] {
            assert_eq!(until_next_minute(minute + into), expected);
        }
    }
}
