//! The tracing header, with which one service tells the next the trace, the caller and the decision.
//!
//! ```text
//! X-Amzn-Trace-Id: Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a;Sampled=1
//! ```
//!
//! Reading never fails: the header is written by anybody, and a request must not suffer from it.
//! [`parse`] reads, [`value`] writes.

mod parse;
#[cfg(test)]
mod tests;
mod value;

pub use value::HeaderValue;
pub(crate) use value::outgoing;

use crate::{SegmentId, TraceId, json};
use std::fmt;
use std::str::FromStr;

/// What a tracing header says.
///
/// Keys are read in any case and any order; what cannot be understood is skipped. Where a key
/// stands twice, the last one counts, but `Root` before `root`. Fields that are not X-Ray's own
/// (`Lineage`) are carried on to the next service, as far as the header stays within 256 bytes;
/// `Self`, with which load balancers sign, is not.
///
/// ```
/// use xray_core::{Decision, TraceHeader};
///
/// let header = TraceHeader::parse(
///     "Self=1-67891233-12456789; Root=1-581cf771-a006649127e371903a2de979; Sampled=?; App=shop",
/// );
/// assert_eq!(header.decision(), Decision::Requested);
/// assert_eq!(header.extras(), Some("App=shop"));
/// assert_eq!(
///     header.to_string(),
///     "Root=1-581cf771-a006649127e371903a2de979;Sampled=?;App=shop",
/// );
/// ```
///
/// # Without a valid `Root`
///
/// A caller that cannot be named is none: its `Parent` and its other fields are dropped, and only
/// the decision is kept.
///
/// ```
/// use xray_core::{Decision, TraceHeader};
///
/// let header = TraceHeader::parse("Root=mine;Parent=70de5b6f19ff9a0a;Sampled=0");
/// assert_eq!((header.root(), header.parent()), (None, None));
/// assert_eq!(header.decision(), Decision::NotSampled);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TraceHeader {
    root: Option<TraceId>,
    /// Only beside a root.
    parent: Option<SegmentId>,
    decision: Decision,
    /// As they go out, without the `;` before them: `Lineage=..;Foo=bar`. Only beside a root.
    extras: Option<Box<str>>,
    /// The header was too long to be read; the recorder counts it.
    too_long: bool,
}

/// What the caller decided about recording the trace: `Sampled` in the header.
#[expect(
    clippy::exhaustive_enums,
    reason = "the header's grammar has these four and no more"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Decision {
    /// `Sampled=1`.
    Sampled,
    /// `Sampled=0`.
    NotSampled,
    /// `Sampled=?`: the service decides, and says so in its response.
    Requested,
    /// Nothing, or nothing that can be read: the service decides.
    #[default]
    Absent,
}

impl TraceHeader {
    /// The name of the header, in the lower case that HTTP/2 and gRPC need.
    pub const NAME: &'static str = "x-amzn-trace-id";

    /// A header of this trace.
    #[must_use]
    pub fn new(root: TraceId, parent: Option<SegmentId>, decision: Decision) -> Self {
        Self {
            root: Some(root),
            parent,
            decision,
            extras: None,
            too_long: false,
        }
    }

    /// Reads what can be read. A header longer than 8 kB is as good as none.
    #[inline]
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_bytes(text.as_bytes())
    }

    /// As [`parse`](Self::parse), for values that may not be text.
    #[inline]
    #[must_use]
    pub fn parse_bytes(bytes: &[u8]) -> Self {
        parse::usual(bytes).unwrap_or_else(|| parse::lenient(bytes))
    }

    /// The trace.
    #[must_use]
    pub fn root(&self) -> Option<TraceId> {
        self.root
    }

    /// The caller's subsegment, or its segment.
    #[must_use]
    pub fn parent(&self) -> Option<SegmentId> {
        self.parent
    }

    /// What the caller decided.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// The fields that are only carried on: `Lineage=10:1234abcd:3;Foo=bar`.
    #[must_use]
    pub fn extras(&self) -> Option<&str> {
        self.extras.as_deref()
    }

    /// The header in the form in which it is sent, without an allocation.
    #[must_use]
    pub fn value(&self) -> HeaderValue {
        value::of(self)
    }

    /// The same trace, with another word about sampling: for services that do not let their callers
    /// decide.
    #[must_use]
    pub fn with_decision(mut self, decision: Decision) -> Self {
        self.decision = decision;
        self
    }

    /// Whether the caller left nothing that binds: no parent and no word about sampling.
    ///
    /// A load balancer adds a bare `Root` to every request that has none.
    #[must_use]
    pub(crate) fn is_bare(&self) -> bool {
        self.parent.is_none() && self.decision == Decision::Absent
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.too_long
    }

    pub(crate) fn with_too_long(mut self, too_long: bool) -> Self {
        self.too_long = too_long;
        self
    }

    pub(crate) fn take_extras(&mut self) -> Option<Box<str>> {
        self.extras.take()
    }

    pub(crate) fn with_extras(mut self, extras: Option<Box<str>>) -> Self {
        self.extras = extras;
        self
    }
}

impl fmt::Display for TraceHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.value())
    }
}

/// Strict where [`TraceHeader::parse`] is not: a text in which there is neither a trace nor a
/// decision is an error.
impl FromStr for TraceHeader {
    type Err = InvalidTraceHeader;

    fn from_str(text: &str) -> Result<Self, InvalidTraceHeader> {
        let header = Self::parse(text);
        if header.root.is_none() && header.decision == Decision::Absent {
            return Err(InvalidTraceHeader(json::cut(text, 64).into()));
        }
        Ok(header)
    }
}

/// A text that is no tracing header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTraceHeader(Box<str>);

impl fmt::Display for InvalidTraceHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid trace header {:?}: expected `Root=<trace id>;Parent=<segment id>;Sampled=<0, 1 or ?>`, \
             of at most 8192 bytes",
            self.0
        )
    }
}

impl std::error::Error for InvalidTraceHeader {}
