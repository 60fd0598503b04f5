//! Futures and streams with a context of their own.

use super::swap;
use crate::call::Owned;
use crate::handle::{Context, Here, Place, Segment, Subsegment, panicked};
use pin_project_lite::pin_project;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{self, Poll};

/// What a future runs within: a [`Segment`] or [`Subsegment`], which then ends with it, or a
/// [`Context`], which is only lent.
pub struct Scope(Owner);

enum Owner {
    Segment(Segment),
    Subsegment(Subsegment),
    Context(Context),
}

impl Scope {
    pub(crate) fn segment(segment: Segment) -> Self {
        Self(Owner::Segment(segment))
    }

    pub(crate) fn subsegment(subsegment: Subsegment) -> Self {
        Self(Owner::Subsegment(subsegment))
    }

    /// The context alone, and what has to be ended by it.
    #[inline]
    pub(crate) fn opened(self) -> (Context, Owned) {
        let (context, owned) = match self.0 {
            Owner::Segment(s) => (s.into_context(), Owned::Segment),
            Owner::Subsegment(s) => (s.into_context(), Owned::Subsegment),
            Owner::Context(c) => (c, Owned::Context),
        };
        match context.0.here() {
            Here::Nothing => (Context::default(), Owned::Nothing),
            Here::Unsampled(trace, id) => (Context(Place::unsampled(trace, id)), Owned::Nothing),
            Here::Kept => (context, owned),
        }
    }

    /// The context, and what has to be ended; in words where that is all there is: see `Place`.
    #[inline]
    fn apart(self) -> (Context, End) {
        let (here, end) = match self.0 {
            Owner::Segment(s) => (s.here(), End::Segment(s)),
            Owner::Subsegment(s) => (s.here(), End::Subsegment(s)),
            Owner::Context(c) => return (c, End::Nothing),
        };
        match here {
            Here::Nothing => (Context::default(), End::Nothing),
            Here::Unsampled(trace, id) => (Context(Place::unsampled(trace, id)), End::Nothing),
            Here::Kept => (end.context(), end),
        }
    }
}

/// Whose end it is when a future ends.
enum End {
    Nothing,
    Segment(Segment),
    Subsegment(Subsegment),
}

impl End {
    fn context(&self) -> Context {
        match self {
            End::Nothing => Context::default(),
            End::Segment(s) => s.context(),
            End::Subsegment(s) => s.context(),
        }
    }
}

impl From<Context> for Scope {
    fn from(context: Context) -> Self {
        Self(Owner::Context(context))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Owner::Segment(s) => s.fmt(f),
            Owner::Subsegment(s) => s.fmt(f),
            Owner::Context(c) => c.fmt(f),
        }
    }
}

pin_project! {
    /// A future or stream with a context of its own: see [`TraceFuture::within`].
    #[must_use = "futures do nothing unless polled"]
    #[project = TracedProjection]
    pub struct Traced<F> {
        #[pin]
        inner: Option<F>,
        // Current while polled; swapped with the thread's.
        context: Context,
        // The innermost of the guards that it holds; swapped likewise.
        innermost: u32,
        // None when finished, and where there is nothing to run within.
        end: Option<End>,
    }

    impl<F> PinnedDrop for Traced<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.end.is_some() {
                this.finish();
            }
        }
    }
}

/// Puts back what the thread had, by a panic, too.
pub(crate) struct Swapped<'a>(&'a mut Context, &'a mut u32);

impl<'a> Swapped<'a> {
    #[inline]
    pub(crate) fn new(context: &'a mut Context, innermost: &'a mut u32) -> Self {
        swap(context, innermost);
        Self(context, innermost)
    }
}

impl Drop for Swapped<'_> {
    #[inline]
    fn drop(&mut self) {
        swap(self.0, self.1);
    }
}

impl<F> TracedProjection<'_, F> {
    /// Drops what is inside within the context, so that destructors see it, then ends the scope.
    fn finish(mut self) {
        {
            let _swapped = Swapped::new(self.context, self.innermost);
            self.inner.set(None);
        }
        drop(std::mem::take(self.context));
        drop(self.end.take());
    }

    /// Polls what is inside within the context, and ends the scope when that is `done`. A panic is
    /// told of where the scope is owned, and goes on.
    #[inline]
    fn poll<T>(
        mut self,
        poll: impl FnOnce(Pin<&mut F>) -> Poll<T>,
        done: impl FnOnce(&Poll<T>) -> bool,
    ) -> Poll<T> {
        let Some(inner) = self.inner.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let tells = match &self.end {
            None => return poll(inner),
            Some(End::Nothing) => false,
            Some(End::Segment(_)) => true,
            Some(End::Subsegment(s)) => s.is_recording(),
        };
        let swapped = Swapped::new(self.context, self.innermost);
        let polled = if tells {
            catch_unwind(AssertUnwindSafe(|| poll(inner)))
        } else {
            Ok(poll(inner))
        };
        match polled {
            Ok(polled) => {
                if done(&polled) {
                    // Within the context still, as in `finish`.
                    self.inner.set(None);
                    drop(swapped);
                    drop(std::mem::take(self.context));
                    drop(self.end.take());
                }
                polled
            }
            Err(payload) => {
                drop(swapped);
                panicked(self.context, &*payload);
                resume_unwind(payload)
            }
        }
    }
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.poll(|inner| inner.poll(cx), Poll::is_ready)
    }
}

#[cfg(feature = "stream")]
impl<S: futures_core::Stream> futures_core::Stream for Traced<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        if this.inner.is_none() {
            return Poll::Ready(None);
        }
        let done = |polled: &Poll<Option<_>>| matches!(polled, Poll::Ready(None));
        this.poll(|inner| inner.poll_next(cx), done)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

impl<F> fmt::Debug for Traced<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// Runs a future in a subsegment, and as if there were none where nothing is open.
#[inline(always)]
pub(crate) fn within_any<F>(inner: F, subsegment: Subsegment) -> Traced<F> {
    // Each made in its place, from words.
    match subsegment.here() {
        Here::Nothing => Traced {
            inner: Some(inner),
            context: Context::default(),
            innermost: 0,
            end: None,
        },
        Here::Unsampled(trace, id) => Traced {
            inner: Some(inner),
            context: Context(Place::unsampled(trace, id)),
            innermost: 0,
            end: Some(End::Nothing),
        },
        Here::Kept => Traced {
            inner: Some(inner),
            context: subsegment.context(),
            innermost: 0,
            end: Some(End::Subsegment(subsegment)),
        },
    }
}

/// Gives any future, or stream with the feature `stream`, a context.
pub trait TraceFuture: Sized {
    /// Polls and drops this within `scope`, and ends what `scope` owns when this is finished or
    /// dropped. The result is not looked at: [`Subsegment::run`] records an `Err`.
    ///
    /// A spawned task starts outside every context; it joins one so:
    ///
    /// ```
    /// # async fn audit(_id: u32) {}
    /// # fn spawn<F: Future + Send + 'static>(_: F) {}
    /// use xray_core::TraceFuture;
    ///
    /// spawn(audit(7).within(xray_core::current()));
    /// ```
    #[inline]
    fn within(self, scope: impl Into<Scope>) -> Traced<Self> {
        let (context, end) = scope.into().apart();
        Traced {
            inner: Some(self),
            context,
            innermost: 0,
            end: Some(end),
        }
    }
}

impl<F> TraceFuture for F {}
