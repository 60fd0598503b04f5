//! A segment or subsegment as integrations hold it while others work.

use crate::context::{Scope, Swapped};
use crate::handle::{Context, Exception, Segment, Subsegment, panicked};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;

/// The annotation on what nobody waited for, which says where it broke off.
const ABORTED: &str = "aborted";

/// An entity and its context, which stays current after the entity's end. Small, since it is moved
/// with futures and bodies: the context is all that an owner consists of.
#[derive(Debug)]
pub struct Open {
    /// Swapped with the thread's within.
    context: Context,
    /// The innermost of the guards that are held within; swapped likewise.
    innermost: u32,
    owned: Owned,
}

/// What ends with an [`Open`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Owned {
    /// Nothing any more; or nothing at all, since it is neither recorded nor kept for observers.
    #[default]
    Nothing,
    Segment,
    Subsegment,
    /// Somebody else's.
    Context,
}

impl Open {
    /// Owns the end of what `scope` owns.
    #[inline]
    pub fn new(scope: impl Into<Scope>) -> Self {
        let (context, owned) = scope.into().opened();
        Self {
            context,
            innermost: 0,
            owned,
        }
    }

    /// What can still be said of it; none once it has ended, nor where nobody would hear of it.
    #[inline]
    #[must_use]
    pub fn entity(&self) -> Option<&Context> {
        (self.owned != Owned::Nothing).then_some(&self.context)
    }

    /// Its context, ended or not.
    #[inline]
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Runs what belongs to it. A panic is told of, ends the entity, and goes on.
    #[inline]
    pub fn within<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let swapped = Swapped::new(&mut self.context, &mut self.innermost);
        if self.owned == Owned::Nothing {
            return f();
        }
        let result = catch_unwind(AssertUnwindSafe(f));
        drop(swapped);
        match result {
            Ok(value) => value,
            Err(payload) => {
                panicked(&self.context, &*payload);
                self.end();
                resume_unwind(payload)
            }
        }
    }

    /// As [`within`](Self::within), for a future, which is dropped within the context, too.
    pub async fn run<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(crate::TraceFuture::within(future, self.context.clone()));
        std::future::poll_fn(|cx| self.within(|| future.as_mut().poll(cx))).await
    }

    /// Ends it, as often as it is said.
    #[inline]
    pub fn end(&mut self) {
        if self.owned != Owned::Nothing {
            self.finish();
        }
    }

    #[inline(never)]
    fn finish(&mut self) {
        let owned = std::mem::take(&mut self.owned);
        owned.end(self.context.clone());
    }

    /// Ends it with an exception.
    #[cold]
    pub fn failed(&mut self, exception: Exception<'_>) {
        if let Some(entity) = self.entity() {
            entity.record(exception);
            self.end();
        }
    }

    /// Ends it because nobody waits any longer: the client has gone, or a timeout was over.
    #[cold]
    pub fn aborted(&mut self, during: &str) {
        if let Some(entity) = self.entity() {
            // Dropped by a panic, it is a fault, and marked so by its own end.
            if !std::thread::panicking() {
                entity.mark_error();
                entity.annotate(ABORTED, during);
            }
            self.end();
        }
    }
}

impl Owned {
    fn end(self, context: Context) {
        match self {
            Self::Nothing | Self::Context => {}
            Self::Segment => Segment::of(context).end(),
            Self::Subsegment => Subsegment::of(context).end(),
        }
    }
}

impl Drop for Open {
    #[inline]
    fn drop(&mut self) {
        if self.owned != Owned::Nothing {
            // Not a clone: what is given back by its last owner has one.
            self.owned.end(std::mem::take(&mut self.context));
        }
    }
}
