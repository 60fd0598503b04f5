//! URLs without what they must not give away: query, fragment and credentials.
//!
//! Where two readings of a URL are possible, the one that hides more is taken: browsers and servers
//! disagree about `\`, about the number of slashes and about line breaks, and a password must not
//! depend on who is right.

mod scrub;
#[cfg(test)]
mod tests;

pub(crate) use scrub::scrub;

use crate::json;
use std::borrow::Cow;

/// In characters (official schema, `http.request.url`).
const LONGEST: usize = 250;

/// Writes the inside of a JSON string: scheme, host, port unless it is the default one, and path.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, url: &str) {
    match plain(url) {
        Some(url) if url.len() <= LONGEST => json::text(out, url),
        _ => write_cleaned(out, url),
    }
}

/// As [`write`], of a URL that is at hand in parts.
#[inline]
pub(crate) fn write_parts(out: &mut Vec<u8>, scheme: &str, host: &str, path: &str) {
    let length = scheme.len() + 3 + host.len();
    let default = default_port_of(scheme).is_some_and(|port| host.ends_with(port));
    // A client may send any `Host`.
    let strange = |b| matches!(b, b'@' | b'?' | b'#');
    let look = default || host.bytes().any(strange) || scheme.bytes().any(strange);
    match plain(path) {
        Some(path) if length + path.len() <= LONGEST && !look => {
            json::text(out, scheme);
            out.extend_from_slice(b"://");
            json::text(out, host);
            json::text(out, path);
        }
        _ => write_cleaned(out, &format!("{scheme}://{host}{path}")),
    }
}

#[cold]
fn write_cleaned(out: &mut Vec<u8>, url: &str) {
    json::text(out, json::cut_chars(&clean(url), LONGEST));
}

/// The URL that [`write`] writes, neither cut nor escaped.
pub(crate) fn clean(url: &str) -> Cow<'_, str> {
    match plain(url) {
        Some(url) => url.into(),
        None => cleaned(url, Ports::NotDefault),
    }
}

/// The host, without port and brackets; none where the text is no URL that has one.
///
/// ```
/// assert_eq!(xray_core::host("https://user@amazon.com:8443/page?id=1"), Some("amazon.com"));
/// assert_eq!(xray_core::host("/page"), None);
/// ```
#[must_use]
pub fn host(url: &str) -> Option<&str> {
    let url = before_query(url).trim();
    let start = marker(url, 0).or_else(|| Some(slashes(url)).filter(|&n| n >= 2))?;
    host_of(&url[start..authority_end(url, start)])
}

/// The host of an authority, without credentials, port and brackets.
pub(crate) fn host_of(authority: &str) -> Option<&str> {
    let authority = authority.rsplit('@').next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => authority.split([':', '\\']).next()?,
    };
    Some(host).filter(|host| !host.is_empty())
}

/// The part before the query of an ordinary URL; none where a closer look is needed.
#[inline]
fn plain(url: &str) -> Option<&str> {
    let http = url.strip_prefix("https://");
    let rest = http.or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    if json::has_one_of(rest.as_bytes(), *b"?#@:") {
        plain_before_query(url)
    } else {
        Some(url)
    }
}

fn plain_before_query(url: &str) -> Option<&str> {
    const END: u8 = 1;
    const LOOK: u8 = 2;
    const COLON: u8 = 4;
    const CLASS: [u8; 256] = {
        let mut table = [0; 256];
        table[b'?' as usize] = END;
        table[b'#' as usize] = END;
        table[b'@' as usize] = LOOK;
        table[b':' as usize] = COLON;
        table
    };
    let mut colons = 0;
    for (at, &byte) in url.as_bytes().iter().enumerate() {
        match CLASS[byte as usize] {
            0 => {}
            END => return Some(&url[..at]),
            COLON if colons == 0 => colons = 1,
            // A second colon may be that of a default port.
            _ => return None,
        }
    }
    Some(url)
}

#[derive(Clone, Copy, PartialEq)]
enum Ports {
    All,
    NotDefault,
}

/// Without query, fragment and credentials, those of URLs within the path included.
fn cleaned(url: &str, ports: Ports) -> Cow<'_, str> {
    let url = before_query(url);
    // What has been looked at, and what of it is already in `out`.
    let (mut out, mut kept) = (String::new(), 0);
    let mut leave_out = |from: usize, to: usize| {
        out.push_str(&url[kept..from]);
        kept = to;
    };
    let first = leading(url);
    let mut next = Some(first);
    while let Some(start) = next {
        let end = authority_end(url, start);
        let host = match url[start..end].rfind('@') {
            Some(at) => start + at + 1,
            None => start,
        };
        if host > start {
            leave_out(start, host);
        }
        if ports == Ports::NotDefault && start == first {
            if let Some(port) = default_port(&url[..start], &url[host..end]) {
                leave_out(end - port.len(), end);
            }
        }
        next = match slashes(&url[host..]) {
            // Nothing was left of this authority, so what follows may be read as another one.
            n if n > 0 && host > start => Some(host + n),
            _ => marker(url, host),
        };
    }
    if kept == 0 {
        return url.into();
    }
    out.push_str(&url[kept..]);
    out.into()
}

fn before_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Where the authority begins, if only to be searched for credentials: after `scheme:` and slashes,
/// after two slashes, or at once. A path has none.
fn leading(url: &str) -> usize {
    let scheme = url.find(['/', '\\', ':', '@']).unwrap_or(url.len());
    match (
        slashes(url),
        slashes(url.get(scheme + 1..).unwrap_or_default()),
    ) {
        (1, _) if url.starts_with('/') => url.len(),
        (0, n) if n > 0 && url[scheme..].starts_with(':') => scheme + 1 + n,
        (n, _) => n,
    }
}

/// Where an authority begins after a `:` and slashes that stand at `from` or later.
fn marker(text: &str, from: usize) -> Option<usize> {
    let colons = text[from..].match_indices(':').map(|(at, _)| from + at);
    colons
        .map(|at| (at + 1, slashes(&text[at + 1..])))
        // `C:\Users` is no URL, but `https:\/\/` is one inside of JSON.
        .find(|&(at, n)| text[at..at + n].bytes().filter(|&b| b == b'/').count() >= 2)
        .map(|(at, n)| at + n)
}

/// How many slashes of either kind the text begins with.
fn slashes(text: &str) -> usize {
    text.bytes()
        .take_while(|b| matches!(b, b'/' | b'\\'))
        .count()
}

fn authority_end(url: &str, start: usize) -> usize {
    url[start..].find('/').map_or(url.len(), |n| start + n)
}

fn default_port<'a>(scheme: &str, authority: &'a str) -> Option<&'a str> {
    let port = default_port_of(scheme.strip_suffix("://")?)?;
    let at = authority.len().checked_sub(port.len())?;
    // With another colon before it, it is no port, and without it a new `://` might come about.
    let (host, end) = authority.split_at_checked(at)?;
    (end == port && !host.ends_with(':')).then_some(end)
}

fn default_port_of(scheme: &str) -> Option<&'static str> {
    if scheme.eq_ignore_ascii_case("http") {
        Some(":80")
    } else if scheme.eq_ignore_ascii_case("https") {
        Some(":443")
    } else {
        None
    }
}
