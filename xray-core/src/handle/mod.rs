//! The handles: [`Segment`] and [`Subsegment`] own an end, [`Context`] only adds.
//!
//! All three are a [`Place`]: nothing open, an unsampled trace that only travels on, or an entity
//! that is recorded.

#[macro_use]
mod recording;
mod annotation;
mod builder;
mod exception;
mod failure;
mod frames;
mod http;
mod metadata;
mod segment;
mod sql;
mod subsegment;

pub use annotation::AnnotationValue;
pub use builder::{SegmentBuilder, segment};
pub use exception::{Exception, Recordable};
pub use failure::Failure;
pub use http::HttpRequest;
pub use recording::Namespace;
pub use segment::Segment;
pub use sql::Sql;
pub use subsegment::{EnteredSubsegment, Subsegment};

pub(crate) use failure::panicked;

use crate::context::{self, Entered};
use crate::header::{Decision, HeaderValue, TraceHeader};
use crate::id::{SegmentId, TraceId};
use crate::recorder::Counters;
use crate::trace::{Edit, Trace};
use crate::tree::{Node, flag};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// Where something is recorded, if it is.
///
/// The tag has a whole word, so that the compiler moves words: moving the bytes beside a one-byte
/// tag stalls the processor's store buffer and doubled the cost of an unsampled call. For the same
/// reason the two words of the trace id lie where `Recording` has slot and id: both variants are then
/// moved in the same pairs.
#[derive(Clone, Default)]
#[repr(u64)]
pub(crate) enum Place {
    #[default]
    Missing,
    /// Decided against; the trace id goes on to whatever is called.
    Unsampled {
        /// What is kept all the same: extras of the header that travel on, and the segment itself
        /// for observers.
        aside: Option<Arc<Trace>>,
        trace: TraceId,
        /// Sent on as the parent; of a subsegment another one only where there is an `aside`.
        id: u64,
    },
    Recording {
        trace: Arc<Trace>,
        slot: u32,
        id: u64,
    },
}

/// A [`Place`] looked at: whether there is more to it than two ids.
#[derive(Default)]
pub(crate) enum Here {
    #[default]
    Nothing,
    Unsampled(TraceId, u64),
    Kept,
}

impl Place {
    /// Where changes of the status and the flags go: to an entity that is recorded, or to an
    /// unsampled segment that is kept for observers.
    #[inline]
    fn kept(&self) -> Option<(&Trace, (u32, u64))> {
        match self {
            Place::Recording { trace, slot, id } => Some((trace, (*slot, *id))),
            Place::Unsampled {
                aside: Some(aside),
                id,
                ..
            } if aside.segment.1 == *id && aside.is_kept() => Some((aside, aside.segment)),
            _ => None,
        }
    }

    /// The segment that this belongs to.
    fn segment(&self) -> Place {
        match self {
            Place::Recording { trace, .. } => Place::Recording {
                trace: trace.clone(),
                slot: trace.segment.0,
                id: trace.segment.1,
            },
            Place::Unsampled {
                trace,
                aside: Some(aside),
                ..
            } => Place::Unsampled {
                trace: *trace,
                id: aside.segment.1,
                aside: Some(aside.clone()),
            },
            same => same.clone(),
        }
    }

    #[inline]
    fn edit(&self, change: impl FnOnce(&mut Node) -> Edit) {
        if let Place::Recording { trace, slot, id } = self {
            trace.edit((*slot, *id), change);
        }
    }

    fn flag(&self, flags: u8) {
        if let Some((trace, at)) = self.kept() {
            trace.flag(at, flags);
        }
    }

    /// A subsegment of this; a missing context is told of.
    #[inline]
    fn begin(&self, name: &str, place: &'static Location<'static>) -> Place {
        if let Place::Missing = self {
            crate::recorder::missing("a subsegment was asked for", place);
        }
        self.child(name)
    }

    #[inline(always)]
    pub(crate) fn unsampled(trace: TraceId, id: u64) -> Self {
        Self::Unsampled {
            aside: None,
            trace,
            id,
        }
    }

