//! A request served by this service.

use super::{
    AnnotationValue, Context, Exception, Failure, Here, HttpRequest, Namespace, Place, Recordable,
    Sql, Subsegment, annotation, debug, exception, failure, http, metadata, sql,
};
use crate::aside;
use crate::clock::since_epoch;
use crate::context::{self, Entered, Scope, TraceFuture};
use crate::header::{Decision, HeaderValue, TraceHeader};
use crate::id::{SegmentId, TraceId};
use crate::trace::Edit;
use crate::tree::flag;
use std::fmt;
use std::panic::Location;
use std::time::SystemTime;

/// A request served by this service: a node on the service map, a line of its own in the trace.
///
/// Owns the end: it ends when [`end`](Self::end) is called or it is dropped, by a panic or a
/// cancellation, too. Then it is sent, with all subsegments that have ended; others follow by
/// themselves when they end. Not `Clone`: code elsewhere has [`context`](Self::context).
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use xray_core::{Recorder, sampling::Always, test_util::MemoryEmitter};
/// # let emitter = MemoryEmitter::new();
/// # let recorder = Recorder::builder("mailer").emitter(emitter.clone()).sampler(Always).build()?;
/// let segment = recorder.segment("mailer").start();
/// segment.annotate("batch", 17);
/// let rendering = segment.subsegment("render");
/// rendering.end();
/// segment.end();
///
/// assert_eq!(emitter.tree(), "mailer annotations={batch: 17}\n  render\n");
/// # }
/// # Ok::<(), xray_core::InitError>(())
/// ```
#[must_use = "a segment ends when it is dropped"]
pub struct Segment(Context);

impl Segment {
    #[inline]
    pub(super) fn new(place: Place) -> Self {
        Self(Context(place))
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

    /// Ends it now.
    #[inline]
    pub fn end(self) {}

    /// Ends it at a time of the past or, rarely wanted, the future.
    pub fn end_at(self, time: SystemTime) {
        self.finish(Some(since_epoch(time)));
        // What is dropped here stands for nothing any more.
        drop(self.into_context());
    }

    /// Runs a future in this segment: records its `Err` or its panic, ends, and returns its result.
    ///
    /// ```
    /// # #[cfg(feature = "test-util")] {
    /// # use xray_core::{Recorder, sampling::Always, test_util::{MemoryEmitter, block_on}};
    /// # let emitter = MemoryEmitter::new();
    /// # let recorder = Recorder::builder("worker").emitter(emitter.clone()).sampler(Always).build()?;
    /// let job = async { "seven".parse::<i32>() };
    /// let result = block_on(recorder.segment("worker").start().run(job));
    ///
    /// assert!(result.is_err());
    /// assert_eq!(emitter.tree(), "worker fault cause=\"invalid digit found in string\"\n");
    /// # }
    /// # Ok::<(), xray_core::InitError>(())
    /// ```
    pub async fn run<F, T, E, Via>(self, future: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Failure<Via>,
    {
        failure::told(self.context(), future).within(self).await
    }

    #[inline]
    fn finish(&self, at: Option<u64>) {
        if let Here::Kept = self.0.0.here() {
            self.0.0.end(at);
        }
    }

    /// Ends one that is only kept for observers.
    #[inline(never)]
    fn put_back(&mut self) {
        self.finish(None);
        if let Place::Unsampled { aside: kept, .. } = &mut self.0.0 {
            aside::give(kept);
        }
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
}

recording_methods!(Segment, this => &this.0.0);

impl Drop for Segment {
    #[inline]
    fn drop(&mut self) {
        match &self.0.0 {
            Place::Missing | Place::Unsampled { aside: None, .. } => {}
            Place::Recording { .. } => self.0.0.end(None),
            Place::Unsampled { aside: Some(_), .. } => self.put_back(),
        }
    }
}

impl From<Segment> for Scope {
    fn from(segment: Segment) -> Self {
        Scope::segment(segment)
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(&self.0.0, "Segment", f)
    }
}
