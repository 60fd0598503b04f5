//! A call to an endpoint of the platform: one request, one connection, a small answer.

use crate::net::{Reader, Timed, connect};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

/// A task of ten containers is described in some 20 kB.
const LARGEST: usize = 64 << 10;

/// An endpoint. Its host is a literal address: a name would have to be looked up, and that may take
/// any time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: SocketAddr,
    path: String,
}

impl Endpoint {
    /// Reads `http://169.254.170.2/v4/…`.
    pub(super) fn parse(url: &str) -> io::Result<Self> {
        let invalid = || {
            let url = crate::json::cut(url, 100);
            let what = format!("{url:?} is no http URL of an IP address");
            io::Error::new(ErrorKind::InvalidInput, what)
        };
        let rest = url.strip_prefix("http://").ok_or_else(invalid)?;
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let path = path.trim_end_matches('/');
        let address = address(authority, 80).filter(|_| visible(path));
        Ok(Self {
            address: address.ok_or_else(invalid)?,
            path: path.to_owned(),
        })
    }

    /// The body of the answer, which has status 200.
    pub(super) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        until: Instant,
    ) -> io::Result<Vec<u8>> {
        let path = format!("{}{path}", self.path);
        let path = if path.is_empty() { "/" } else { &*path };
        let said = |error: io::Error| {
            let what = format!("http://{}{path}: {error}", self.address);
            io::Error::new(error.kind(), what)
        };
        let request = request(method, path, &self.address.to_string(), headers).map_err(said)?;
        let exchanged = || {
            let stream = connect(&[self.address], until)?;
            exchange(Timed::new(&stream, until), &request)
        };
        exchanged().map_err(said)
    }
}

/// `127.0.0.1:80`, `127.0.0.1`, `[::1]:80`, `[::1]`, and `localhost` for the first.
pub(super) fn address(text: &str, port: u16) -> Option<SocketAddr> {
    let (host, stated) = match text.rsplit_once(':') {
        Some((host, digits)) if !digits.ends_with(']') => (host, digits.parse().ok()?),
        _ => (text, port),
    };
    let ip: IpAddr = match host {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        _ => match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(v6) => IpAddr::V6(v6.parse().ok()?),
            None => IpAddr::V4(host.parse().ok()?),
        },
    };
    Some((ip, stated))
        .filter(|&(_, port)| port > 0)
        .map(SocketAddr::from)
}

/// The bytes of a request that asks for one answer.
pub(super) fn request(
    method: &str,
    path: &str,
    host: &str,
    headers: &[(&str, &str)],
) -> io::Result<Vec<u8>> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        // Tokens are answers, too, and an answer must not become a header of its own.
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) || value.len() > (16 << 10) {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "a token is malformed",
            ));
        }
        head.extend([*name, ": ", *value, "\r\n"]);
    }
    if method != "GET" {
        head += "Content-Length: 0\r\n";
    }
    head += "\r\n";
    Ok(head.into_bytes())
}

/// Sends a request and reads the body of its answer.
pub(super) fn exchange(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request)?;
    stream.flush()?;
    let answer = Reader::new(stream, LARGEST).answer()?;
    if answer.status != 200 {
        return Err(io::Error::other(format!("status {}", answer.status)));
    }
    Ok(answer.body)
}

fn visible(path: &str) -> bool {
    path.len() <= 1024 && path.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c69_endpoints_are_literal_addresses() {
        for (url, expected) in [
            (
                "http://169.254.170.2/v4/a-1",
                Some(("169.254.170.2:80", "/v4/a-1")),
            ),
            (
                "http://127.0.0.1:51678/v3/x/",
                Some(("127.0.0.1:51678", "/v3/x")),
            ),
            ("http://[fd00:ec2::254]", Some(("[fd00:ec2::254]:80", ""))),
            ("http://[::1]:8080/", Some(("[::1]:8080", ""))),
            ("http://localhost:1", Some(("127.0.0.1:1", ""))),
            ("https://169.254.170.2/", None),
            ("http://metadata.internal/", None),
            ("http://user@127.0.0.1/", None),
            ("http://127.0.0.1:0/", None),
            ("http://127.0.0.1:99999/", None),
            ("http://127.0.0.1/a b", None),
            ("http://127.0.0.1/a\r\nX: y", None),
            ("http://::1/", None),
            ("http://", None),
            ("", None),
        ] {
            let endpoint = Endpoint::parse(url).ok();
            let expected = expected.map(|(address, path)| Endpoint {
                address: address.parse().unwrap(),
                path: path.to_owned(),
            });
            assert_eq!(endpoint, expected, "{url}");
        }
    }

    #[test]
    fn c69_a_token_does_not_become_a_header() {
        let with = |token| request("GET", "/", "h", &[("t", token)]);
        assert!(with("AQAA==").is_ok());
        for bad in ["a\r\nX: y", "a\nb", "ä", "\0"] {
            assert!(with(bad).is_err(), "{bad:?}");
        }
    }
}
