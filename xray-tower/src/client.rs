//! Who asks: the client's address, by `X-Forwarded-For` or by the connection.

use crate::text::Text;
use http::HeaderMap;
use http::header::HeaderName;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What is believed of what proxies add to a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Forwarded {
    /// The first address of `X-Forwarded-For`, as the official SDKs believe it; the client may have
    /// made it up.
    #[default]
    First,
    /// So many proxies stand before the service, and each has added the address it was asked from.
    Hops(usize),
}

impl Forwarded {
    /// The client's address, and whether a header says so.
    pub(crate) fn client(self, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<Client> {
        let forwarded = self.entry(headers).and_then(address);
        let address = forwarded.or(peer)?;
        Some(Client {
            address,
            forwarded: forwarded.is_some(),
        })
    }

    fn entry(self, headers: &HeaderMap) -> Option<&[u8]> {
        let mut values = headers.get_all(FORWARDED_FOR).iter();
        match self {
            Self::First => values.next()?.as_bytes().split(|&b| b == b',').next(),
            // Where there are fewer, each one was added by a proxy of ours.
            Self::Hops(hops) => values
                .rev()
                .flat_map(|value| value.as_bytes().rsplit(|&b| b == b','))
                .take(hops)
                .last(),
        }
    }

    /// The scheme that the client used, where a proxy that is believed says it.
    pub(crate) fn scheme(self, headers: &HeaderMap) -> Option<&'static str> {
        if !matches!(self, Self::Hops(1..)) {
            return None;
        }
        let value = headers.get(FORWARDED_PROTO)?.to_str().ok()?;
        let first = value.split(',').next()?.trim();
        ["https", "http"]
            .into_iter()
            .find(|known| first.eq_ignore_ascii_case(known))
    }
}

/// An address with or without a port, in brackets or not.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let address = bracketed.unwrap_or(text).parse();
    address
        .or_else(|_| text.parse().map(|address: SocketAddr| address.ip()))
        .ok()
}

/// The client's address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Client {
    address: IpAddr,
    pub(crate) forwarded: bool,
}

impl Client {
    /// As documents show it. IPv4 over an IPv6 socket is shown as IPv4.
    pub(crate) fn text(self) -> Text<46> {
        let mut text = Text::new();
        // Nothing of ours fails here, and what fails would only be missing.
        let _ = write!(text, "{}", self.address.to_canonical());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        headers
    }

    fn client(forwarded: Forwarded, values: &[&str]) -> (String, bool) {
        let peer = Some(IpAddr::from([10, 0, 0, 9]));
        let client = forwarded.client(&headers(values), peer).unwrap();
        (client.text().as_str().to_owned(), client.forwarded)
    }

    #[test]
    fn c28_the_first_entry_without_blanks_brackets_and_port() {
        for (value, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("  203.0.113.7 , 10.0.0.1", "203.0.113.7"),
            ("203.0.113.7:4711, 10.0.0.1", "203.0.113.7"),
            ("2001:DB8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443,10.0.0.1", "2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            let expected = (expected.to_owned(), true);
            assert_eq!(client(Forwarded::First, &[value]), expected, "{value}");
        }
        let two = ["203.0.113.7", "198.51.100.1"];
        assert_eq!(client(Forwarded::First, &two).0, "203.0.113.7");
    }

    #[test]
    fn c28_what_is_no_address_yields_to_the_peer() {
        let peer = ("10.0.0.9".to_owned(), false);
        for value in [
            "",
            ",",
            "unknown",
            "_hidden",
            "203.0.113",
            "203.0.113.7:http",
            "[::1",
            "1.2.3.4.5, 203.0.113.7",
            "<script>",
        ] {
            assert_eq!(client(Forwarded::First, &[value]), peer, "{value}");
        }
        assert_eq!(client(Forwarded::First, &[]), peer);
        assert_eq!(Forwarded::First.client(&headers(&[]), None), None);
    }

    #[test]
    fn c28_with_trusted_hops_only_what_they_added_counts() {
        let made_up = ["1.1.1.1, 203.0.113.7", "10.0.0.2"];
        for (hops, expected) in [
            (0, ("10.0.0.9", false)),
            (1, ("10.0.0.2", true)),
            (2, ("203.0.113.7", true)),
            (3, ("1.1.1.1", true)),
            (9, ("1.1.1.1", true)),
        ] {
            let (address, forwarded) = client(Forwarded::Hops(hops), &made_up);
            assert_eq!((&*address, forwarded), expected, "{hops} hops");
        }
    }

    #[test]
    fn the_scheme_is_believed_only_of_trusted_hops() {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_PROTO, "HTTPS, http".parse().unwrap());
        assert_eq!(Forwarded::Hops(1).scheme(&headers), Some("https"));
        assert_eq!(Forwarded::Hops(0).scheme(&headers), None);
        assert_eq!(Forwarded::First.scheme(&headers), None);
        headers.insert(FORWARDED_PROTO, "gopher".parse().unwrap());
        assert_eq!(Forwarded::Hops(1).scheme(&headers), None);
    }
}
