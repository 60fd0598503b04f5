//! The `http` block of a document.

use crate::json;
use crate::recorder::Counters;
use crate::redact::Sensitive;
use crate::trace::{Edit, Trace};
use crate::tree::{Node, Part, flag};
use crate::url;
use std::borrow::Cow;

/// An HTTP request as the document shows it (`http.request`).
///
/// Of its URL neither query nor fragment nor credentials are recorded, and of its headers only the
/// two that a document has members for. Strings are cut at 250 characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpRequest<'a> {
    method: &'a str,
    target: Target<'a>,
    user_agent: &'a str,
    client_ip: &'a str,
    forwarded: bool,
    traced: bool,
}

#[derive(Clone, Copy, Debug)]
enum Target<'a> {
    Url(&'a str),
    Parts {
        scheme: &'a str,
        host: &'a str,
        path: &'a str,
    },
}

impl Default for Target<'_> {
    fn default() -> Self {
        Self::Url("")
    }
}

impl<'a> HttpRequest<'a> {
    /// A request to a URL.
    #[must_use]
    pub const fn new(method: &'a str, url: &'a str) -> Self {
        Self::to(method, Target::Url(url))
    }

    /// A request to a URL that is at hand in parts: `https`, `example.com:8080`, `/orders`.
    #[must_use]
    pub const fn of_parts(method: &'a str, scheme: &'a str, host: &'a str, path: &'a str) -> Self {
        Self::to(method, Target::Parts { scheme, host, path })
    }

    const fn to(method: &'a str, target: Target<'a>) -> Self {
        Self {
            method,
            target,
            user_agent: "",
            client_ip: "",
            forwarded: false,
            traced: false,
        }
    }

    /// The client's program.
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'a str) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// The client's address.
    #[must_use]
    pub const fn client_ip(mut self, client_ip: &'a str) -> Self {
        self.client_ip = client_ip;
        self
    }

    /// Whether the client's address comes from `X-Forwarded-For` and so may be made up
    /// (`x_forwarded_for`); on segments only.
    #[must_use]
    pub const fn forwarded(mut self, forwarded: bool) -> Self {
        self.forwarded = forwarded;
        self
    }

    /// Whether the called service records a segment of its own, without which X-Ray shows the trace
    /// as incomplete (`traced`); on subsegments only.
    #[must_use]
    pub const fn traced(mut self, traced: bool) -> Self {
        self.traced = traced;
        self
    }

    /// The URL in one piece.
    fn url(&self) -> Cow<'a, str> {
        match self.target {
            Target::Url(url) => Cow::Borrowed(url),
            Target::Parts { scheme, host, path } => Cow::Owned(format!("{scheme}://{host}{path}")),
        }
    }

    #[inline]
    pub(super) fn write(&self, out: &mut Vec<u8>, is_segment: bool) -> usize {
        out.push(b'{');
        member(out, b"\"method\":\"", |out| method(out, self.method));
        member(out, b"\"url\":\"", |out| match self.target {
            Target::Url(url) => url::write(out, url),
            Target::Parts { scheme, host, path } => url::write_parts(out, scheme, host, path),
        });
        let text = |out: &mut Vec<u8>, text| json::text(out, json::cut_chars(text, LONGEST));
        member(out, b"\"user_agent\":\"", |out| text(out, self.user_agent));
        member(out, b"\"client_ip\":\"", |out| text(out, self.client_ip));
        if self.forwarded && is_segment {
            out.extend_from_slice(b"\"x_forwarded_for\":true,");
        }
        if self.traced && !is_segment {
            out.extend_from_slice(b"\"traced\":true,");
        }
        // There is a comma to replace: what would be empty is not written at all.
        if let Some(last) = out.last_mut() {
            *last = b'}';
        }
        0
    }

    fn is_empty(&self, is_segment: bool) -> bool {
        let flag = if is_segment {
            self.forwarded
        } else {
            self.traced
        };
        let texts = [self.method, self.user_agent, self.client_ip];
        !flag && texts.iter().all(|s| s.is_empty()) && url::clean(&self.url()).is_empty()
    }

    /// Adds this to an entity.
    #[inline]
    pub(super) fn add(&self, node: &mut Node) -> Edit {
        let is_segment = node.is_segment();
        if self.is_empty(is_segment) {
            return Edit::Done;
        }
        let added = node.add(Part::Request, |out| self.write(out, is_segment));
        // Said in two places, which must agree: with no request there is none beside it either.
        if added && self.traced && !is_segment {
            node.flags |= flag::TRACED;
        } else if added {
            node.flags &= !flag::TRACED;
        }
        Edit::from(added)
    }

    /// Adds as much of this as observers hear of, to an entity that is not sent.
    pub(super) fn add_method(&self, node: &mut Node) -> Edit {
        if self.method.is_empty() {
            return Edit::Done;
        }
        let added = node.add(Part::Request, |out| {
            out.extend_from_slice(b"{\"method\":\"");
            method(out, self.method);
            out.extend_from_slice(b"\"}");
            0
        });
        Edit::from(added)
    }
}

