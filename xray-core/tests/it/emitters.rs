//! Ways out that wait, fail or panic, as the tests tell them to.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;
use xray_core::test_util::MemoryEmitter;
use xray_core::{Batch, Datagram, EmitError, Emitter};

/// What something that has to happen may take on a busy machine; what must not happen is never
/// waited for.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// The name of the thread that serves a queue.
pub(crate) const WORKER: &str = "xray-emitter";

/// Holds the queue's thread up until it is opened, and nobody else. What came through is kept.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    pub(crate) memory: MemoryEmitter,
    blocks: bool,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Calls that are, or were, held up.
    arrived: usize,
    /// Names of the threads that called.
    threads: Vec<String>,
}

impl Gate {
    /// Says of itself that it may block.
    pub(crate) fn blocking() -> Self {
        Self {
            blocks: true,
            ..Self::default()
        }
    }

    pub(crate) fn open(&self) {
        self.state().open = true;
        self.state.1.notify_all();
    }

    /// Waits until the queue's thread stands here.
    pub(crate) fn wait(&self) {
        let arrived = |state: &mut State| state.arrived == 0;
        let waited = self.state.1.wait_timeout_while(self.state(), LONG, arrived);
        assert!(!waited.unwrap().1.timed_out());
    }

    pub(crate) fn threads(&self) -> Vec<String> {
        self.state().threads.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap()
    }
}

impl Emitter for Gate {
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let mut state = self.state();
        if name == WORKER {
            state.arrived += 1;
            self.state.1.notify_all();
            state = self.state.1.wait_while(state, |s| !s.open).unwrap();
        }
        state.threads.push(name);
        drop(state);
        self.memory.emit(datagram)
    }

    fn may_block(&self) -> bool {
        self.blocks
    }
}

/// Answers the n-th document, counted from 0, as it is told; keeps those that it takes.
pub(crate) struct Answers<F> {
    pub(crate) memory: MemoryEmitter,
    asked: Mutex<usize>,
    answer: F,
}

impl<F: Fn(usize) -> Option<EmitError> + Send + Sync + 'static> Answers<F> {
    pub(crate) fn new(memory: &MemoryEmitter, answer: F) -> Self {
        Self {
            memory: memory.clone(),
            asked: Mutex::new(0),
            answer,
        }
    }
}

impl<F: Fn(usize) -> Option<EmitError> + Send + Sync + 'static> Emitter for Answers<F> {
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
        let mut asked = self.asked.lock().unwrap();
        let n = *asked;
        *asked += 1;
        drop(asked);
        match (self.answer)(n) {
            Some(error) => Err(error),
            None => self.memory.emit(datagram),
        }
    }
}

/// Tells of the first document of a batch twice, and of one that there is not.
pub(crate) struct Confused;

impl Emitter for Confused {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        Ok(())
    }

    fn emit_all(&self, batch: Batch<'_>, failed: &mut dyn FnMut(usize, EmitError)) {
        for index in [0, 0, batch.len()] {
            failed(index, EmitError::Full);
        }
    }
}
