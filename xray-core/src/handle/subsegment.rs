//! A piece of a segment's work.

use super::{
    AnnotationValue, Context, Exception, Failure, HttpRequest, Namespace, Place, Recordable, Sql,
    annotation, debug, exception, failure, http, metadata, sql,
};
use crate::clock::since_epoch;
use crate::context::{self, Entered, Scope, TraceFuture};
use crate::header::{Decision, HeaderValue, TraceHeader};
use crate::id::{SegmentId, TraceId};
use crate::recorder::Counters;
use crate::trace::Edit;
use crate::tree::flag;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;
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

    /// Opens one that already says something, in one go.
    #[inline(never)]
    pub(crate) fn with_annotations(
        parent: &Place,
        name: &str,
        annotations: &[(&str, AnnotationValue<'_>)],
        place: &'static Location<'static>,
    ) -> Self {
        let Place::Recording { trace, slot, id } = parent else {
            return Self::new(parent.begin(name, place));
        };
        let mut invalid = 0;
        let now = trace.now();
        let (slot, id) = trace.begin((*slot, *id), name, now, 0, |node| {
            annotation::write_all(node, annotations, &mut invalid)
        });
        let counters = &trace.recorder.inner().outlet.counters;
        Counters::add(&counters.invalid_values, invalid);
        Self::new(Place::Recording {
            trace: Arc::clone(trace),
            slot,
            id,
        })
    }

    #[inline]
    pub(crate) fn is_missing(&self) -> bool {
        self.0.is_missing()
    }

    /// A handle that only adds.
    #[inline]
    #[must_use]
    pub fn context(&self) -> Context {
        self.0.clone()
    }

    /// Makes this the current context of the thread until the guard is dropped, which ends it.
    #[inline]
    pub fn entered(self) -> EnteredSubsegment {
        EnteredSubsegment {
            entered: context::enter_owned(&self.0.0),
            subsegment: self,
        }
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
