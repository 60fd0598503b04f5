//! What macros and integrations of ours expand to. Not part of the public API.

use crate::context::{open, with};
use crate::handle::{self, AnnotationValue, Context, Exception, Subsegment};
use crate::recorder::Recorder;
use std::any::Any;
use std::error::Error;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// Whether anything would be recorded on the current context: whoever has values to compute for it
/// need not otherwise.
#[inline]
#[must_use]
pub fn is_recording() -> bool {
    with(Context::is_recording)
}

/// A subsegment of the current context that already says something, in one go.
#[inline]
#[track_caller]
pub fn subsegment(name: &str, annotations: &[(&str, AnnotationValue<'_>)]) -> Subsegment {
    open(name, annotations)
}

/// Runs the body of a sync function in its subsegment, and tells of a panic.
#[inline]
pub fn run<T>(subsegment: &Subsegment, body: impl FnOnce() -> T) -> T {
    let entered = subsegment.enter();
    let result = catch_unwind(AssertUnwindSafe(body));
    drop(entered);
    result.unwrap_or_else(|payload| told(subsegment, payload))
}

#[cold]
fn told(subsegment: &Subsegment, payload: Box<dyn Any + Send>) -> ! {
    panicked(&subsegment.context(), &*payload);
    resume_unwind(payload)
}

/// Records what a panic said, and marks a fault.
#[cold]
pub fn panicked(context: &Context, payload: &(dyn Any + Send)) {
    handle::panicked(context, payload);
}

/// The time since the epoch by the recorder's clock.
#[must_use]
pub fn now(recorder: &Recorder) -> Duration {
    Duration::from_nanos(recorder.inner().time.nanos())
}

/// The result of an instrumented function, of whatever type.
///
/// Which of the traits below is in reach depends on what the type is known to be where the function
/// stands: an error with its sources, something that wraps one, something that can be shown, any
/// `Err` at all, or no `Result`. The call `(&&&&&Outcome(&output)).record(&context)` picks the
/// first that applies.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by macros")]
pub struct Outcome<'a, T>(pub &'a T);

/// `Err` of an `Error`: its chain, a fault.
pub trait ViaError {
    /// Records it.
    fn record(&self, context: &Context);
}

impl<T, E: Error + 'static> ViaError for &&&&Outcome<'_, Result<T, E>> {
    fn record(&self, context: &Context) {
        if let Err(error) = self.0 {
            context.record_error(error);
        }
    }
}

/// `Err` of what wraps an error (a box, `anyhow`): its chain, a fault.
pub trait ViaWrapped {
    /// Records it.
    fn record(&self, context: &Context);
}

impl<T, E: AsRef<dyn Error + Send + Sync + 'static>> ViaWrapped for &&&Outcome<'_, Result<T, E>> {
    fn record(&self, context: &Context) {
        if let Err(error) = self.0 {
            let error: &(dyn Error + Send + Sync + 'static) = error.as_ref();
            context.record(Exception::new(error));
        }
    }
}

/// `Err` of something that can be shown: its message, a fault.
pub trait ViaDisplay {
    /// Records it.
    fn record(&self, context: &Context);
}

impl<T, E: Display> ViaDisplay for &&Outcome<'_, Result<T, E>> {
    fn record(&self, context: &Context) {
        if let Err(error) = self.0 {
            context.record(Exception::message(error));
        }
    }
}

/// Any other `Err`: a fault.
pub trait ViaFault {
    /// Records it.
    fn record(&self, context: &Context);
}

impl<T, E> ViaFault for &Outcome<'_, Result<T, E>> {
    fn record(&self, context: &Context) {
        if self.0.is_err() {
            context.mark_fault();
        }
    }
}

/// No `Result`: nothing.
pub trait ViaNothing {
    /// Records nothing.
    fn record(&self, context: &Context);
}

impl<T> ViaNothing for Outcome<'_, T> {
    fn record(&self, _: &Context) {}
}
