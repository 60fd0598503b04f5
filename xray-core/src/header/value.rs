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

/// A tracing header ready to be sent: at most 256 bytes of printable ASCII. It needs no heap unless
/// there are fields that are carried on.
#[derive(Clone)]
pub struct HeaderValue(Value);

/// The usual header is kept in as many bytes as it has, since a value is moved some times before it
/// is sent.
#[derive(Clone)]
enum Value {
    Own { bytes: [u8; OWN], len: u8 },
    Any(Box<[u8]>),
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
        const DECISION: &[u8; 10] = b";Sampled=0";
        let mut bytes = [0; OWN];
        bytes[..5].copy_from_slice(b"Root=");
        bytes[5..40].copy_from_slice(&root.write());
        bytes[40..50].copy_from_slice(DECISION);
        bytes[49] += u8::from(requested == Some(true));
        let len = if requested.is_some() { 50 } else { 40 };
        Self(Value::Own { bytes, len })
    }

    /// The bytes that are sent.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Value::Own { bytes, len } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Value::Any(bytes) => bytes,
        }
    }
}

struct Parts(Vec<u8>);

impl Parts {
    fn done(self) -> HeaderValue {
        HeaderValue(Value::Any(self.0.into()))
    }

    /// A part after those that are there. Left out where it does not fit, which happens to extras
    /// only, and those were fitted before.
    fn part(&mut self, key: &[u8], value: &[u8]) {
        let more = usize::from(!self.0.is_empty());
        if self.0.len() + more + key.len() + value.len() > LONGEST {
            return;
        }
        if more > 0 {
            self.0.push(b';');
        }
        self.0.extend_from_slice(key);
        self.0.extend_from_slice(value);
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
    let mut value = Parts(Vec::with_capacity(LONGEST));
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

/// What goes out with every call, sampled or not, since a service that is told nothing would decide
/// again; `extras` are those of a [`TraceHeader`], which fit.
#[inline]
pub(crate) fn outgoing(
    root: TraceId,
    parent: u64,
    sampled: bool,
    extras: Option<&str>,
) -> HeaderValue {
    let mut bytes = *b"Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0";
    bytes[5..40].copy_from_slice(&root.write());
    bytes[48..64].copy_from_slice(&json::hex64(parent));
    bytes[73] += u8::from(sampled);
    let len = OWN as u8;
    match extras {
        None => HeaderValue(Value::Own { bytes, len }),
        Some(extras) => carrying(&bytes, extras),
    }
}

#[cold]
fn carrying(own: &[u8; OWN], extras: &str) -> HeaderValue {
    let mut value = Parts(own.to_vec());
    value.part(b"", extras.as_bytes());
    value.done()
}
