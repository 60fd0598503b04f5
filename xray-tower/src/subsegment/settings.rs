//! What a layer was told, and how it makes a subsegment of a request.

use crate::body::EndAt;
use crate::failure::Known;
use crate::request::Facts;
use crate::status;
use http::Method;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use xray_core::__private::{Open, Options};
use xray_core::TraceHeader;

pub(super) type Name = Arc<dyn for<'a> Fn(&'a Parts) -> Option<Cow<'a, str>> + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) options: Options,
    pub(super) name: Option<Name>,
    /// By the kind of the response, where it is not said.
    pub(super) end_at: Option<EndAt>,
    pub(super) known: Known,
}

/// What the response needs to know of its request.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) head_only: bool,
    pub(super) connect: bool,
    pub(super) end_at: Option<EndAt>,
    pub(super) known: Known,
}

impl Settings {
    /// Opens the subsegment of a call, and adds its headers; none where nothing is recorded.
    pub(super) fn begin(&self, parts: &mut Parts) -> Option<(Open, Plan)> {
        const TRACE: HeaderName = HeaderName::from_static(TraceHeader::NAME);
        const PARENT: HeaderName = HeaderName::from_static("traceparent");
        let facts = Facts::of(parts, parts.headers.get(HOST));
        let present = parts.headers.get(TRACE);
        let present = present.map(HeaderValue::as_bytes);
        let (post, name) = (parts.method == Method::POST, || self.name(parts, &facts));
        let call = self.options.begin(post, || facts.target(), present, name)?;
        if let Some(value) = call.header() {
            set(&mut parts.headers, TRACE, value.as_bytes());
        }
        if let Some(value) = call.traceparent() {
            set(&mut parts.headers, PARENT, value.as_bytes());
        }
        let open = call.open()?;
        let plan = Plan {
            head_only: parts.method == Method::HEAD,
            connect: parts.method == Method::CONNECT,
            end_at: self.end_at,
            known: self.known.clone(),
        };
        Some((open, plan))
    }

    /// A better name than the host.
    fn name<'a>(&self, parts: &'a Parts, facts: &Facts<'a>) -> Option<Cow<'a, str>> {
        let told = self.name.as_ref().and_then(|name| name(parts));
        told.or_else(|| {
            // Clients of gRPC often know the host only further in; `/shop.Carts/Get` names the
            // service.
            let unknown = facts.host.is_none() && status::is_grpc(&parts.headers);
            let service = facts.path.split('/').nth(1).filter(|_| unknown)?;
            Some(service.into())
        })
    }
}

/// Our headers are made of what header values may be made of.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.insert(name, value);
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("options", &self.options)
            .field("end_at", &self.end_at)
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}
