//! The thread that writes: at the end of a minute, when somebody asks, and when all is over.

use super::counts::Totals;
use super::line::Lines;
use super::operations::dimension;
use super::out::Out;
use super::table::{
    DOCUMENTS_DROPPED, DOCUMENTS_EMITTED, DOCUMENTS_TRUNCATED, METRICS_DROPPED, Metric,
    OTHER_OPERATIONS, VALUES_DROPPED,
};
use super::task::Task;
use super::{Collected, NANOS};
use crate::clock::Time;
use crate::recorder::{Counters, Outlet, Stats};
use crate::report::Report;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
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

    /// Waits until everything counted so far was written; false when that took longer, or some of it
    /// was lost.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let until = Instant::now().checked_add(timeout);
        let mut asked = self.lock();
        asked.flushes += 1;
        let goal = asked.flushes;
        self.news.notify_one();
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
    fn wait(&self, time: &Time) -> Round {
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

    fn done(&self, flushes: u64, all_written: bool) {
        let mut asked = self.lock();
        asked.done = flushes;
        asked.all_written = all_written;
        self.progress.notify_all();
    }
}

/// What there is to do.
#[derive(Clone, Copy)]
struct Round {
    /// Everything is to be written, not only the minutes that are over.
    all: bool,
    minute_over: bool,
    /// The question that this answers, and those before.
    flushes: u64,
    last: bool,
}

fn until_next_minute(nanos: u64) -> Duration {
    Duration::from_nanos(NANOS - nanos % NANOS) + GRACE
}

pub(super) struct Writer {
    pub(super) collected: Arc<Collected>,
    pub(super) desk: Arc<Desk>,
    pub(super) outlet: Arc<Outlet>,
    pub(super) service: Box<str>,
    pub(super) lines: Lines,
    pub(super) out: Out,
    pub(super) task: Option<Task>,
    pub(super) told: Told,
    pub(super) failures: Report,
}

/// What has been written of counters that only grow.
#[derive(Default)]
pub(super) struct Told {
    stats: Stats,
    others: u64,
}

impl Writer {
    pub(super) fn start(mut self) -> io::Result<()> {
        self.service = dimension(&self.service);
        let thread = thread::Builder::new().name("xray-metrics".into());
        thread.spawn(move || self.work()).map(drop)
    }

    fn work(&mut self) {
        loop {
            let round = self.desk.wait(&self.collected.time);
            let all_written = self.write(round);
            self.desk.done(round.flushes, all_written);
            if round.last {
                return;
            }
        }
    }

    /// Writes the minutes that are over, or everything; false where some of it was lost.
    fn write(&mut self, round: Round) -> bool {
        let now = self.collected.time.nanos() / NANOS;
        let before = (!round.all).then_some(now);
        self.out.begin();
        let (mut taken, mut spare) = (Vec::new(), Totals::with_room());
        let (mut requests, mut all_written) = (0, true);
        let mut written = |put: Put| {
            all_written &= put == Put::Written;
            put != Put::Lost
        };
        for operation in self.collected.operations.all() {
            operation.counts.take(before, &mut taken, &mut spare);
            for (minute, totals) in taken.drain(..) {
                let line = self.lines.operation(minute, &operation, &totals);
                requests += totals.requests;
                written(put(&mut self.out, line, &self.outlet, &self.failures));
            }
        }
        // Once a minute, however often somebody asks for what there is; and a shutdown has better
        // things to wait for.
        let task = match &mut self.task {
            Some(task) if round.minute_over && !round.last => {
                task.usage(self.collected.time.nanos())
            }
            _ => Vec::new(),
        };
        let grown = Told {
            stats: self.outlet.counters.read(),
            others: self.collected.operations.others(),
        };
        let counts = grown.since(&self.told);
        let quiet = requests == 0 && task.is_empty() && counts.iter().all(|(_, n)| *n == 0);
        if !quiet {
            let minute = if round.all {
                now
            } else {
                now.saturating_sub(1)
            };
            let line = self.lines.process(minute, &self.service, &counts, &task);
            // What a lost line has said, the next one says again.
            if written(put(&mut self.out, line, &self.outlet, &self.failures)) {
                self.told = grown;
            }
        }
        all_written
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    Written,
    /// It was written, but an earlier one has not arrived.
    Other,
    Lost,
}

/// Writes a line, and counts what was lost.
fn put(out: &mut Out, line: &[u8], outlet: &Outlet, failures: &Report) -> Put {
    let Err(lost) = out.write(line) else {
        return Put::Written;
    };
    Counters::add(&outlet.counters.dropped_metrics, lost.lines);
    failures.say(format_args!("metrics could not be written: {}", lost.error));
    if lost.this_one { Put::Lost } else { Put::Other }
}

impl Told {
    /// What has come since then.
    fn since(&self, then: &Self) -> Vec<(Metric, u64)> {
        let (now, before) = (&self.stats, &then.stats);
        let values = |s: &Stats| s.refused_values + s.over_budget + s.invalid_values;
        [
            (DOCUMENTS_EMITTED, now.documents, before.documents),
            (
                DOCUMENTS_DROPPED,
                now.dropped_documents,
                before.dropped_documents,
            ),
            (DOCUMENTS_TRUNCATED, now.truncated, before.truncated),
            (VALUES_DROPPED, values(now), values(before)),
            (METRICS_DROPPED, now.dropped_metrics, before.dropped_metrics),
            (OTHER_OPERATIONS, self.others, then.others),
        ]
        .into_iter()
        .map(|(metric, now, before)| (metric, now.saturating_sub(before)))
        .collect()
    }
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
