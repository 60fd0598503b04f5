//! What is kept of a segment that is not sampled: for observers, and of a header that travels on.
//!
//! Most segments are not sampled, so what was kept of one is used again for the next, as trees are
//! (see [`pool`](crate::pool)): the last to let go of it puts it back.

use crate::clock::Anchor;
use crate::emitter::{Datagram, EmitError, Emitter};
use crate::id::TraceId;
use crate::recorder::Recorder;
use crate::trace::{NO_PARENT, Trace};
use std::cell::RefCell;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

const MINE: usize = 16;
const ALL: usize = 256;

#[derive(Clone)]
pub(crate) struct Aside(Arc<Trace>);

struct Local {
    free: Vec<Arc<Trace>>,
    /// What an unused one belongs to: its own recorder must be free to end. One for each thread, so
    /// that threads do not count the same references.
    nobody: Option<Recorder>,
}

static SHARED: Mutex<Vec<Arc<Trace>>> = Mutex::new(Vec::new());
thread_local!(static LOCAL: RefCell<Local> = const {
    RefCell::new(Local { free: Vec::new(), nobody: None })
});

impl Aside {
    pub(crate) fn new(trace: Trace) -> Self {
        if let Some(mut used) = take() {
            if let Some(free) = Arc::get_mut(&mut used) {
                *free = trace;
                return Self(used);
            }
        }
        Self(Arc::new(trace))
    }
}

impl Deref for Aside {
    type Target = Trace;

    #[inline]
    fn deref(&self) -> &Trace {
        &self.0
    }
}

impl Drop for Aside {
    #[inline]
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) == 1 {
            give(&mut self.0);
        }
    }
}

// Loom's locks do not outlive the order of threads that they were made in.
#[cfg(loom)]
fn take() -> Option<Arc<Trace>> {
    None
}

#[cfg(not(loom))]
fn take() -> Option<Arc<Trace>> {
    let mine = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        if local.free.is_empty() {
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            let from = shared.len().saturating_sub(MINE / 2);
            local.free.extend(shared.drain(from..));
        }
        local.free.pop()
    });
    mine.ok().flatten()
}

#[inline(never)]
fn give(kept: &mut Arc<Trace>) {
    // Nobody else has it, or will: only from a handle can there be another.
    let Some(trace) = Arc::get_mut(kept) else {
        return;
    };
    let Some(nobody) = nobody() else { return };
    let anchor = Anchor::idle();
    let at = (NO_PARENT, 0);
    let unused = Trace::new(nobody, anchor, TraceId::PLACEHOLDER, at, false, None, None);
    // Dropped at the end: with it a recorder may go, and with that what a user has written.
    let used = std::mem::replace(trace, unused);
    let _ = LOCAL.try_with(|local| {
        let Ok(mut local) = local.try_borrow_mut() else {
            return;
        };
        local.free.push(kept.clone());
        if local.free.len() > MINE {
            let mut some = local.free.split_off(MINE / 2);
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            let room = ALL.saturating_sub(shared.len()).min(some.len());
            shared.extend(some.drain(..room));
        }
    });
    drop(used);
}

fn nobody() -> Option<Recorder> {
    let mine = |local: &RefCell<Local>| local.try_borrow().ok()?.nobody.clone();
    if let Some(nobody) = LOCAL.try_with(mine).ok()? {
        return Some(nobody);
    }
    let builder = Recorder::builder("").emitter(Nowhere).enabled(false);
    let nobody = builder.build().ok()?;
    let _ = LOCAL.try_with(|local| {
        if let Ok(mut local) = local.try_borrow_mut() {
            local.nobody = Some(nobody.clone());
        }
    });
    Some(nobody)
}

struct Nowhere;

impl Emitter for Nowhere {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        Ok(())
    }
}
