//! What is kept of a segment that is not sampled: for observers, and of a header that travels on.
//!
//! Most segments are not sampled, so what was kept of one is used again for the next, as trees are
//! (see [`pool`](crate::pool)): who ends the segment puts it back.

use crate::clock::Anchor;
use crate::emitter::{Datagram, EmitError, Emitter};
use crate::id::TraceId;
use crate::recorder::Recorder;
use crate::trace::{NO_PARENT, Trace};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

const MINE: usize = 16;
const ALL: usize = 256;

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

/// Keeps it, in one that was used before if there is one.
pub(crate) fn kept(trace: Trace) -> Arc<Trace> {
    if let Some(mut used) = take() {
        if let Some(free) = Arc::get_mut(&mut used) {
            *free = trace;
            return used;
        }
    }
    Arc::new(trace)
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

/// Takes it back, from whoever has ended the segment. Not where a context is still held somewhere:
/// the last of those frees it.
#[inline(never)]
pub(crate) fn give(kept: &mut Option<Arc<Trace>>) {
    let Some(mut kept) = kept.take() else { return };
    let Some(trace) = Arc::get_mut(&mut kept) else {
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
        local.free.push(kept);
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
