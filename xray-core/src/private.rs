//! What macros and integrations of ours expand to. Not part of the public API.

use crate::context::{TraceFuture, Traced, open, with};
use crate::handle::{self, Context, Exception};
use crate::recorder::Recorder;
use pin_project_lite::pin_project;
use std::any::Any;
use std::error::Error;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Duration;

pub use crate::handle::{AnnotationValue, Namespace, Subsegment};

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

/// A subsegment of the current context that already says something, in one go.
#[inline]
#[track_caller]
pub fn subsegment(name: &str, annotations: &[(&str, AnnotationValue<'_>)]) -> Subsegment {
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
    let entered = subsegment.enter();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let output = body();
        look(&output);
        output
    }));
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
/// Runs the body of an async function in its subsegment, and looks at its output.
#[inline]
pub fn poll<F: Future, L: FnMut(&F::Output)>(
    subsegment: Subsegment,
    body: F,
    look: L,
) -> Traced<Looked<F, L>> {
    Looked { body, look }.within(subsegment)
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

/// The output of an instrumented function, of whatever type.
///
/// Which of the traits below is in reach depends on what the type is known to be where the function
/// stands: an error with its sources, something that holds one, something that can be shown, any
/// `Err` at all, or no `Result`. The call `(&&&&&Outcome(&output)).record()` picks the first that
/// applies, and records on the current context.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by macros")]
pub struct Outcome<'a, T>(pub &'a T);

/// `Err` of an `Error`: its chain, a fault.
pub trait ViaError {
    /// Records it.
    fn record(&self);
}

// Not only a `'static` one: method resolution does not look at lifetimes, so an error that borrows
// would be picked all the same, and then not compile.
impl<T, E: Error> ViaError for &&&&Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record(Exception::borrowed(error));
        }
    }
}

/// `Err` of what wraps an error (`Box<dyn Error + Send + Sync>`, `anyhow`, `eyre`): its chain, a
/// fault.
pub trait ViaWrapped {
    /// Records it.
    fn record(&self);
}

impl<T, E: AsRef<dyn Error + Send + Sync + 'static>> ViaWrapped for &&&Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record_error(error.as_ref());
        }
    }
}

/// `Err` of a boxed error that stays on its thread: its chain, a fault.
pub trait ViaBoxed {
    /// Records it.
    fn record(&self);
}

impl<T> ViaBoxed for &&&Outcome<'_, Result<T, Box<dyn Error>>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record_error(&**error);
        }
    }
}

/// `Err` of something that can be shown: its message, a fault.
pub trait ViaDisplay {
    /// Records it.
    fn record(&self);
}

impl<T, E: Display> ViaDisplay for &&Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record(Exception::message(error));
        }
    }
}

/// Any other `Err`: a fault.
pub trait ViaFault {
    /// Records it.
    fn record(&self);
}

impl<T, E> ViaFault for &Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if self.0.is_err() {
            Context::current().mark_fault();
        }
    }
}

/// No `Result`: nothing.
pub trait ViaNothing {
    /// Records nothing.
    fn record(&self);
}

impl<T> ViaNothing for Outcome<'_, T> {
    #[inline]
    fn record(&self) {}
}
