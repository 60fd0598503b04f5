//! What adapters for HTTP clients have in common: the options, and how a request becomes a
//! subsegment. They know their client's types, this does not.

mod open;
mod options;

pub use open::Open;
pub(crate) use open::Owned;
pub use options::Options;
use options::Propagate;

use crate::context;
use crate::handle::{Context, Here, HttpRequest, Namespace, Place, Subsegment};
use crate::header::{HeaderValue, TraceHeader};
use crate::report::shielded;
use crate::url;
use std::borrow::Cow;

/// What becomes of a call whose request carries a trace header already.
///
/// One exception holds for both: a header that names the current subsegment as parent was made for
/// this very call, by an integration that has opened that subsegment. The call is left as it is, so
/// that nothing is recorded twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresentHeader {
    /// The call is recorded, and the header replaced by one that names its subsegment. So a gateway
    /// may copy the headers of the requests that it passes on.
    #[default]
    Replace,
    /// The call is left as it is, and not recorded: whoever has set the header has done that.
    Respect,
}

/// A request, as far as every client knows it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by integrations of ours")]
pub struct Target<'a> {
    /// In upper case.
    pub method: &'a str,
    /// With the port or without it.
    pub host: Option<&'a str>,
    /// Without the query.
    pub path: &'a str,
    /// As the document shows it.
    pub shown: HttpRequest<'a>,
}

impl<'a> Target<'a> {
    /// The host without port and brackets; only looked for where somebody asks.
    fn host(&self) -> Option<&'a str> {
        self.host.and_then(url::host_of)
    }
}

/// A call that has a subsegment, whose headers are to be sent.
#[derive(Debug)]
pub struct Call {
    subsegment: Subsegment,
    header: bool,
    traceparent: bool,
}

impl Options {
    /// Opens the subsegment of a call; none where it is to be left as it is: nothing is open, the
    /// call is ignored, or its subsegment is there already. `present` is the trace header that the
    /// request has. Only asked for where it makes a difference, so that what is not recorded stays
    /// cheap: `target`, except of a `POST`; and `name`, a better one than the host.
    #[inline]
    pub fn begin<'t, 'n>(
        &self,
        post: bool,
        target: impl Fn() -> Target<'t>,
        present: Option<&[u8]>,
        name: impl FnOnce() -> Option<Cow<'n, str>>,
    ) -> Option<Call> {
        let subsegment = match context::here() {
            Here::Nothing => return None,
            Here::Unsampled(trace, id) => {
                // A header that names the parent cannot be another integration's here: it would be
                // the segment's own, since what is not recorded has no ids of its own.
                let left = present.is_some() && self.present == PresentHeader::Respect;
                if left || (post || self.has_patterns()) && self.ignores(&target()) {
                    return None;
                }
                Subsegment::new(Place::unsampled(trace, id))
            }
            Here::Kept => self.kept(&target(), present, name)?,
        };
        let header = self.propagate.is_none() || self.propagates(&target());
        Some(Call {
            subsegment,
            header,
            traceparent: header && self.traceparent,
        })
    }

    #[inline(never)]
    fn kept<'n>(
        &self,
        target: &Target<'_>,
        present: Option<&[u8]>,
        name: impl FnOnce() -> Option<Cow<'n, str>>,
    ) -> Option<Subsegment> {
        let context = Context::current();
        if self.ignores(target) || self.leaves(&context, present) {
            return None;
        }
        if !context.is_recording() {
            return Some(context.subsegment(""));
        }
        let name = shielded(name).flatten();
        let name = name.as_deref().or_else(|| target.host());
        let subsegment = context.subsegment(name.unwrap_or_default());
        subsegment.namespace(Namespace::Remote);
        subsegment.http_request(&target.shown.traced(self.traced));
        Some(subsegment)
    }

    #[inline(never)]
    fn propagates(&self, target: &Target<'_>) -> bool {
        let host = target.host().unwrap_or_default();
        // A predicate that panics has not agreed.
        let agrees = |to: &Propagate| shielded(|| to(host)).unwrap_or(false);
        self.propagate.as_ref().is_none_or(agrees)
    }

    /// Whether the header that is there already says that the call is none of ours.
    fn leaves(&self, context: &Context, present: Option<&[u8]>) -> bool {
        let Some(present) = present else {
            return false;
        };
        if self.present == PresentHeader::Respect {
            return true;
        }
        let parent = TraceHeader::parse_bytes(present).parent();
        let current = context.id();
        // With the segment's id it was set by hand, and the call has no subsegment yet.
        parent.is_some() && parent == current && current != context.segment().id()
    }
}

impl Call {
    /// The trace header that goes with the request, if any.
    #[inline]
    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        if !self.header {
            return None;
        }
        self.subsegment.header_value()
    }

    /// The `traceparent` beside it, if any.
    #[inline]
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        if !self.traceparent {
            return None;
        }
        self.subsegment.header()?.to_traceparent()
    }

    /// The subsegment, if it is recorded. If not, the context that is current is as good a one for
    /// whatever happens within, and there is nothing to be said of the response.
    #[inline]
    #[must_use]
    pub fn open(self) -> Option<Open> {
        let recording = self.subsegment.is_recording();
        recording.then(|| Open::new(self.subsegment))
    }
}
