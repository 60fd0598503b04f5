//! Guards: a context for a stretch of sync code.

use super::{THREAD, Thread};
use crate::handle::{Context, Place};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Named for the mistake, since the compiler's message quotes it.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "never named, only quoted")]
pub struct DoNotHoldAnEnteredContextAcrossAwait;

/// Leaves the context when dropped. Guards of one thread may be dropped in any order.
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
    /// 0 when nothing was covered.
    position: u32,
    covered: Context,
    _here: PhantomData<(&'a (), *mut DoNotHoldAnEnteredContextAcrossAwait)>,
}

/// For owners that keep what they entered beside the guard.
#[inline]
pub(crate) fn enter_owned(place: &Place) -> Entered<'static> {
    enter(place)
}

#[inline]
pub(crate) fn enter<'a>(place: &Place) -> Entered<'a> {
    let entered = THREAD.try_with(|t| {
        let mut t = t.borrow_mut();
        if unchanged(&t.current.0, place) {
            return (0, Context::default());
        }
        let covered = std::mem::replace(&mut t.current, Context(place.clone()));
        t.depth += 1;
        (t.depth, covered)
    });
    let (position, covered) = entered.unwrap_or_default();
    Entered {
        position,
        covered,
        _here: PhantomData,
    }
}

/// Whether entering would change nothing: a subsegment that is not recorded, inside its own trace.
#[inline]
fn unchanged(current: &Place, entered: &Place) -> bool {
    match (current, entered) {
        (
            Place::Unsampled {
                trace: a,
                id: i,
                aside: x,
            },
            Place::Unsampled {
                trace: b,
                id: j,
                aside: y,
            },
        ) => {
            let same_aside = match (x, y) {
                (None, None) => true,
                (Some(x), Some(y)) => Arc::ptr_eq(x, y),
                _ => false,
            };
            a == b && i == j && same_aside
        }
        _ => false,
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.position != 0 {
            self.leave();
        }
    }
}

impl Entered<'_> {
    #[inline]
    fn leave(&mut self) {
        let in_turn = THREAD.try_with(|t| {
            let mut t = t.borrow_mut();
            let in_turn = t.depth == self.position;
            if in_turn {
                t.depth -= 1;
                std::mem::swap(&mut t.current, &mut self.covered);
            }
            in_turn && t.skipped.is_empty()
        });
        // `covered` is now what was left. It is dropped outside the borrow: it may be the last
        // reference to a trace.
        if let Ok(false) = in_turn {
            self.out_of_turn();
        }
    }

    #[cold]
    fn out_of_turn(&mut self) {
        let mut left = Vec::new();
        let _ = THREAD.try_with(|t| {
            let t: &mut Thread = &mut t.borrow_mut();
            if t.depth >= self.position {
                t.skipped
                    .push((self.position, std::mem::take(&mut self.covered)));
            }
            while let Some(i) = t.skipped.iter().position(|(at, _)| *at == t.depth) {
                let (_, covered) = t.skipped.swap_remove(i);
                left.push(std::mem::replace(&mut t.current, covered));
                t.depth -= 1;
            }
        });
    }
}

impl fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}
