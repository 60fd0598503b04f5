//! Values of the user's own types, and the smaller members of a document.

use crate::id::{SegmentId, TraceId};
use crate::json;
use crate::recorder::{Counters, Recorder};
use crate::redact::Sensitive;
use crate::report::shielded;
use crate::trace::{Edit, Trace};
use crate::tree::{Node, Part};
use serde::Serialize;
use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Write};

/// More than a document may hold.
const LARGEST: usize = 64 * 1024;
const LONGEST_KEY: usize = 500;

/// Serialises a value outside the lock, since its `Serialize` is user code and may come back to us,
/// and hands the JSON on. What cannot be written becomes a text that says so.
fn with_json(recorder: &Recorder, value: &(impl Serialize + ?Sized), then: impl FnOnce(&[u8])) {
    thread_local!(static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) });
    let mut json = SCRATCH.try_with(Cell::take).unwrap_or_default();
    json.clear();
    let mut out = Limited {
        json: &mut json,
        full: false,
    };
    let written = shielded(|| serde_json::to_writer(&mut out, value));
    let trouble = match written {
        // Even where its `Serialize` has gone on after an error.
        Some(Ok(())) if out.full => Some(Cow::Borrowed("more than 64 KiB")),
        Some(Ok(())) => None,
        Some(Err(error)) if error.is_io() => Some(Cow::Borrowed("more than 64 KiB")),
        Some(Err(error)) => Some(Cow::Owned(error.to_string())),
        None => Some(Cow::Borrowed("its `Serialize` panicked")),
    };
    if let Some(trouble) = trouble {
        Counters::add(&recorder.inner().outlet.counters.invalid_values, 1);
        json.clear();
        let text = format!("not recorded: {trouble}");
        json::string(&mut json, json::cut_chars(&text, 250));
    }
    then(&json);
    json.shrink_to(LARGEST);
    let _ = SCRATCH.try_with(|s| s.set(json));
}

/// A buffer that takes no more than a document could hold.
struct Limited<'a> {
    json: &'a mut Vec<u8>,
    /// Something had no room.
    full: bool,
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.full |= self.json.len() + bytes.len() > LARGEST;
        if self.full {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.json.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn add(
    trace: &Trace,
    at: (u32, u64),
    namespace: &str,
    key: &str,
    value: &(impl Serialize + ?Sized),
) {
    with_json(&trace.recorder, value, |json| {
        trace.edit(at, |node| write(node, namespace, key, json));
    });
}

fn write(node: &mut Node, namespace: &str, key: &str, json: &[u8]) -> Edit {
    let add = |out: &mut Vec<u8>| {
        let from = out.len();
        out.extend_from_slice(&[0; 2]);
        json::string(out, &name_of(json::cut(namespace, LONGEST_KEY)));
        let length = (out.len() - from - 2) as u16;
        out[from..from + 2].copy_from_slice(&length.to_le_bytes());
        json::string(out, json::cut(key, LONGEST_KEY));
        out.push(b':');
        let key = out.len() - from;
        out.extend_from_slice(json);
        out.push(b',');
        key
    };
    Edit::from(node.add(Part::Metadata, add))
}

/// Namespaces that begin with `AWS.` are reserved by X-Ray, `xray_sdk` is ours.
fn name_of(namespace: &str) -> Cow<'_, str> {
    match namespace.strip_prefix("AWS.") {
        Some(rest) => Cow::Owned(format!("AWS_{rest}")),
        None if namespace.is_empty() => Cow::Borrowed("default"),
        None if namespace == "xray_sdk" => Cow::Borrowed("xray_sdk_"),
        None => Cow::Borrowed(namespace),
    }
}

/// `"key":value,` of the entity itself.
pub(super) fn member(node: &mut Node, key: &str, write: impl FnOnce(&mut Vec<u8>)) -> Edit {
    keyed(node, Part::Member, key, write)
}

fn keyed(node: &mut Node, part: Part, key: &str, write: impl FnOnce(&mut Vec<u8>)) -> Edit {
    let add = |out: &mut Vec<u8>| {
        let from = out.len();
        json::string(out, key);
        out.push(b':');
        let key = out.len() - from;
        write(out);
        out.push(b',');
        key
    };
    Edit::from(node.add(part, add))
}

