//! Where the daemon listens: `AWS_XRAY_DAEMON_ADDRESS`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

/// Where the daemon takes documents (UDP) and answers about sampling (TCP).
///
/// ```
/// use xray_core::DaemonAddress;
///
/// let both = DaemonAddress::parse("daemon.local:2000")?;
/// assert_eq!(both.udp, both.tcp);
///
/// let apart = DaemonAddress::parse("tcp:127.0.0.1:4000 udp:[::1]:5000")?;
/// assert_eq!(apart.udp.to_string(), "[::1]:5000");
/// # Ok::<(), xray_core::InvalidDaemonAddress>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DaemonAddress {
    /// Where documents are sent to.
    pub udp: Endpoint,
    /// Where sampling rules and targets are asked for.
    pub tcp: Endpoint,
}

/// One address of the daemon.
#[expect(
    clippy::exhaustive_enums,
    reason = "an address is known, or has to be looked up"
)]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// An address that needs no look-up.
    Ip(SocketAddr),
    /// A name, or an IPv6 address within a zone that has a name (`fe80::1%eth0`).
    Name {
        /// What is looked up.
        host: Box<str>,
        /// From 1 on.
        port: u16,
    },
}

impl DaemonAddress {
    /// The environment variable, which wins over what the code says.
    pub const VARIABLE: &'static str = "AWS_XRAY_DAEMON_ADDRESS";

    /// Reads `host:port`, or `tcp:host:port udp:host:port` in either order. Nothing but blanks is
    /// the default, `127.0.0.1:2000`.
    ///
    /// # Errors
    ///
    /// Any other text is an error. That a name cannot be resolved is none.
    pub fn parse(text: &str) -> Result<Self, InvalidDaemonAddress> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        read(text).ok_or_else(|| InvalidDaemonAddress(crate::json::cut(text, 64).into()))
    }
}

impl Default for DaemonAddress {
    fn default() -> Self {
        let local = Endpoint::Ip((Ipv4Addr::LOCALHOST, 2000).into());
        Self {
            udp: local.clone(),
            tcp: local,
        }
    }
}

impl FromStr for DaemonAddress {
    type Err = InvalidDaemonAddress;

    fn from_str(text: &str) -> Result<Self, InvalidDaemonAddress> {
        Self::parse(text)
    }
}

impl fmt::Display for DaemonAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.udp == self.tcp {
            self.udp.fmt(f)
        } else {
            write!(f, "tcp:{} udp:{}", self.tcp, self.udp)
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Ip(address) => address.fmt(f),
            Endpoint::Name { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Endpoint::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

fn read(text: &str) -> Option<DaemonAddress> {
    let mut words = text.split_whitespace();
    let (first, second, rest) = (words.next()?, words.next(), words.next());
    if rest.is_some() {
        return None;
    }
    let Some(second) = second else {
        let both = endpoint(first)?;
        return Some(DaemonAddress {
            udp: both.clone(),
            tcp: both,
        });
    };
    let either = |label| labelled(first, label).or_else(|| labelled(second, label));
    Some(DaemonAddress {
        udp: endpoint(either("udp:")?)?,
        tcp: endpoint(either("tcp:")?)?,
    })
}

pub(crate) fn labelled<'a>(word: &'a str, label: &str) -> Option<&'a str> {
    let (front, rest) = word.split_at_checked(label.len())?;
    front.eq_ignore_ascii_case(label).then_some(rest)
}

/// `host:port`.
pub(crate) fn endpoint(text: &str) -> Option<Endpoint> {
    let (host, digits) = text.rsplit_once(':')?;
    // `u16` itself also parses `+2000`.
    let digits = Some(digits).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let port: u16 = digits.parse().ok().filter(|&port| port > 0)?;
    let name = |host: &str| Endpoint::Name {
        host: host.into(),
        port,
    };
    if let Some(v6) = host.strip_prefix('[') {
        let v6 = v6.strip_suffix(']')?;
        if let Ok(address) = format!("[{v6}]:{port}").parse::<SocketAddrV6>() {
            return Some(Endpoint::Ip(address.into()));
        }
        // A zone by name: the system's resolver knows its number.
        let (address, zone) = v6.split_once('%')?;
        let named = matches!(address.parse(), Ok(IpAddr::V6(_))) && is_zone(zone);
        return named.then(|| name(v6));
    }
    match host.parse::<Ipv4Addr>() {
        Ok(address) => Some(Endpoint::Ip((address, port).into())),
        Err(_) => is_host(host).then(|| name(host)),
    }
}

fn is_zone(zone: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    !zone.is_empty() && zone.len() <= 64 && zone.bytes().all(allowed)
}

/// RFC 1123, section 2.1, and `_`, since container tools make host names of service names. A name
/// whose last label is a number would be a mistyped address.
fn is_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let label = |label: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    host.len() <= 253 && host.split('.').all(label) && !host.rsplit('.').next().is_some_and(number)
}

/// A text that is no address of a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDaemonAddress(Box<str>);

impl fmt::Display for InvalidDaemonAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid {} {:?}: expected `host:port` or `tcp:host:port udp:host:port`",
            DaemonAddress::VARIABLE,
            self.0
        )
    }
}

impl std::error::Error for InvalidDaemonAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c57_address_vectors() {
        let vectors = include_str!("../test-data/address.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
        for vector in vectors {
            let read = DaemonAddress::parse(vector["in"].as_str().unwrap()).ok();
            let said = read.map(|both| (both.udp.to_string(), both.tcp.to_string()));
            let text = |key: &str| Some(vector[key].as_str()?.to_string());
            assert_eq!(said, text("udp").zip(text("tcp")), "{}", vector["in"]);
        }
    }

    #[test]
    fn c57_addresses_are_told_from_names() {
        let udp = |text: &str| DaemonAddress::parse(text).unwrap().udp;
        let v4 = SocketAddr::from(([127, 0, 0, 1], 2000));
        assert_eq!(udp("127.0.0.1:2000"), Endpoint::Ip(v4));
        assert!(
            matches!(udp("[fe80::1%3]:2000"), Endpoint::Ip(SocketAddr::V6(a)) if a.scope_id() == 3)
        );
        let zone = Endpoint::Name {
            host: "fe80::1%eth0".into(),
            port: 2000,
        };
        assert_eq!(udp("[fe80::1%eth0]:2000"), zone);
        assert!(matches!(
            udp("localhost:2000"),
            Endpoint::Name { port: 2000, .. }
        ));
    }

    #[test]
    fn c57_display_reads_back() {
        for text in ["127.0.0.1:2000", "tcp:a.b:1 udp:[fe80::1%eth0]:2"] {
            assert_eq!(DaemonAddress::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn c57_the_error_says_what_is_accepted() {
        let error = DaemonAddress::parse("192.168.0.1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid AWS_XRAY_DAEMON_ADDRESS \"192.168.0.1\": \
             expected `host:port` or `tcp:host:port udp:host:port`",
        );
    }
}
