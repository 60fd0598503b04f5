//! Writing: on the stack, since a header goes out with every call.

use super::{Decision, TraceHeader};
use crate::{SegmentId, TraceId, json};
use std::fmt;
use std::ops::Deref;

/// What services of AWS take; longer ones are refused by some (aws-otel-java issue 563).
const LONGEST: usize = 256;
/// `Root=` and 35, `;Parent=` and 16, `;Sampled=` and 1.
const OWN: usize = 74;
/// What is left for the fields that are carried on.
pub(super) const EXTRAS: usize = LONGEST - OWN - 1;

/// A tracing header ready to be sent: at most 256 bytes of printable ASCII, kept without a heap.
#[derive(Clone)]
pub struct HeaderValue(Value);

/// The usual header has a variant of its own because 256 bytes take as long to clear as it takes
/// to write it.
#[derive(Clone)]
enum Value {
    Own([u8; OWN]),
    Any { bytes: [u8; LONGEST], len: usize },
}

impl HeaderValue {
    /// What a server answers: the trace, and the decision if the caller asked for it.
    ///
    /// ```
    /// use xray_core::{HeaderValue, TraceId};
    ///
    /// let root: TraceId = "1-581cf771-a006649127e371903a2de979".parse()?;
    /// let answer = HeaderValue::answer(root, Some(false));
    /// assert_eq!(&*answer, "Root=1-581cf771-a006649127e371903a2de979;Sampled=0");
    /// # Ok::<(), xray_core::InvalidTraceId>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn answer(root: TraceId, requested: Option<bool>) -> Self {
        let mut value = Parts::EMPTY;
        value.push(b"Root=");
        value.push(&root.write());
        match requested {
            Some(true) => value.push(b";Sampled=1"),
            Some(false) => value.push(b";Sampled=0"),
            None => {}
        }
        value.done()
    }

    /// The bytes that are sent.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Value::Own(own) => own,
            Value::Any { bytes, len } => &bytes[..*len],
        }
    }
}

struct Parts {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Parts {
    const EMPTY: Self = Self {
        bytes: [0; LONGEST],
        len: 0,
    };

    #[inline]
    fn done(self) -> HeaderValue {
        let Self { bytes, len } = self;
        HeaderValue(Value::Any { bytes, len })
    }

    /// Leaves out what does not fit, which happens to extras only, and those were fitted before.
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(free) = self.bytes.get_mut(self.len..end) {
            free.copy_from_slice(bytes);
            self.len = end;
        }
    }

    /// A part after those that are there.
    fn part(&mut self, key: &[u8], value: &[u8]) {
        if self.len > 0 {
            self.push(b";");
        }
        self.push(key);
        self.push(value);
    }
}

impl Deref for HeaderValue {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for HeaderValue {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

pub(super) fn of(header: &TraceHeader) -> HeaderValue {
    let mut value = Parts::EMPTY;
    if let Some(root) = header.root {
        value.part(b"Root=", &root.write());
    }
    if let Some(parent) = header.parent.map(SegmentId::to_u64) {
        value.part(b"Parent=", &json::hex64(parent));
    }
    match header.decision {
        Decision::Sampled => value.part(b"Sampled=", b"1"),
        Decision::NotSampled => value.part(b"Sampled=", b"0"),
        Decision::Requested => value.part(b"Sampled=", b"?"),
        Decision::Absent => {}
    }
    if let Some(extras) = &header.extras {
        value.part(b"", extras.as_bytes());
    }
    value.done()
}

/// The three fields that go out with every call, sampled or not: a service that is told nothing
/// would decide again.
#[inline]
fn own(root: TraceId, parent: u64, sampled: bool) -> [u8; OWN] {
    let mut own = [0; OWN];
    own[..5].copy_from_slice(b"Root=");
    own[5..40].copy_from_slice(&root.write());
    own[40..48].copy_from_slice(b";Parent=");
    own[48..64].copy_from_slice(&json::hex64(parent));
    own[64..73].copy_from_slice(b";Sampled=");
    own[73] = b'0' + u8::from(sampled);
    own
}

/// What goes out with a call; `extras` are those of a [`TraceHeader`], which fit.
#[inline]
pub(crate) fn outgoing(
    root: TraceId,
    parent: u64,
    sampled: bool,
    extras: Option<&str>,
) -> HeaderValue {
    let own = own(root, parent, sampled);
    let Some(extras) = extras else {
        return HeaderValue(Value::Own(own));
    };
    let mut value = Parts::EMPTY;
    value.push(&own);
    value.part(b"", extras.as_bytes());
    value.done()
}
