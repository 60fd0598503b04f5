//! What a request says of itself, borrowed from it.

use crate::client::Forwarded;
use http::header::{HOST, HeaderName, USER_AGENT};
use http::request::Parts;
use xray_core::__private::Target;
use xray_core::HttpRequest;

/// What naming, sampling and the document's `http` block are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) method: &'a str,
    scheme: &'a str,
    /// With the port, as `Host` has it.
    pub(crate) host: Option<&'a str>,
    /// Without the query.
    pub(crate) path: &'a str,
    user_agent: &'a str,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(parts: &'a Parts, forwarded: Forwarded) -> Self {
        Self {
            user_agent: text(parts, USER_AGENT).unwrap_or_default(),
            ..Self::of_call(parts, forwarded.scheme(&parts.headers))
        }
    }

    /// As far as it is shown of a call: whose program the user agent is, the caller knows.
    pub(crate) fn of_call(parts: &'a Parts, forwarded: Option<&'static str>) -> Self {
        // HTTP/2 has the authority, HTTP/1 the header.
        let authority = parts.uri.authority().map(|a| a.as_str());
        let authority = authority.and_then(|a| a.rsplit('@').next());
        let host = authority.or_else(|| text(parts, HOST).and_then(host_alone));
        Self {
            method: parts.method.as_str(),
            scheme: parts.uri.scheme_str().or(forwarded).unwrap_or("http"),
            host: host.filter(|host| !host.is_empty()),
            path: parts.uri.path(),
            user_agent: "",
        }
    }

    /// As integrations of all clients know it.
    pub(crate) fn target(&self) -> Target<'a> {
        Target {
            method: self.method,
            host: self.host,
            path: self.path,
            shown: self.shown(),
        }
    }

    /// The block, without the client's address.
    pub(crate) fn http(&self) -> HttpRequest<'a> {
        self.shown().user_agent(self.user_agent)
    }

    fn shown(&self) -> HttpRequest<'a> {
        // `OPTIONS *` and `CONNECT` ask for no path.
        let path = Some(self.path).filter(|path| path.starts_with('/'));
        let path = path.unwrap_or_default();
        match self.host {
            Some(host) => HttpRequest::of_parts(self.method, self.scheme, host, path),
            None => HttpRequest::new(self.method, path),
        }
    }
}

/// `Host` may be any text: what would be another path or hide the real one is no part of it.
fn host_alone(text: &str) -> Option<&str> {
    text.trim().split(['/', '?', '#']).next()
}

fn text(parts: &Parts, name: HeaderName) -> Option<&str> {
    parts.headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn facts(request: http::request::Builder, then: impl FnOnce(Facts<'_>)) {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        then(Facts::of(&parts, Forwarded::Hops(1)));
    }

    #[test]
    fn the_authority_wins_over_the_header_and_has_no_credentials() {
        let request = Request::get("https://ann:secret@shop.example:8443/a?q=1");
        facts(request.header(HOST, "other"), |facts| {
            assert_eq!(facts.host, Some("shop.example:8443"));
            assert_eq!((facts.scheme, facts.path), ("https", "/a"));
        });
    }

    #[test]
    fn what_follows_a_host_hides_no_path() {
        for host in ["shop.example/b", "shop.example?b", " shop.example#/b?"] {
            facts(Request::get("/a").header(HOST, host), |facts| {
                assert_eq!((facts.host, facts.path), (Some("shop.example"), "/a"));
            });
        }
        facts(Request::get("/a").header(HOST, "/b"), |facts| {
            assert_eq!(facts.host, None)
        });
    }

    #[test]
    fn a_path_alone_takes_host_and_scheme_from_headers() {
        let request = Request::get("/a?q=1").header(HOST, "shop.example");
        facts(request, |facts| {
            assert_eq!(facts.host, Some("shop.example"));
            assert_eq!((facts.scheme, facts.path), ("http", "/a"));
        });
        let request = Request::get("/").header("x-forwarded-proto", "https");
        facts(request, |facts| {
            assert_eq!((facts.host, facts.scheme), (None, "https"));
        });
    }
}
