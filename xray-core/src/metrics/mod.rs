//! Metrics of each operation, whether its requests are sampled or not.

mod counts;
mod desk;
mod histogram;
mod line;
mod operations;
mod out;
mod settings;
mod table;
mod task;
mod writer;

pub use settings::Metrics;

pub(crate) use out::Agent;
pub(crate) use settings::To;

use crate::clock::Time;
use crate::observer::{Ended, Observer};
use crate::recorder::Outlet;
use crate::report::Report;
use desk::Desk;
use line::Lines;
use operations::Operations;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use task::Task;
use writer::{Told, Writer};

/// Nanoseconds of a minute.
const NANOS: u64 = 60_000_000_000;

/// What has been counted.
struct Collected {
    operations: Operations,
    time: Time,
}

/// Metrics that are on; they end with this.
pub(crate) struct Running {
    desk: Arc<Desk>,
    to: Box<str>,
}

/// Counts segments as they end.
pub(crate) struct Counting {
    collected: Arc<Collected>,
    desk: Arc<Desk>,
    /// The latest minute that the writer was told of.
    latest: AtomicU64,
}

impl Metrics {
    /// Starts the thread that writes.
    pub(crate) fn start(
        self,
        service: &str,
        time: Time,
        outlet: Arc<Outlet>,
    ) -> io::Result<(Running, Counting)> {
        let to = self.describe();
        let operations = Operations::new(service, self.operations);
        let collected = Arc::new(Collected { operations, time });
        let desk = Arc::new(Desk::default());
        let running = Running {
            desk: desk.clone(),
            to: to.into(),
        };
        let counting = Counting {
            collected: collected.clone(),
            desk: desk.clone(),
            latest: AtomicU64::new(0),
        };
        let task = self.task_uri.filter(|_| self.task_stats);
        let writer = Writer {
            collected,
            desk,
            outlet,
            service: service.into(),
            lines: Lines::new(&self.namespace),
            out: self.to.open(),
            task: task.and_then(|uri| Task::new(&uri)),
            told: Told::default(),
            failures: Report::new(),
        };
        writer.start()?;
        Ok((running, counting))
    }
}

impl Running {
    /// Has everything written that was counted so far; what is said is for [`written`](Self::written).
    pub(crate) fn ask(&self) -> u64 {
        self.desk.ask()
    }

    /// Waits until what was asked for was written; false when that took longer, or some of it was
    /// lost.
    pub(crate) fn written(&self, asked: u64, timeout: Duration) -> bool {
        self.desk.written(asked, timeout)
    }

    /// Where they go.
    pub(crate) fn to(&self) -> &str {
        &self.to
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Not waited for: whatever blocks the writer must not block who drops the recorder.
        self.desk.stop();
    }
}

impl Observer for Counting {
    fn ended(&self, ended: &Ended<'_>) {
        let time = &self.collected.time;
        let minute = time.roughly() / NANOS;
        self.collected.operations.add(minute, ended);
        // The system's clock wakes the writer by itself.
        if let Time::Given(_) = time {
            let latest = self.latest.fetch_max(minute, Relaxed);
            if latest != 0 && latest < minute {
                self.desk.minute_over();
            }
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