/// The user of a segment.
pub(super) fn user(trace: &Trace, user: &str) {
    if let Some(user) = trace.recorder.redacted(Sensitive::User, user) {
        trace.edit(trace.segment, |node| write_user(node, &user));
    }
}

pub(super) fn write_user(node: &mut Node, user: &str) -> Edit {
    if user.is_empty() {
        return Edit::Done;
    }
    member(node, "user", |out| {
        json::string(out, json::cut_chars(user, 250))
    })
}

/// A member of the `aws` block of a subsegment. What is empty is left out, and names are as all
/// official SDKs write them: in lower case, with underscores.
pub(super) fn aws(trace: &Trace, at: (u32, u64), key: &str, value: &(impl Serialize + ?Sized)) {
    with_json(&trace.recorder, value, |json| {
        if matches!(json, b"null" | b"\"\"" | b"[]" | b"{}") {
            return;
        }
        let key = aws_key(key);
        let Some(json) = redacted_json(&trace.recorder, &key, json) else {
            return;
        };
        trace.edit(at, |node| {
            if node.is_segment() {
                return Edit::NotHere;
            }
            keyed(node, Part::Aws, &key, |out| out.extend_from_slice(&json))
        });
    });
}

fn aws_key(key: &str) -> Cow<'_, str> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if key.len() <= LONGEST_KEY && !key.is_empty() && key.chars().all(good) {
        return Cow::Borrowed(key);
    }
    let mend = |c: char| {
        Some(c.to_ascii_lowercase())
            .filter(|&c| good(c))
            .unwrap_or('_')
    };
    let mended: String = key.chars().map(mend).take(LONGEST_KEY).collect();
    Cow::Owned(if mended.is_empty() {
        "_".into()
    } else {
        mended
    })
}

/// Lets the recorder's hook see a parameter of an AWS call: a text as it is, anything else as JSON.
fn redacted_json<'a>(recorder: &Recorder, key: &str, json: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    if recorder.inner().redact.is_none() {
        return Some(Cow::Borrowed(json));
    }
    let kind = Sensitive::AwsParameter(key);
    let text: Option<String> = serde_json::from_slice(json).ok();
    let shown = match &text {
        Some(text) => text,
        None => std::str::from_utf8(json).ok()?,
    };
    let redacted = recorder.redacted(kind, shown)?;
    if redacted == shown {
        return Some(Cow::Borrowed(json));
    }
    let mut out = Vec::new();
    json::string(&mut out, &redacted);
    Some(Cow::Owned(out))
}

/// What was asked of the service, for observers; nobody else sees it.
pub(super) fn operation(trace: &Trace, at: (u32, u64), operation: &str) {
    if trace.recorder.inner().is_observed() {
        trace.edit(at, |node| write_operation(node, operation));
    }
}

pub(super) fn write_operation(node: &mut Node, operation: &str) -> Edit {
    let add = |out: &mut Vec<u8>| {
        out.extend_from_slice(json::cut_chars(operation, 250).as_bytes());
        0
    };
    Edit::from(node.add(Part::Operation, add))
}

/// X-Ray takes 20 links to other traces for a segment.
const LINKS: usize = 20;
const PRECURSORS: usize = 100;

pub(super) fn link(trace: &Trace, at: (u32, u64), trace_id: TraceId, id: SegmentId) {
    let entry = format!("{{\"trace_id\":\"{trace_id}\",\"id\":\"{id}\"}},");
    trace.edit(at, |node| listed(node, Part::Link, &entry, LINKS));
}

pub(super) fn precursor(trace: &Trace, at: (u32, u64), id: SegmentId) {
    let entry = format!("\"{id}\",");
    trace.edit(at, |node| {
        if node.is_segment() {
            return Edit::NotHere;
        }
        listed(node, Part::Precursor, &entry, PRECURSORS)
    });
}

/// Adds an entry to a list that has not got it yet.
fn listed(node: &mut Node, part: Part, entry: &str, most: usize) -> Edit {
    if node.parts(part).any(|before| before == entry.as_bytes()) {
        return Edit::Done;
    }
    if node.parts(part).count() >= most {
        return Edit::NoRoom;
    }
    let add = |out: &mut Vec<u8>| {
        out.extend_from_slice(entry.as_bytes());
        entry.len()
    };
    Edit::from(node.add(part, add))
}
