//! An entity's own members.

use super::cause;
use super::less::Less;
use super::service::Service;
use crate::id::TraceId;
use crate::json::{self, Stamp};
use crate::tree::{Node, Part, State, flag};

/// What only the outermost entity of a document says, up to the comma before the rest.
#[inline(never)]
pub(super) fn alone(out: &mut Vec<u8>, trace: TraceId, node: &Node) {
    let mut all = *b"{\"trace_id\":\"1-00000000-000000000000000000000000\"";
    all[13..48].copy_from_slice(&trace.write());
    out.extend_from_slice(&all);
    if !node.is_segment() {
        out.extend_from_slice(b",\"type\":\"subsegment\"");
    }
    if node.parent_id != 0 {
        let mut all = *b",\"parent_id\":\"0000000000000000\"";
        all[14..30].copy_from_slice(&json::hex64(node.parent_id));
        out.extend_from_slice(&all);
    }
}

const ID: &[u8; 33] = b"{\"id\":\"0000000000000000\",\"name\":\"";
const TIMES: &[u8; 61] = b"\",\"start_time\":0000000000.000000,\"end_time\":0000000000.000000";
/// How much of the name, and whatever is behind it, is copied without looking at its length.
const NAME: usize = 16;
const HEAD: usize = ID.len() + NAME + TIMES.len();

/// Id, name and times. `begin` where nothing has opened the object yet.
#[inline(always)]
fn head(out: &mut Vec<u8>, stamp: &mut Stamp, node: &Node, begin: bool) {
    let open = node.state == State::Open;
    match node.start_of_text::<NAME>() {
        Some(start) if !open && node.name().len() <= NAME => {
            let (from, name) = (out.len(), node.name().len().min(NAME));
            out.extend_from_slice(&[b' '; HEAD]);
            if let Some(all) = out.last_chunk_mut::<HEAD>() {
                id(all, node.id, begin);
                all[ID.len()..ID.len() + NAME].copy_from_slice(start);
                if let Some(to) = all[ID.len() + name..].first_chunk_mut() {
                    times(to, stamp, node);
                }
            }
            out.truncate(from + ID.len() + name + TIMES.len());
        }
        _ => long_head(out, stamp, node, begin),
    }
}

#[inline(always)]
fn id<const N: usize>(to: &mut [u8; N], id: u64, begin: bool) {
    to[..ID.len()].copy_from_slice(ID);
    to[0] = if begin { b'{' } else { b',' };
    if let Some(digits) = to[7..].first_chunk_mut() {
        json::write_hex64(digits, id);
    }
}

#[inline(always)]
fn times(to: &mut [u8; TIMES.len()], stamp: &mut Stamp, node: &Node) {
    *to = *TIMES;
    if let Some(start) = to[15..].first_chunk_mut() {
        stamp.write(start, node.start);
    }
    if let Some(end) = to.last_chunk_mut() {
        stamp.write(end, node.end);
    }
}

#[inline(never)]
fn long_head(out: &mut Vec<u8>, stamp: &mut Stamp, node: &Node, begin: bool) {
    let mut all = *ID;
    id(&mut all, node.id, begin);
    out.extend_from_slice(&all);
    out.extend_from_slice(node.name());
    let mut all = *TIMES;
    times(&mut all, stamp, node);
    if node.state == State::Open {
        out.extend_from_slice(&all[..32]);
        out.extend_from_slice(b",\"in_progress\":true");
    } else {
        out.extend_from_slice(&all);
    }
}

/// Everything else that an entity says but its children, without the closing brace; `begin` where
/// nothing has opened it yet.
#[inline]
pub(super) fn members(
    out: &mut Vec<u8>,
    stamp: &mut Stamp,
    service: &Service,
    node: &Node,
    begin: bool,
    less: Less,
) {
    head(out, stamp, node, begin);
    if node.flags & !flag::SEGMENT != 0 {
        flags(out, node.flags);
    }
    if less.is_last() {
        return skeleton(out, node);
    }
    if node.is_segment() {
        segment(out, service, node, less);
    }
    match node.only(Part::Annotation) {
        Some(all) if less.is_nothing() && !node.truncated => {
            out.extend_from_slice(b",\"annotations\":{");
            out.extend_from_slice(all);
            close(out);
        }
        _ if node.kinds != 0 || node.truncated || !less.is_nothing() => parts(out, node, less),
        _ => {}
    }
}

/// Puts the end of an object in the place of the comma before it.
pub(super) fn close(out: &mut [u8]) {
    if let Some(last) = out.last_mut() {
        *last = b'}';
    }
}

/// All that is left where even the rest would be too long.
#[cold]
fn skeleton(out: &mut Vec<u8>, node: &Node) {
    let response = node.parts(Part::Response).last();
    let traced = node.flags & flag::TRACED != 0;
    if traced || response.is_some() {
        out.extend_from_slice(b",\"http\":{");
        if traced {
            out.extend_from_slice(b"\"request\":{\"traced\":true},");
        }
        if let Some(response) = response {
            out.extend_from_slice(b"\"response\":");
            out.extend_from_slice(response);
            out.push(b',');
        }
        close(out);
    }
    out.extend_from_slice(b",\"metadata\":{\"xray_sdk\":{\"truncated\":true}}");
}

