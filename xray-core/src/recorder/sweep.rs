//! Segments that stay open for long are sent once as they are, and overwritten when they end.

use super::{Inner, Recorder};
use crate::trace::Trace;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

impl Recorder {
    #[inline]
    pub(crate) fn watch(&self, trace: &Arc<Trace>) {
        if self.0.in_progress.is_none() {
            return;
        }
        let mut watched = self.watched();
        if watched.len() == watched.capacity() {
            // Those that have ended make room before the list grows; half of it stays free, so that
            // this is rare.
            watched.retain(|trace| trace.strong_count() > 0);
            let open = watched.len();
            watched.reserve(open.max(32));
        }
        watched.push(Arc::downgrade(trace));
    }

    fn watched(&self) -> MutexGuard<'_, Vec<Weak<Trace>>> {
        let watched = self.0.watched.lock();
        watched.unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a document marked `in_progress` for each segment that has been open for longer than
    /// [`in_progress_after`](super::RecorderBuilder::in_progress_after), once.
    ///
    /// A thread does this by itself where the recorder goes by the system's clock; with a clock of
    /// one's own, tests call it.
    pub fn sweep(&self) {
        if let Some(after) = self.0.in_progress {
            self.sweep_all(after);
        }
    }

    pub(super) fn sweep_all(&self, after: Duration) {
        if self.0.in_progress.is_none() {
            return;
        }
        let mut all = std::mem::take(&mut *self.watched());
        // Outside the lock: what is too old is sent here.
        all.retain(|weak| weak.upgrade().is_some_and(|t| t.report_if_older(after)));
        self.watched().append(&mut all);
        // A shutdown that came meanwhile has found an empty list.
        if !after.is_zero() && self.0.closed.load(SeqCst) {
            self.sweep_all(Duration::ZERO);
        }
    }

    pub(super) fn start_sweeping(&self, after: Duration) {
        let pause = (after / 4).clamp(Duration::from_millis(250), Duration::from_secs(10));
        let inner: Weak<Inner> = Arc::downgrade(&self.0);
        let sweeper = thread::Builder::new().name("xray-in-progress".into());
        // Without a thread there are no documents in progress; the segments themselves still come.
        let _ = sweeper.spawn(move || {
            loop {
                thread::sleep(pause);
                let Some(inner) = inner.upgrade() else { return };
                let recorder = Recorder(inner);
                if recorder.0.closed.load(SeqCst) {
                    return;
                }
                recorder.sweep();
            }
        });
    }
}
