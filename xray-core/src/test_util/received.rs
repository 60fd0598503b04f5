//! Documents that have arrived, and waiting for more of them.

use super::lock;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Received {
    documents: Mutex<Vec<String>>,
    arrived: Condvar,
}

impl Received {
    pub(super) fn push(&self, document: String) {
        lock(&self.documents).push(document);
        self.arrived.notify_all();
    }

    pub(super) fn copies(&self) -> Vec<String> {
        lock(&self.documents).clone()
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.documents))
    }

    /// Waits until the documents held satisfy `enough`; whether they do.
    pub(super) fn wait(&self, timeout: Duration, enough: impl Fn(&[String]) -> bool) -> bool {
        let held = lock(&self.documents);
        let (held, _) = self
            .arrived
            .wait_timeout_while(held, timeout, |held| !enough(held))
            .unwrap_or_else(PoisonError::into_inner);
        enough(&held)
    }
}

/// How many segments and subsegments the documents hold: each has one start time.
pub(super) fn entities(documents: &[String]) -> usize {
    let starts = |document: &String| document.matches("\"start_time\":").count();
    documents.iter().map(starts).sum()
}
