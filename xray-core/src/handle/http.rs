//! The `http` block of a document.

use crate::json;
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
        let mut before = b'{';
        let mut member = |out: &mut Vec<u8>, name: &[u8]| {
            out.push(before);
            out.extend_from_slice(name);
            before = b',';
        };
        if !self.method.is_empty() {
            member(out, b"\"method\":\"");
            method(out, self.method);
            out.push(b'"');
        }
        let from = out.len();
        match self.target {
            Target::Url("") => {}
            Target::Url(url) => {
                member(out, b"\"url\":\"");
                url::write(out, url);
                out.push(b'"');
            }
            Target::Parts { scheme, host, path } => {
                member(out, b"\"url\":\"");
                url::write_parts(out, scheme, host, path);
                out.push(b'"');
            }
        }
        debug_assert!(out.len() >= from);
        for (name, value) in [
            (&b"\"user_agent\":\""[..], self.user_agent),
            (b"\"client_ip\":\"", self.client_ip),
        ] {
            if !value.is_empty() {
                member(out, name);
                json::text(out, json::cut_chars(value, LONGEST));
                out.push(b'"');
            }
        }
        if self.forwarded && is_segment {
            member(out, b"\"x_forwarded_for\":true");
        }
        if self.traced && !is_segment {
            member(out, b"\"traced\":true");
        }
        if before == b'{' {
            out.push(b'{');
        }
        out.push(b'}');
        0
    }

    fn is_empty(&self) -> bool {
        let url = matches!(self.target, Target::Url(""));
        url && [self.method, self.user_agent, self.client_ip]
            .iter()
            .all(|s| s.is_empty())
            && !self.forwarded
            && !self.traced
    }

    /// Adds this to an entity.
    #[inline]
    pub(super) fn add(&self, node: &mut Node) -> Edit {
        if self.is_empty() {
            return Edit::Done;
        }
        let is_segment = node.is_segment();
        if self.traced && !is_segment {
            node.flags |= flag::TRACED;
        }
        Edit::from(node.add(Part::Request, |out| self.write(out, is_segment)))
    }
}

const LONGEST: usize = 250;

/// In upper case, as methods are.
fn method(out: &mut Vec<u8>, method: &str) {
    let from = out.len();
    json::text(out, json::cut_chars(method, LONGEST));
    if out[from..].iter().any(u8::is_ascii_lowercase)
        && method.bytes().all(|c| c.is_ascii_alphabetic())
    {
        out[from..].make_ascii_uppercase();
    }
}

pub(super) fn request(trace: &Trace, at: (u32, u64), request: &HttpRequest<'_>) {
    if trace.recorder.inner().redact.is_some() {
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
    let url = recorder.redacted(Sensitive::Url, &url);
    let client_ip = recorder.redacted(Sensitive::ClientIp, request.client_ip);
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
    // The flags first: they are kept where the memory budget leaves no room for more.
    trace.edit(at, |node| {
        node.flags |= status_flags(status);
        node.status = status;
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
