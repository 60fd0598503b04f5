//! What macros and integrations of ours expand to. Not part of the public API.

mod outcome;

use crate::context::{self, Traced, open, with, within_any};
use crate::handle::{self, Context, Place};
use crate::recorder::Recorder;
use pin_project_lite::pin_project;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Duration;

pub use crate::call::{Call, Open, Options, Target};
pub use crate::handle::{AnnotationValue, Namespace, Subsegment};
pub use crate::report::shielded;
pub use outcome::{Outcome, ViaBoxed, ViaDisplay, ViaError, ViaFault, ViaNothing, ViaWrapped};

/// What expansions import; a module of this name, because importing all of it is then no lint's
/// business.
pub mod prelude {
    pub use super::{Annotation, ViaBoxed, ViaDisplay, ViaError, ViaFault, ViaNothing, ViaWrapped};
}

/// Whether anything would be recorded on the current context: whoever has values to compute for it
/// need not otherwise.
#[inline]
#[must_use]
pub fn is_recording() -> bool {
    with(Context::is_recording)
}

/// Whether the current context is that of a trace that was decided against.
#[inline]
#[must_use]
pub fn is_unsampled() -> bool {
    with(|c| matches!(c.0, Place::Unsampled { .. }))
}

/// A subsegment of the current context that already says something, in one go.
#[inline]
#[track_caller]
pub fn subsegment(name: &str, annotations: &[(&str, AnnotationValue<'_>)]) -> Subsegment {
    if annotations.is_empty() {
        return context::subsegment(name);
    }
    open(name, annotations)
}

/// An HTTP response that marks nothing: services of AWS tell by a code of their own what a failure
/// was, whatever the status.
pub fn http_response_unmarked(context: &Context, status: u16, content_length: Option<u64>) {
    handle::http_response_unmarked(context, status, content_length);
}

/// What can be annotated with, looked at where it is: method resolution borrows and dereferences
/// until it finds what an [`AnnotationValue`] can be made of.
pub trait Annotation<'v> {
    /// The value.
    fn to_xray_annotation(self) -> AnnotationValue<'v>;
}

impl<'v, T: ?Sized> Annotation<'v> for &'v T
where
    AnnotationValue<'v>: From<&'v T>,
{
    #[inline]
    fn to_xray_annotation(self) -> AnnotationValue<'v> {
        self.into()
    }
}

/// Never called: fixes the type of a block by returning from it what is not there.
#[must_use]
pub fn never<T>() -> T {
    unreachable!("only ever called in a branch that is never taken")
}

/// Runs the body of a sync function in its subsegment, looks at its output, and tells of a panic.
#[inline]
pub fn run<T>(subsegment: &Subsegment, body: impl FnOnce() -> T, look: impl FnOnce(&T)) -> T {
    if !subsegment.is_recording() {
        return unrecorded(subsegment, body);
    }
    let entered = subsegment.enter();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let output = body();
        look(&output);
        output
    }));
    drop(entered);
    result.unwrap_or_else(|payload| told(subsegment, payload))
}

/// Nothing is told of what is not recorded, and what is missing covers nothing.
#[inline]
fn unrecorded<T>(subsegment: &Subsegment, body: impl FnOnce() -> T) -> T {
    let _entered = (!subsegment.is_missing()).then(|| subsegment.enter());
    body()
}

#[cold]
fn told(subsegment: &Subsegment, payload: Box<dyn Any + Send>) -> ! {
    panicked(&subsegment.context(), &*payload);
    resume_unwind(payload)
}

/// Runs the body of an async function in its subsegment, and looks at its output.
#[inline]
pub fn poll<F: Future, L: FnMut(&F::Output)>(
    subsegment: Subsegment,
    body: F,
    look: L,
) -> Traced<Looked<F, L>> {
    within_any(Looked { body, look }, subsegment)
}

pin_project! {
    /// A future whose output is looked at before it is given.
    #[must_use = "futures do nothing unless polled"]
    pub struct Looked<F, L> {
        #[pin]
        body: F,
        look: L,
    }
}

impl<F: Future, L: FnMut(&F::Output)> Future for Looked<F, L> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.body.poll(cx);
        if let Poll::Ready(output) = &polled {
            (this.look)(output);
        }
        polled
    }
}

impl<F, L> fmt::Debug for Looked<F, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Looked").finish_non_exhaustive()
    }
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
