//! Guards: a context for a stretch of sync code.

use super::{THREAD, Thread, here};
use crate::handle::{Context, Here, Place};
use crate::id::TraceId;
use std::fmt;
use std::marker::PhantomData;

/// Named for the mistake, since the compiler's message quotes it.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "never named, only quoted")]
pub struct DoNotHoldAnEnteredContextAcrossAwait;

/// Leaves the context when dropped. Guards of one thread may be dropped in any order. But in a trace
/// that is not recorded, to enter what is entered already changes nothing, so that it costs nothing:
/// there the outermost guard is the one that counts.
///
/// Not `Send`: held across an `.await`, it would leave another task's context, so the compiler
/// refuses to spawn such a future.
///
/// ```compile_fail
/// async fn handler(segment: xray_core::Segment) {
///     let _entered = segment.enter();
///     std::future::ready(()).await;
/// }
/// fn spawn(_: impl Future + Send) {}
/// fn main() {
///     spawn(handler(xray_core::segment("a").start()));
/// }
/// ```
#[must_use = "the context is left as soon as the guard is dropped"]
pub struct Entered<'a> {
    /// Its number among those of its thread; 0 when nothing was covered.
    number: u32,
    /// The guard around it.
    around: u32,
    covered: Context,
    _here: PhantomData<(&'a (), *mut DoNotHoldAnEnteredContextAcrossAwait)>,
}

#[inline]
pub(crate) fn enter<'a>(place: &Place) -> Entered<'a> {
    match unchanged(place) {
        Some(_) => Entered::nothing(),
        None => cover(place),
    }
}

/// The ids of a place that is not recorded, where entering it would change nothing: inside its own
/// trace.
#[inline(always)]
pub(crate) fn unchanged(place: &Place) -> Option<(TraceId, u64)> {
    match (place.here(), here()) {
        (Here::Unsampled(trace, id), Here::Unsampled(current, same)) => {
            (trace.is(current) & (id == same)).then_some((trace, id))
        }
        _ => None,
    }
}

#[inline(never)]
fn cover<'a>(place: &Place) -> Entered<'a> {
    let mut entered = Entered::covering(place);
    entered.cover();
    entered
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.number != 0 {
            self.leave();
        }
    }
}

impl Entered<'_> {
    /// A guard that has nothing to leave.
    #[inline(always)]
    pub(crate) fn nothing() -> Self {
        Self {
            number: 0,
            around: 0,
            covered: Context(Place::Missing),
            _here: PhantomData,
        }
    }

    /// A guard that is to [`cover`](Self::cover) the current context with this place.
    #[inline(always)]
    pub(crate) fn covering(place: &Place) -> Self {
        Self {
            number: 0,
            around: 0,
            covered: Context(place.clone()),
            _here: PhantomData,
        }
    }

    /// Where the thread is ending there is nothing to cover, and the guard does nothing.
    #[inline(always)]
    pub(crate) fn cover(&mut self) {
        let _ = THREAD.try_with(|t| {
            let t = &mut **t.borrow_mut();
            std::mem::swap(&mut t.current, &mut self.covered);
            t.latest = t.latest.wrapping_add(1).max(1);
            self.number = t.latest;
            self.around = std::mem::replace(&mut t.innermost, self.number);
        });
    }

    fn leave(&mut self) {
        let left = THREAD.try_with(|t| {
            let mut t = t.borrow_mut();
            let in_turn = t.innermost == self.number;
            if in_turn {
                t.innermost = self.around;
                std::mem::swap(&mut t.current, &mut self.covered);
            }
            (in_turn, t.skipped.is_empty())
        });
        // `covered` is now what was left. It is dropped outside the borrow: it may be the last
        // reference to a trace.
        match left {
            Ok((true, true)) | Err(_) => {}
            Ok((in_turn, _)) => self.out_of_turn(in_turn),
        }
    }

    /// Waits for the guards within, and leaves with it those that have waited for it.
    #[cold]
    fn out_of_turn(&mut self, in_turn: bool) {
        let mut left = Vec::new();
        let _ = THREAD.try_with(|t| {
            let t: &mut Thread = &mut t.borrow_mut();
            if !in_turn {
                let covered = std::mem::take(&mut self.covered);
                t.skipped.push((self.number, self.around, covered));
            }
            while let Some(i) = t.skipped.iter().position(|(n, ..)| *n == t.innermost) {
                let (_, around, covered) = t.skipped.swap_remove(i);
                left.push(std::mem::replace(&mut t.current, covered));
                t.innermost = around;
            }
            if t.skipped.is_empty() {
                // Nobody drops it when the thread ends.
                t.skipped = Vec::new();
            }
        });
    }
}

impl fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}
