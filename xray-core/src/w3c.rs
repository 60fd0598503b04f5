//! W3C's `traceparent`: the same trace and parent in another spelling.
//!
//! The 32 hex digits of its trace id are the 8 and 24 of X-Ray's, its parent id is a segment id,
//! and its flag `01` is `Sampled=1` (W3C Trace Context, section 3.2).

use crate::{Decision, SegmentId, TraceHeader, TraceId, json};

impl TraceHeader {
    /// The header that says what a `traceparent` says; none for an invalid one.
    ///
    /// ```
    /// use xray_core::TraceHeader;
    ///
    /// let w3c = "00-4efaaf4d1e8720b39541901950019ee5-70de5b6f19ff9a0a-01";
    /// let header = TraceHeader::from_traceparent(w3c).unwrap();
    /// assert_eq!(
    ///     header.to_string(),
    ///     "Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=70de5b6f19ff9a0a;Sampled=1",
    /// );
    /// assert_eq!(header.to_traceparent().as_deref(), Some(w3c));
    /// ```
    #[must_use]
    pub fn from_traceparent(text: &str) -> Option<Self> {
        read(text.as_bytes())
    }

    /// The `traceparent` that says what this header says; none as long as there is no trace, no
    /// parent or no decision, which `traceparent` cannot leave open.
    #[must_use]
    pub fn to_traceparent(&self) -> Option<String> {
        let (root, parent) = (self.root()?, self.parent()?);
        let flags = match self.decision() {
            Decision::Sampled => "01",
            Decision::NotSampled => "00",
            Decision::Requested | Decision::Absent => return None,
        };
        let root = root.to_u128();
        let digits = [(root >> 64) as u64, root as u64, parent.to_u64()].map(json::hex64);
        let [high, low, parent] = &digits;
        let mut text = String::with_capacity(55);
        text.push_str("00-");
        text.extend(high.iter().chain(low).map(|&b| char::from(b)));
        text.push('-');
        text.extend(parent.iter().map(|&b| char::from(b)));
        text.push('-');
        text.push_str(flags);
        Some(text)
    }
}

/// What a request says, by whichever of the two headers says more.
///
/// A `traceparent` is continued where the tracing header is absent or bare: a load balancer adds a
/// `Root` of its own to every request without one, and would cut each W3C trace in two.
#[must_use]
pub fn incoming(header: Option<&[u8]>, traceparent: Option<&[u8]>) -> TraceHeader {
    let mut header = header.map(TraceHeader::parse_bytes).unwrap_or_default();
    if !header.is_bare() {
        return header;
    }
    match traceparent.and_then(read) {
        // What is only carried on (`Lineage`) belongs to the request, not to the trace.
        Some(w3c) => w3c.with_extras(header.take_extras()),
        None => header,
    }
}

fn read(text: &[u8]) -> Option<TraceHeader> {
    let text = text.trim_ascii();
    let (known, rest) = text.split_at_checked(55)?;
    let dashes = known[2] == b'-' && known[35] == b'-' && known[52] == b'-';
    let version = hex(&known[..2])?;
    // A later version may add fields at the end, but none of these may change.
    let end = match version {
        0 => rest.is_empty(),
        0xff => false,
        _ => rest.is_empty() || rest[0] == b'-',
    };
    if !dashes || !end {
        return None;
    }
    let high = u128::from(hex(&known[3..19])?);
    let root = TraceId::from_u128(high << 64 | u128::from(hex(&known[19..35])?))?;
    let parent = SegmentId::from_u64(hex(&known[36..52])?)?;
    let decision = match hex(&known[53..])? & 1 {
        1 => Decision::Sampled,
        _ => Decision::NotSampled,
    };
    Some(TraceHeader::new(root, Some(parent), decision))
}

/// Up to 16 hex digits of lower case, as W3C wants them.
fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, &digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(digit))
    })
}
