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
        Some(w3c) => {
            let too_long = header.is_too_long();
            w3c.with_extras(header.take_extras())
                .with_too_long(too_long)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const W3C: &str = "00-4efaaf4d1e8720b39541901950019ee5-70de5b6f19ff9a0a-01";
    const SAME: &str = "Root=1-4efaaf4d-1e8720b39541901950019ee5;Parent=70de5b6f19ff9a0a;Sampled=1";
    const ROOT: &str = "Root=1-57ff426a-80c11c39b0c928905eb0828d";

    fn said(text: &str) -> Option<String> {
        TraceHeader::from_traceparent(text).map(|header| header.to_string())
    }

    #[test]
    fn c10_valid_traceparents() {
        let not_sampled = SAME.replace("Sampled=1", "Sampled=0");
        assert_eq!(said(W3C).as_deref(), Some(SAME));
        assert_eq!(said(&format!(" {W3C}\t")).as_deref(), Some(SAME));
        assert_eq!(said(&W3C.replace("-01", "-00")), Some(not_sampled.clone()));
        assert_eq!(said(&W3C.replace("-01", "-02")), Some(not_sampled));
        assert_eq!(said(&W3C.replace("-01", "-ff")).as_deref(), Some(SAME));
        // Later versions.
        assert_eq!(said(&W3C.replace("00-", "01-")).as_deref(), Some(SAME));
        let longer = format!("{}-what-comes", W3C.replace("00-", "cc-"));
        assert_eq!(said(&longer).as_deref(), Some(SAME));
    }

    #[test]
    fn c10_invalid_traceparents() {
        let invalid = [
            String::new(),
            W3C[..54].into(),
            format!("{W3C}-"),
            format!("{W3C}0"),
            W3C.replace("00-", "ff-"),
            W3C.replace("00-", "0x-"),
            format!("{}0", W3C.replace("00-", "01-")),
            W3C.to_uppercase(),
            W3C.replace("70de", "70DE"),
            W3C.replace("-01", "-0A"),
            W3C.replace("-01", "-0g"),
            W3C.replace("4efaaf4d1e8720b39541901950019ee5", &"0".repeat(32)),
            W3C.replace("70de5b6f19ff9a0a", &"0".repeat(16)),
            W3C.replace("00-4", "00_4"),
            W3C.replace("-70", "+70"),
            W3C.replace("70", "é"),
        ];
        for text in invalid {
            assert_eq!(said(&text), None, "{text}");
        }
    }

    #[test]
    fn c10_nothing_is_sent_while_undecided() {
        for text in [
            ROOT.to_string(),
            format!("{ROOT};Sampled=1"),
            format!("{ROOT};Parent=70de5b6f19ff9a0a"),
            format!("{ROOT};Parent=70de5b6f19ff9a0a;Sampled=?"),
            "Sampled=1".into(),
        ] {
            assert_eq!(TraceHeader::parse(&text).to_traceparent(), None, "{text}");
        }
    }

    #[test]
    fn c10_traceparent_continues_what_the_other_header_leaves_open() {
        let choice = |header: Option<&str>, traceparent: Option<&str>| {
            incoming(header.map(str::as_bytes), traceparent.map(str::as_bytes)).to_string()
        };
        assert_eq!(choice(None, None), "");
        assert_eq!(choice(None, Some(W3C)), SAME);
        assert_eq!(choice(Some("rubbish"), Some(W3C)), SAME);
        assert_eq!(choice(Some(ROOT), Some(W3C)), SAME);
        assert_eq!(choice(Some(ROOT), Some("rubbish")), ROOT);
        assert_eq!(choice(Some(ROOT), None), ROOT);
        for rest in ["Parent=70de5b6f19ff9a0a", "Sampled=0", "Sampled=?"] {
            let header = format!("{ROOT};{rest}");
            assert_eq!(choice(Some(&header), Some(W3C)), header);
        }
    }
}
