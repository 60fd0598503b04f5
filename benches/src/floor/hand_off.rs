//! W1 recorded and handed to a thread that writes and sends: what a queue costs the caller at least.

use super::trace::Trace;
use super::{recorded, send_whole, socket};
use crate::works::Running;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bounded: what does not fit is dropped.
const MOST: usize = 1024;
const TICK: Duration = Duration::from_millis(2);

#[derive(Default)]
struct Queue {
    waiting: Mutex<Vec<Trace>>,
    /// The thread has something in hand.
    busy: Mutex<bool>,
    done: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline(never)]
fn one(queue: &Queue, i: u64) {
    let trace = recorded(i);
    let mut waiting = lock(&queue.waiting);
    if waiting.len() < MOST {
        waiting.push(trace);
    }
}

/// Four entities recorded and pushed; the process pays for all of it.
#[must_use]
pub fn hand_off(to: SocketAddr) -> Running {
    let queue = Arc::new(Queue::default());
    let theirs = queue.clone();
    let worker = thread::spawn(move || {
        let socket = socket(to);
        let mut traces = Vec::with_capacity(MOST);
        loop {
            *lock(&theirs.busy) = true;
            std::mem::swap(&mut traces, &mut *lock(&theirs.waiting));
            traces.iter().for_each(|t| send_whole(&socket, t));
            let idle = traces.is_empty();
            traces.clear();
            *lock(&theirs.busy) = false;
            theirs.done.notify_all();
            if idle {
                thread::park_timeout(TICK);
            }
        }
    });
    let settled = queue.clone();
    let settle = move || {
        while !lock(&settled.waiting).is_empty() || *lock(&settled.busy) {
            worker.thread().unpark();
            let busy = lock(&settled.busy);
            let _ = settled.done.wait_timeout(busy, TICK);
        }
    };
    Running {
        run: Box::new(move |n| (0..n).for_each(|i| one(&queue, std::hint::black_box(i)))),
        settle: Box::new(settle),
    }
}
