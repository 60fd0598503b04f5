//! The current context of a thread, and how futures carry theirs from poll to poll.
//!
//! A thread-local holds one [`Context`]. Guards swap it for sync code, [`Traced`] swaps it around
//! each poll; both put back what was there.

mod ambient;
mod future;
mod guard;

pub use ambient::{
    annotate, capture, capture_async, current, http_response, metadata, record_error, subsegment,
    user,
};
pub use future::{Scope, TraceFuture, Traced};
pub use guard::Entered;

pub(crate) use ambient::open;
pub(crate) use future::{Swapped, within_any};
pub(crate) use guard::{enter, unchanged};

use crate::handle::{Context, Here, Place};
use std::cell::RefCell;
use std::mem::ManuallyDrop;

struct Thread {
    current: Context,
    /// The innermost of the guards that cover it; 0 where there is none. It changes hands together
    /// with the context: a future that stays on its thread may hold guards while others are polled.
    innermost: u32,
    /// The last guard's number.
    latest: u32,
    /// Guards dropped out of turn: their number, that of the next one outwards, and what they would
    /// have restored.
    skipped: Vec<(u32, u32, Context)>,
}

// Never dropped: a thread-local without a destructor is a plain place in memory, which needs no
// registering and no look at whether the thread is ending, in destructors of others neither. At the
// end of a thread nothing is left in it, unless a guard was leaked.
thread_local!(static THREAD: RefCell<ManuallyDrop<Thread>> = const {
    RefCell::new(ManuallyDrop::new(Thread {
        current: Context(Place::Missing),
        innermost: 0,
        latest: 0,
        skipped: Vec::new(),
    }))
});

/// Runs library code on the current context. Never the user's: it could come back here.
#[inline]
pub(crate) fn with<R: Default>(f: impl FnOnce(&Context) -> R) -> R {
    THREAD
        .try_with(|t| f(&t.borrow().current))
        .unwrap_or_default()
}

/// What the current context is.
#[inline(always)]
pub(crate) fn here() -> Here {
    with(|c| c.0.here())
}

#[inline]
fn swap(context: &mut Context, innermost: &mut u32) {
    let _ = THREAD.try_with(|t| {
        let t = &mut **t.borrow_mut();
        std::mem::swap(&mut t.current, context);
        std::mem::swap(&mut t.innermost, innermost);
    });
}
