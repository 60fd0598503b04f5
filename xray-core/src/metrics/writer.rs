//! The thread that writes.

use super::counts::Totals;
use super::desk::{Desk, Round};
use super::line::Lines;
use super::operations::dimension;
use super::out::Out;
use super::table::{
    DOCUMENTS_DROPPED, DOCUMENTS_EMITTED, DOCUMENTS_TRUNCATED, METRICS_DROPPED, Metric,
    OTHER_OPERATIONS, VALUES_DROPPED,
};
use super::task::Task;
use super::{Collected, NANOS};
use crate::recorder::{Counters, Outlet, Stats};
use crate::report::Report;
use std::io;
use std::sync::Arc;
use std::thread;

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
            self.desk.done(round, all_written);
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
