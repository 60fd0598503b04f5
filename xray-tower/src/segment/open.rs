//! The segment of a request that is being served, as future and body hold it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use xray_core::{__private, Context, Exception, Segment};

/// The annotation on segments whose response nobody waited for, which says where it broke off.
const ABORTED: &str = "aborted";

/// A segment and its context, which stays current after the segment's end.
#[derive(Debug)]
pub(super) struct Open {
    context: Context,
    segment: Option<Segment>,
}

impl Open {
    pub(super) fn new(segment: Segment) -> Self {
        Self {
            context: segment.context(),
            segment: Some(segment),
        }
    }

    /// The segment; none once it has ended.
    pub(super) fn segment(&self) -> Option<&Segment> {
        self.segment.as_ref()
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// Runs what belongs to the request. A panic is told of, ends the segment, and goes on.
    #[inline]
    pub(super) fn within<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let entered = self.context.enter();
        let result = catch_unwind(AssertUnwindSafe(f));
        drop(entered);
        match result {
            Ok(value) => value,
            Err(payload) => {
                if self.segment.is_some() {
                    __private::panicked(&self.context, &*payload);
                    self.end();
                }
                resume_unwind(payload)
            }
        }
    }

    pub(super) fn end(&mut self) {
        drop(self.segment.take());
    }

    /// Ends with an error of a type that nothing is known of but its name.
    #[cold]
    pub(super) fn failed<E>(&mut self, what: &str) {
        if let Some(segment) = self.segment.take() {
            let exception = Exception::message(&what);
            segment.record(exception.named(std::any::type_name::<E>()));
        }
    }

    /// Ends because nobody waits any longer: the client has gone, or a timeout was over.
    #[cold]
    pub(super) fn aborted(&mut self, during: &str) {
        if let Some(segment) = self.segment.take() {
            // Dropped by a panic, it is a fault, and marked so by its own end.
            if !std::thread::panicking() {
                segment.mark_error();
                segment.annotate(ABORTED, during);
            }
        }
    }
}
