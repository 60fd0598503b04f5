//! How threads that sleep learn that the stub is being dropped.

use super::super::lock;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn set(&self) {
        *lock(&self.stopped) = true;
        self.changed.notify_all();
    }

    pub(super) fn is_set(&self) -> bool {
        *lock(&self.stopped)
    }

    /// Sleeps, at most until the stub is dropped.
    pub(super) fn sleep(&self, time: Duration) {
        let stopped = lock(&self.stopped);
        drop(
            self.changed
                .wait_timeout_while(stopped, time, |stopped| !*stopped)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Waits until the stub is dropped.
    pub(super) fn wait(&self) {
        let stopped = lock(&self.stopped);
        drop(
            self.changed
                .wait_while(stopped, |stopped| !*stopped)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}
