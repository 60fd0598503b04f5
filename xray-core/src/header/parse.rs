//! Reading: the usual form at fixed positions, any other pair by pair.

use super::value::EXTRAS;
use super::{Decision, TraceHeader};
use crate::{SegmentId, TraceId};

/// Longer ones are hostile, not long (AWS itself allows no more than this anywhere).
pub(super) const LONGEST: usize = 8 * 1024;

/// `Root=..;Parent=..;Sampled=.` and nothing else, as SDKs send it.
#[inline]
pub(super) fn usual(bytes: &[u8]) -> Option<TraceHeader> {
    let bytes: &[u8; 74] = bytes.try_into().ok()?;
    let keys = bytes.starts_with(b"Root=")
        && bytes[40..48] == *b";Parent="
        && bytes[64..73] == *b";Sampled=";
    if !keys {
        return None;
    }
    Some(TraceHeader {
        root: Some(TraceId::read(&bytes[5..40])?),
        parent: Some(SegmentId::read(&bytes[48..64])?),
        decision: decision(&bytes[73..]),
        extras: None,
        too_long: false,
    })
}

/// Skips what it does not understand, lets the last of equal keys win, and never fails.
///
/// Equal are keys in any case and with any blanks. But where one is spelled as X-Ray spells it, it
/// counts: Python's and Go's SDKs carry keys on that they did not understand (`root=`, ` Parent=`),
/// behind those they send for themselves.
pub(super) fn lenient(bytes: &[u8]) -> TraceHeader {
    let mut header = TraceHeader::default();
    if bytes.len() > LONGEST {
        header.too_long = true;
        return header;
    }
    let (mut lineage, mut others) = (None, false);
    let mut spelled = Spelled::default();
    for (raw, value) in raw_pairs(bytes) {
        let key = raw.trim_ascii();
        match Key::of(key) {
            Key::Root if spelled.root.counts(raw == b"Root") => header.root = TraceId::read(value),
            Key::Parent if spelled.parent.counts(raw == b"Parent") => {
                header.parent = SegmentId::read(value);
            }
            Key::Sampled if spelled.sampled.counts(raw == b"Sampled") => {
                header.decision = decision(value);
            }
            Key::Root | Key::Parent | Key::Sampled | Key::Itself => {}
            Key::Lineage => lineage = printable(key, value).or(lineage),
            Key::Other => others = true,
        }
    }
    if header.root.is_none() {
        // A parent in a trace that is not known would point nowhere.
        header.parent = None;
    } else if others || lineage.is_some() {
        header.extras = extras(bytes, lineage);
    }
    header
}

fn decision(value: &[u8]) -> Decision {
    match value {
        b"1" => Decision::Sampled,
        b"0" => Decision::NotSampled,
        b"?" => Decision::Requested,
        _ => Decision::Absent,
    }
}

/// Which of X-Ray's own keys have stood there as X-Ray spells them.
#[derive(Default)]
struct Spelled {
    root: Exactly,
    parent: Exactly,
    sampled: Exactly,
}

#[derive(Default)]
struct Exactly(bool);

impl Exactly {
    /// Whether a key counts beside those of its kind before it.
    fn counts(&mut self, exact: bool) -> bool {
        self.0 |= exact;
        exact || !self.0
    }
}

/// The pairs that have a key and a value, without the blanks around either.
fn pairs(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    raw_pairs(bytes).map(|(raw, value)| (raw.trim_ascii(), value))
}

/// The same, with the blanks around keys.
fn raw_pairs(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes.split(|&b| b == b';').filter_map(|pair| {
        let at = pair.iter().position(|&b| b == b'=')?;
        let (raw, value) = (&pair[..at], pair[at + 1..].trim_ascii());
        (!raw.trim_ascii().is_empty() && !value.is_empty()).then_some((raw, value))
    })
}

enum Key {
    Root,
    Parent,
    Sampled,
    /// `Self`, which load balancers add and which nobody forwards.
    Itself,
    Lineage,
    Other,
}

impl Key {
    /// In any case, so that none of X-Ray's own keys is ever carried on as somebody else's.
    fn of(key: &[u8]) -> Self {
        let is = |own: &str| key.eq_ignore_ascii_case(own.as_bytes());
        match key.len() {
            4 if is("root") => Key::Root,
            4 if is("self") => Key::Itself,
            6 if is("parent") => Key::Parent,
            7 if is("sampled") => Key::Sampled,
            7 if is("lineage") => Key::Lineage,
            _ => Key::Other,
        }
    }
}

/// The pair as text, if it can stand in a header: what goes out was read here, and a line break
/// from outside must not begin a header of its own.
fn printable<'a>(key: &'a [u8], value: &'a [u8]) -> Option<(&'a str, &'a str)> {
    let text = |part: &'a [u8]| {
        let printable = part.iter().all(|b| matches!(b, b' '..=b'~'));
        std::str::from_utf8(part).ok().filter(|_| printable)
    };
    Some((text(key)?, text(value)?))
}

/// `Lineage` first, since AWS finds loops by it, then the others in order, as far as they fit.
#[cold]
fn extras(bytes: &[u8], lineage: Option<(&str, &str)>) -> Option<Box<str>> {
    // A kept pair has four bytes at least, so however long the header is, this list is short.
    let mut kept: Vec<(&str, &str)> = Vec::new();
    // The separator of the first pair is the one before the extras themselves.
    let mut used = 0;
    let size = |(key, value): (&str, &str)| key.len() + value.len() + 2;
    let fits = |used: usize, pair| used + size(pair) <= EXTRAS + 1;
    if let Some(pair) = lineage.filter(|&pair| fits(used, pair)) {
        used += size(pair);
        kept.push(pair);
    }
    for (key, value) in pairs(bytes).filter(|(key, _)| matches!(Key::of(key), Key::Other)) {
        let Some(pair) = printable(key, value) else {
            continue;
        };
        if let Some(at) = kept.iter().position(|k| k.0.eq_ignore_ascii_case(pair.0)) {
            used -= size(kept.remove(at));
        }
        if fits(used, pair) {
            used += size(pair);
            kept.push(pair);
        }
    }
    let mut all = String::with_capacity(used);
    for (key, value) in kept {
        if !all.is_empty() {
            all.push(';');
        }
        all.extend([key, "=", value]);
    }
    (!all.is_empty()).then(|| all.into_boxed_str())
}