/// `"name":"text",`; nothing where `write` writes no text.
#[inline]
fn member(out: &mut Vec<u8>, name: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
    let from = out.len();
    out.extend_from_slice(name);
    let empty = out.len();
    write(out);
    if out.len() == empty {
        out.truncate(from);
    } else {
        out.extend_from_slice(b"\",");
    }
}

const LONGEST: usize = 250;

/// In upper case, as methods are.
#[inline]
fn method(out: &mut Vec<u8>, method: &str) {
    let method = json::cut_chars(method, LONGEST);
    if method.bytes().any(|c| c.is_ascii_lowercase()) {
        json::text(out, &method.to_ascii_uppercase());
    } else {
        json::text(out, method);
    }
}

pub(super) fn request(trace: &Trace, at: (u32, u64), request: &HttpRequest<'_>) {
    if !trace.may_be_sent() {
        trace.edit(at, |node| request.add_method(node));
    } else if trace.recorder.inner().redact.is_some() {
        redacted(trace, at, request);
    } else {
        trace.edit(at, |node| request.add(node));
    }
}

/// Applies the recorder's hook to what it may see of a request.
#[cold]
fn redacted(trace: &Trace, at: (u32, u64), request: &HttpRequest<'_>) {
    with_redacted(&trace.recorder, request, |request| {
        trace.edit(at, |node| request.add(node));
    });
}

pub(super) fn with_redacted(
    recorder: &crate::recorder::Recorder,
    request: &HttpRequest<'_>,
    then: impl FnOnce(&HttpRequest<'_>),
) {
    let url = request.url();
    let url = url::clean(&url);
    // The hook is not asked of what is not there: its answer would be taken for something that was.
    let redacted = |kind, text| match text {
        "" => None,
        text => recorder.redacted(kind, text),
    };
    let url = redacted(Sensitive::Url, &*url);
    let client_ip = redacted(Sensitive::ClientIp, request.client_ip);
    then(&HttpRequest {
        target: Target::Url(url.as_deref().unwrap_or_default()),
        client_ip: client_ip.as_deref().unwrap_or_default(),
        ..*request
    });
}

/// 429 is throttle and error, other 4xx error, 5xx fault.
#[inline]
pub(crate) fn status_flags(status: u16) -> u8 {
    match status {
        429 => flag::ERROR | flag::THROTTLE,
        400..500 => flag::ERROR,
        500.. => flag::FAULT,
        _ => 0,
    }
}

#[inline(never)]
pub(super) fn response(trace: &Trace, at: (u32, u64), status: u16, length: Option<u64>) {
    response_with(trace, at, (status, status_flags(status)), length);
}

/// A response whose status does not say whose doing it was: the caller of this does.
pub(super) fn response_unmarked(trace: &Trace, at: (u32, u64), status: u16, length: Option<u64>) {
    response_with(trace, at, (status, 0), length);
}

fn response_with(trace: &Trace, at: (u32, u64), (status, flags): (u16, u8), length: Option<u64>) {
    // No status at all: the official schema refuses the whole document for it.
    if !(100..1000).contains(&status) {
        let counters = &trace.recorder.inner().outlet.counters;
        return Counters::add(&counters.invalid_values, 1);
    }
    let sent = trace.may_be_sent();
    // The flags first: they are kept where the memory budget leaves no room for more.
    trace.edit(at, |node| {
        node.flags |= flags;
        node.status = status;
        if !sent {
            return Edit::Done;
        }
        let write = |out: &mut Vec<u8>| {
            out.extend_from_slice(b"{\"status\":");
            json::unsigned(out, u64::from(status));
            if let Some(length) = length {
                out.extend_from_slice(b",\"content_length\":");
                json::unsigned(out, length);
            }
            out.push(b'}');
            0
        };
        Edit::from(node.add(Part::Response, write))
    });
}