#[cold]
fn flags(out: &mut Vec<u8>, flags: u8) {
    for (bit, member) in [
        (flag::ERROR, ",\"error\":true"),
        (flag::FAULT, ",\"fault\":true"),
        (flag::THROTTLE, ",\"throttle\":true"),
        (flag::AWS, ",\"namespace\":\"aws\""),
        (flag::REMOTE, ",\"namespace\":\"remote\""),
        (flag::TRACED, ",\"traced\":true"),
    ] {
        if flags & bit != 0 {
            out.extend_from_slice(member.as_bytes());
        }
    }
}

/// What segments say and subsegments do not.
#[inline]
fn segment(out: &mut Vec<u8>, service: &Service, node: &Node, less: Less) {
    let rule = node.has(Part::Rule).then(|| node.parts(Part::Rule).last());
    if !less.keeps_place() {
        return without_place(out, service, rule.flatten());
    }
    match rule.flatten() {
        Some(rule) => {
            let (before, after) = service.around_rule();
            out.extend_from_slice(before);
            out.extend_from_slice(b",\"sampling_rule_name\":");
            out.extend_from_slice(rule);
            out.extend_from_slice(after);
        }
        None => out.extend_from_slice(service.members()),
    }
}

#[cold]
fn without_place(out: &mut Vec<u8>, service: &Service, rule: Option<&[u8]>) {
    let [before, between, after] = service.around_place();
    out.extend_from_slice(before);
    out.extend_from_slice(between);
    if let Some(rule) = rule {
        out.extend_from_slice(b",\"sampling_rule_name\":");
        out.extend_from_slice(rule);
    }
    out.extend_from_slice(after);
}

fn parts(out: &mut Vec<u8>, node: &Node, less: Less) {
    if node.has(Part::Member) {
        for bytes in node.parts(Part::Member) {
            if less.keeps_member(bytes.len()) {
                out.push(b',');
                out.extend_from_slice(&bytes[..bytes.len() - 1]);
            }
        }
    }
    if node.has(Part::Link) {
        list(out, b",\"links\":[", node, Part::Link, less);
    }
    if node.has(Part::Precursor) {
        list(out, b",\"precursor_ids\":[", node, Part::Precursor, less);
    }
    if node.has(Part::Request) || node.has(Part::Response) {
        http(out, node);
    }
    if node.has(Part::Aws) {
        let mut all = node.parts(Part::Aws).filter(|b| less.keeps_member(b.len()));
        object(out, b",\"aws\":{", &mut all);
    }
    if node.has(Part::Annotation) && less.keeps_annotations() {
        object(
            out,
            b",\"annotations\":{",
            &mut node.parts(Part::Annotation),
        );
    }
    if node.has(Part::Exception) || node.has(Part::CauseId) {
        cause::write(out, node, less);
    }
    if node.has(Part::Metadata) || node.truncated || !less.is_nothing() {
        metadata(out, node, less);
    }
}

/// An object of fragments that end in a comma; nothing where there are none.
fn object(out: &mut Vec<u8>, open: &[u8], members: &mut dyn Iterator<Item = &[u8]>) {
    let from = out.len();
    out.extend_from_slice(open);
    let empty = out.len();
    members.for_each(|bytes| out.extend_from_slice(bytes));
    if out.len() == empty {
        out.truncate(from);
    } else {
        close(out);
    }
}

/// An array of fragments that end in a comma.
fn list(out: &mut Vec<u8>, open: &[u8], node: &Node, part: Part, less: Less) {
    if less.keeps_member(node.parts(part).map(<[u8]>::len).sum()) {
        out.extend_from_slice(open);
        node.parts(part)
            .for_each(|bytes| out.extend_from_slice(bytes));
        if let Some(last) = out.last_mut() {
            *last = b']';
        }
    }
}

fn http(out: &mut Vec<u8>, node: &Node) {
    let (mut request, mut response) = (None, None);
    for (kind, bytes) in node.all() {
        if kind == Part::Request as u8 {
            request = Some(bytes);
        } else if kind == Part::Response as u8 {
            response = Some(bytes);
        }
    }
    let mut before: &[u8] = b",\"http\":{\"response\":";
    if let Some(request) = request {
        out.extend_from_slice(b",\"http\":{\"request\":");
        out.extend_from_slice(request);
        before = b",\"response\":";
    }
    if let Some(response) = response {
        out.extend_from_slice(before);
        out.extend_from_slice(response);
    }
    out.push(b'}');
}

/// Metadata grouped by namespace; `xray_sdk` says where something was left out.
fn metadata(out: &mut Vec<u8>, node: &Node, less: Less) {
    let split = |bytes: &'_ [u8]| match bytes {
        [low, high, ..] => usize::from(u16::from_le_bytes([*low, *high])) + 2,
        _ => 0,
    };
    let mut all: Vec<(&[u8], &[u8])> = Vec::new();
    for bytes in node.parts(Part::Metadata) {
        if less.keeps_metadata(bytes.len()) {
            let (namespace, value) = bytes.split_at(split(bytes));
            all.push((&namespace[2..], value));
        }
    }
    all.sort_by_key(|(namespace, _)| *namespace);
    let truncated = node.truncated || !less.is_nothing();
    if all.is_empty() && !truncated {
        return;
    }
    out.extend_from_slice(b",\"metadata\":{");
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        out.extend_from_slice(same[0].0);
        out.extend_from_slice(b":{");
        same.iter()
            .for_each(|(_, value)| out.extend_from_slice(value));
        close(out);
        out.push(b',');
    }
    if truncated {
        out.extend_from_slice(b"\"xray_sdk\":{\"truncated\":true},");
    }
    close(out);
}
