//! A segment or subsegment as integrations hold it while others work.

use crate::context::Scope;
use crate::handle::{Context, Exception, panicked};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;

/// The annotation on what nobody waited for, which says where it broke off.
const ABORTED: &str = "aborted";

/// An entity and its context, which stays current after the entity's end.
#[derive(Debug)]
pub struct Open {
    context: Context,
    scope: Option<Scope>,
}

impl Open {
    /// Owns the end of what `scope` owns.
    pub fn new(scope: impl Into<Scope>) -> Self {
        let scope = scope.into();
        Self {
            context: scope.context(),
            scope: Some(scope),
        }
    }

    /// What can still be said of it; none once it has ended.
    #[must_use]
    pub fn entity(&self) -> Option<&Context> {
        self.scope.as_ref().map(|_| &self.context)
    }

    /// Its context, ended or not.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Runs what belongs to it. A panic is told of, ends the entity, and goes on.
    #[inline]
    pub fn within<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let entered = self.context.enter();
        let result = catch_unwind(AssertUnwindSafe(f));
        drop(entered);
        match result {
            Ok(value) => value,
            Err(payload) => {
                if self.scope.is_some() {
                    panicked(&self.context, &*payload);
                    self.end();
                }
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
        drop(self.scope.take());
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
