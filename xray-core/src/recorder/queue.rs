//! The queue to a thread that serialises and sends. Ended trees are handed over as they are: a
//! pointer under a lock. The thread takes all of them at once and wakes by a tick while there is
//! work, so that the caller pays for a wake-up only after a pause or in a rush.

use super::outlet::Outlet;
use crate::pool;
use crate::tree::Tree;
use std::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(2);
/// Ticks without work before the thread sleeps until it is called.
const PATIENCE: u32 = 50;
/// Trees serialised together.
const TOGETHER: usize = 64;

#[derive(Default)]
struct Shared {
    waiting: Mutex<Vec<Box<Tree>>>,
    /// How many were handed over; changed under the lock of `waiting`.
    given: AtomicUsize,
    /// How many of them are done with; whoever flushes waits for it.
    done: Mutex<usize>,
    progress: Condvar,
    asleep: AtomicBool,
    stop: AtomicBool,
}

pub(super) struct Queue {
    shared: Arc<Shared>,
    most: usize,
    worker: Option<Thread>,
}

impl Queue {
    /// Starts the thread. Where none can be had, nothing is ever taken.
    pub(super) fn start(most: usize, outlet: Arc<Outlet>) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let worker = thread::Builder::new()
            .name("xray-emitter".into())
            .spawn(move || work(&theirs, &outlet))
            .ok()
            .map(|handle| handle.thread().clone());
        Self {
            shared,
            most: if worker.is_some() { most } else { 0 },
            worker,
        }
    }

    /// Hands a tree over, or gives it back when the queue is full or closed.
    #[inline]
    pub(super) fn push(&self, tree: Box<Tree>) -> Result<(), Box<Tree>> {
        let mut waiting = lock(&self.shared.waiting);
        if waiting.len() >= self.most || self.shared.stop.load(Relaxed) {
            drop(waiting);
            self.wake();
            return Err(tree);
        }
        waiting.push(tree);
        let rush = waiting.len() == self.most.div_ceil(2);
        let given = self.shared.given.load(Relaxed);
        self.shared.given.store(given.wrapping_add(1), Relaxed);
        drop(waiting);
        if rush || self.shared.asleep.load(SeqCst) {
            self.wake();
        }
        Ok(())
    }

    #[cold]
    fn wake(&self) {
        self.shared.asleep.store(false, SeqCst);
        if let Some(worker) = &self.worker {
            worker.unpark();
        }
    }

    /// Waits until everything handed over so far was sent.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let until = Instant::now().checked_add(timeout);
        let goal = {
            let _waiting = lock(&self.shared.waiting);
            self.shared.given.load(Relaxed)
        };
        self.wake();
        let mut done = lock(&self.shared.done);
        while (goal.wrapping_sub(*done) as isize) > 0 {
            let now = Instant::now();
            let left = until.map_or(timeout, |until| until.saturating_duration_since(now));
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.progress.wait_timeout(done, left);
            done = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes nothing more; the thread ends once it has sent what it has. It is not waited for: an
    /// emitter that hangs must not hang a shutdown.
    pub(super) fn close(&self) {
        let _waiting = lock(&self.shared.waiting);
        self.shared.stop.store(true, SeqCst);
        self.wake();
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(shared: &Shared, outlet: &Outlet) {
    let mut trees: Vec<Box<Tree>> = Vec::new();
    let mut idle = 0;
    loop {
        let stop = shared.stop.load(SeqCst);
        std::mem::swap(&mut trees, &mut *lock(&shared.waiting));
        if !trees.is_empty() {
            let n = trees.len();
            for some in trees.chunks_mut(TOGETHER) {
                outlet.send(some);
            }
            pool::give_all(&mut trees);
            let mut done = lock(&shared.done);
            *done = done.wrapping_add(n);
            drop(done);
            shared.progress.notify_all();
            idle = 0;
        } else if stop {
            return;
        } else if idle < PATIENCE {
            idle += 1;
            thread::park_timeout(TICK);
        } else {
            shared.asleep.store(true, SeqCst);
            if lock(&shared.waiting).is_empty() && !shared.stop.load(SeqCst) {
                thread::park();
            }
            idle = 0;
        }
    }
}
