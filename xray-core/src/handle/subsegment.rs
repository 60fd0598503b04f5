//! A piece of a segment's work.

use super::{
    AnnotationValue, Context, Exception, Failure, Here, HttpRequest, Namespace, Place, Recordable,
    Sql, annotation, debug, exception, failure, http, metadata, sql,
};
use crate::clock::since_epoch;
use crate::context::{self, Entered, Scope, TraceFuture};
use crate::header::{Decision, HeaderValue, TraceHeader};
use crate::id::{SegmentId, TraceId};
use crate::trace::Edit;
use crate::tree::flag;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::time::SystemTime;

/// A piece of a segment's work: a call to another service, a query, a step worth its own line.
///
/// Owns the end, as a [`Segment`](super::Segment) does, and may outlive its parent: then it is sent
/// on its own and X-Ray puts it where it belongs.
#[must_use = "a subsegment ends when it is dropped"]
pub struct Subsegment(Context);

impl Subsegment {
    #[inline]
    pub(crate) fn new(place: Place) -> Self {
        Self(Context(place))
    }

    #[inline]
    pub(crate) fn is_missing(&self) -> bool {
        self.0.is_missing()
    }

    /// What this is, in words.
    #[inline(always)]
    pub(crate) fn here(&self) -> Here {
        self.0.0.here()
    }

    /// A handle that only adds.
    #[inline]
    #[must_use]
    pub fn context(&self) -> Context {
        self.0.clone()
    }

    /// Makes this the current context of the thread until the guard is dropped, which ends it.
    #[inline(always)]
    pub fn entered(self) -> EnteredSubsegment {
        // Built anew from words where that is all there is: see `Place`.
        match context::unchanged(&self.0.0) {
            Some((trace, id)) => EnteredSubsegment {
                entered: Entered::nothing(),
                subsegment: Self::new(Place::unsampled(trace, id)),
            },
            None => self.cover(),
        }
    }

    #[inline(never)]
    fn cover(self) -> EnteredSubsegment {
        let mut entered = EnteredSubsegment {
            entered: Entered::covering(&self.0.0),
            subsegment: self,
        };
        entered.entered.cover();
        entered
    }

    /// The owner of what [`into_context`](Self::into_context) was taken out of.
    #[inline]
    pub(crate) fn of(context: Context) -> Self {
        Self(context)
    }

    /// Takes the context out, so that dropping what is left does nothing.
    #[inline]
    pub(crate) fn into_context(mut self) -> Context {
        std::mem::take(&mut self.0)
    }

    /// Ends it now.
    #[inline]
    pub fn end(self) {}

    /// Ends it at a time of the past or, rarely wanted, the future.
    pub fn end_at(mut self, time: SystemTime) {
        self.0.0.end(Some(since_epoch(time)));
        self.0 = Context::default();
    }

    /// Runs a future in this subsegment: records its `Err` or its panic, ends, and returns its
    /// result.
    pub async fn run<F, T, E, Via>(self, future: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Failure<Via>,
    {
        failure::told(self.context(), future).within(self).await
    }
}

recording_methods!(Subsegment, this => &this.0.0);

impl Drop for Subsegment {
    #[inline]
    fn drop(&mut self) {
        if self.is_recording() {
            self.0.0.end(None);
        }
    }
}

impl From<Subsegment> for Scope {
    fn from(subsegment: Subsegment) -> Self {
        Scope::subsegment(subsegment)
    }
}

impl fmt::Debug for Subsegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(&self.0.0, "Subsegment", f)
    }
}

/// A subsegment that is current; when dropped, it is left and ends.
#[must_use = "the subsegment ends as soon as the guard is dropped"]
#[derive(Debug)]
pub struct EnteredSubsegment {
    // Left first, ended then: fields are dropped in this order.
    entered: Entered<'static>,
    subsegment: Subsegment,
}

impl EnteredSubsegment {
    /// Leaves it and ends it now.
    #[inline]
    pub fn end(self) {}

    /// Leaves it without ending it.
    #[inline]
    pub fn leave(self) -> Subsegment {
        drop(self.entered);
        self.subsegment
    }
}

impl Deref for EnteredSubsegment {
    type Target = Subsegment;

    fn deref(&self) -> &Subsegment {
        &self.subsegment
    }
}