    /// What this is, in words.
    #[inline(always)]
    pub(crate) fn here(&self) -> Here {
        match self {
            Self::Missing => Here::Nothing,
            Self::Unsampled {
                aside: None,
                trace,
                id,
            } => Here::Unsampled(*trace, *id),
            _ => Here::Kept,
        }
    }

    /// A subsegment of this; nothing where nothing is open.
    #[inline(always)]
    pub(crate) fn child(&self, name: &str) -> Place {
        match self {
            Place::Recording { trace, slot, id } => begin(trace, (*slot, *id), name),
            Place::Unsampled {
                trace,
                id,
                aside: None,
            } => Place::unsampled(*trace, *id),
            Place::Unsampled {
                trace,
                id,
                aside: Some(aside),
            } => beside(aside, *trace, *id),
            Place::Missing => Place::Missing,
        }
    }

    /// A subsegment that already says something, in one go.
    #[inline(never)]
    pub(crate) fn child_saying(
        &self,
        name: &str,
        annotations: &[(&str, AnnotationValue<'_>)],
    ) -> Place {
        let Place::Recording { trace, slot, id } = self else {
            return self.child(name);
        };
        let mut invalid = 0;
        let now = trace.now();
        let (slot, id) = trace.begin((*slot, *id), name, now, 0, |node| {
            annotation::write_all(node, annotations, &mut invalid)
        });
        let counters = &trace.recorder.inner().outlet.counters;
        Counters::add(&counters.invalid_values, invalid);
        Place::Recording {
            trace: Arc::clone(trace),
            slot,
            id,
        }
    }

    #[inline(never)]
    fn end(&self, at: Option<u64>) {
        if let Some((trace, entity)) = self.kept() {
            trace.end(entity, at);
        }
    }
}

// What recording does is kept out of line: the callers are inlined into the user's code as one
// comparison.
#[inline(never)]
fn begin(trace: &Arc<Trace>, parent: (u32, u64), name: &str) -> Place {
    let now = trace.now();
    let (slot, id) = trace.begin(parent, name, now, 0, |_| Edit::Done);
    Place::Recording {
        trace: trace.clone(),
        slot,
        id,
    }
}

/// A subsegment that is not recorded, but has an id of its own.
#[cold]
fn beside(aside: &Arc<Trace>, trace: TraceId, id: u64) -> Place {
    Place::Unsampled {
        aside: Some(aside.clone()),
        trace,
        id: id.wrapping_add(1).max(1),
    }
}

/// Something open, or the fact that nothing is.
///
/// Cheap to clone; may outlive what it stands for, and then changes nothing any more. It adds to an
/// entity and opens others below it, but never ends one: that is its owner's, a [`Segment`] or a
/// [`Subsegment`].
#[derive(Clone, Default)]
pub struct Context(pub(crate) Place);

impl Context {
    /// The innermost context of this thread or task; an empty one where nothing is open.
    #[must_use]
    pub fn current() -> Self {
        context::with(Context::clone)
    }

    /// Whether nothing is open here, sampled or not.
    #[inline]
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.0, Place::Missing)
    }

    /// A closure that runs in this context, for threads and `spawn_blocking`.
    ///
    /// ```
    /// let work = xray_core::Context::current().wrap(|| xray_core::annotate("thread", "other"));
    /// std::thread::spawn(work).join().ok();
    /// ```
    pub fn wrap<R>(self, f: impl FnOnce() -> R) -> impl FnOnce() -> R {
        move || {
            let _entered = self.enter();
            f()
        }
    }
}

recording_methods!(Context, this => &this.0);

/// For integrations of ours: see [`http::response_unmarked`].
pub(crate) fn http_response_unmarked(context: &Context, status: u16, length: Option<u64>) {
    if let Some((trace, at)) = context.0.kept() {
        http::response_unmarked(trace, at, status, length);
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(&self.0, "Context", f)
    }
}

/// Ids only: everything else is behind a lock.
fn debug(place: &Place, what: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = f.debug_struct(what);
    match place {
        Place::Missing => out.field("state", &"missing"),
        Place::Unsampled { trace, .. } => out.field("state", &"unsampled").field("trace_id", trace),
        Place::Recording { trace, id, .. } => out
            .field("state", &"recording")
            .field("trace_id", &trace.id)
            .field("id", &SegmentId::from_u64(*id)),
    };
    out.finish()
}
