//! What segments are called.

use crate::pattern::Pattern;
use std::borrow::Cow;
use std::fmt;

/// What the segments of a service are called: their node on the service map.
///
/// A host comes from the request and so from anybody: without a pattern that it has to match, a
/// client could make up nodes without end.
#[derive(Clone)]
pub struct Naming(Kind);

#[derive(Clone)]
enum Kind {
    Fixed(Box<str>),
    Host {
        pattern: Pattern,
        fallback: Box<str>,
    },
}

impl Naming {
    /// Always this name.
    pub fn fixed(name: impl Into<String>) -> Self {
        Self(Kind::Fixed(name.into().into()))
    }

    /// The host of the request, without the port, where it matches the pattern (`*` any run of
    /// characters, `?` one, in any case); else the fallback.
    ///
    /// ```
    /// use xray_core::Naming;
    ///
    /// let naming = Naming::host("*.example.com", "shop");
    /// assert_eq!(naming.name(Some("api.example.com:8080")), "api.example.com");
    /// assert_eq!(naming.name(Some("evil.org")), "shop");
    /// assert_eq!(naming.name(None), "shop");
    /// ```
    pub fn host(pattern: &str, fallback: impl Into<String>) -> Self {
        Self(Kind::Host {
            pattern: Pattern::new(pattern),
            fallback: fallback.into().into(),
        })
    }

    /// The name of a segment that serves a request to `host`.
    #[must_use]
    pub fn name<'a>(&'a self, host: Option<&'a str>) -> Cow<'a, str> {
        match &self.0 {
            Kind::Fixed(name) => Cow::Borrowed(name),
            Kind::Host { pattern, fallback } => {
                let host = host.map(without_port).filter(|h| !h.is_empty());
                let matching = host.filter(|h| pattern.matches(h));
                Cow::Borrowed(matching.unwrap_or(fallback))
            }
        }
    }
}

/// `[::1]:80` is `[::1]`; an address without brackets has no port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|c| c.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

impl fmt::Debug for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Fixed(name) => f.debug_tuple("Fixed").field(name).finish(),
            Kind::Host { fallback, .. } => f
                .debug_struct("Host")
                .field("fallback", fallback)
                .finish_non_exhaustive(),
        }
    }
}
