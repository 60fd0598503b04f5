//! What a request says of itself, borrowed from it.

use http::HeaderMap;
use http::header::{HOST, HeaderName, HeaderValue, USER_AGENT};
use http::request::Parts;
use xray_core::__private::Target;
use xray_core::{HttpRequest, TraceHeader};

// Names that are known to be valid: looked for by their text, they would be checked each time.
const TRACE: HeaderName = HeaderName::from_static(TraceHeader::NAME);
const PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Headers that requests are asked for: the first ones of their names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said<'a> {
    pub(crate) trace: Option<&'a HeaderValue>,
    pub(crate) parent: Option<&'a HeaderValue>,
    pub(crate) host: Option<&'a HeaderValue>,
    pub(crate) user_agent: Option<&'a HeaderValue>,
}

impl<'a> Said<'a> {
    /// So many headers are looked through faster than four are looked for, whose names are hashed
    /// byte by byte.
    const FEW: usize = 16;

    pub(crate) fn by(headers: &'a HeaderMap) -> Self {
        if headers.len() > Self::FEW {
            return Self {
                trace: headers.get(TRACE),
                parent: headers.get(PARENT),
                host: headers.get(HOST),
                user_agent: headers.get(USER_AGENT),
            };
        }
        let mut said = Self::default();
        for (name, value) in headers {
            let place = match name.as_str() {
                "host" => &mut said.host,
                "user-agent" => &mut said.user_agent,
                TraceHeader::NAME => &mut said.trace,
                "traceparent" => &mut said.parent,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        said
    }
}

/// What naming, sampling and the document's `http` block are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) method: &'a str,
    scheme: Option<&'a str>,
    /// With the port, as `Host` has it.
    pub(crate) host: Option<&'a str>,
    /// Without the query.
    pub(crate) path: &'a str,
}

impl<'a> Facts<'a> {
    /// `host` is what the header says.
    pub(crate) fn of(parts: &'a Parts, host: Option<&'a HeaderValue>) -> Self {
        // HTTP/2 has the authority, HTTP/1 the header.
        let authority = parts.uri.authority().map(|a| a.as_str());
        let authority = authority.and_then(|a| a.rsplit('@').next());
        let host = authority.or_else(|| host.and_then(host_alone));
        Self {
            method: parts.method.as_str(),
            scheme: parts.uri.scheme_str(),
            host: host.filter(|host| !host.is_empty()),
            path: parts.uri.path(),
        }
    }

    /// As integrations of all clients know it.
    pub(crate) fn target(&self) -> Target<'a> {
        Target {
            method: self.method,
            host: self.host,
            path: self.path,
            shown: self.shown(None),
        }
    }

    /// The block of what is served, without the client's address. Of a call the user agent is not
    /// shown: whose program that is, the caller knows.
    pub(crate) fn http(
        &self,
        user_agent: Option<&'a HeaderValue>,
        forwarded: Option<&'static str>,
    ) -> HttpRequest<'a> {
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        let shown = self.shown(forwarded);
        shown.user_agent(user_agent.unwrap_or_default())
    }

    fn shown(&self, forwarded: Option<&'static str>) -> HttpRequest<'a> {
        let scheme = self.scheme.or(forwarded).unwrap_or("http");
        // `OPTIONS *` and `CONNECT` ask for no path.
        let path = Some(self.path).filter(|path| path.starts_with('/'));
        let path = path.unwrap_or_default();
        match self.host {
            Some(host) => HttpRequest::of_parts(self.method, scheme, host, path),
            None => HttpRequest::new(self.method, path),
        }
    }
}

/// `Host` may be any text: what would be another path or hide the real one is no part of it.
fn host_alone(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?.trim_ascii();
    let hides = |b: u8| matches!(b, b'/' | b'?' | b'#');
    let end = text.bytes().position(hides).unwrap_or(text.len());
    text.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn facts(request: http::request::Builder, then: impl FnOnce(Facts<'_>)) {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        then(Facts::of(&parts, Said::by(&parts.headers).host));
    }

    #[test]
    fn the_authority_wins_over_the_header_and_has_no_credentials() {
        let request = Request::get("https://ann:secret@shop.example:8443/a?q=1");
        facts(request.header(HOST, "other"), |facts| {
            assert_eq!(facts.host, Some("shop.example:8443"));
            assert_eq!((facts.scheme, facts.path), (Some("https"), "/a"));
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
            assert_eq!((facts.scheme, facts.path), (None, "/a"));
        });
        facts(Request::get("/"), |facts| assert_eq!(facts.host, None));
    }

    #[test]
    fn the_first_of_each_name_is_found_among_few_and_many() {
        for others in [0, 8, 9, 100] {
            let mut headers = HeaderMap::new();
            for i in 0..others {
                headers.append("x-other", HeaderValue::from(i));
            }
            for value in ["a", "b"] {
                for name in [TRACE, PARENT, HOST, USER_AGENT] {
                    headers.append(name, HeaderValue::from_static(value));
                }
            }
            let said = Said::by(&headers);
            let all = [said.trace, said.parent, said.host, said.user_agent];
            assert!(all.iter().all(|v| v.is_some_and(|v| v == "a")), "{others}");
        }
        let none = HeaderMap::new();
        let said = Said::by(&none);
        assert!(said.trace.or(said.parent).or(said.host).is_none());
    }
}
