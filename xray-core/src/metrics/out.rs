//! Where lines go: the standard output, the CloudWatch agent's socket, or wherever code says.
//!
//! Only the writer's thread comes here, so what blocks, blocks nobody else.

use crate::address::{self, Endpoint};
use crate::net::{self, Timed};
use crate::report::shielded;
use crate::sampling::http;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// How long the agent may take to accept a connection, or a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the CloudWatch agent listens, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    tcp: bool,
    endpoint: Endpoint,
}

impl Agent {
    pub(crate) const EXPECTED: &'static str = "`host:port`, `udp:host:port` or `tcp:host:port`";

    /// UDP unless it says TCP, as Java's SDK sends; `udp://` and `tcp://`, as the libraries for the
    /// format write it, will do.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let label = |label| address::labelled(text, label);
        let (tcp, rest) = match (label("tcp:"), label("udp:")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => (false, text),
        };
        let bare = rest.len() == text.len();
        let host = rest.strip_prefix("//").filter(|_| !bare).unwrap_or(rest);
        let endpoint = address::endpoint(host)?;
        Some(Self { tcp, endpoint })
    }
}

impl Default for Agent {
    fn default() -> Self {
        Self {
            tcp: false,
            endpoint: Endpoint::Ip((Ipv4Addr::LOCALHOST, 25888).into()),
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.tcp { "tcp" } else { "udp" };
        write!(f, "{protocol}:{}", self.endpoint)
    }
}

pub(super) enum Out {
    Stdout,
    Given(Box<dyn Write + Send>),
    Udp(Endpoint, Option<UdpSocket>),
    Tcp(Endpoint, Connection),
}

pub(super) enum Connection {
    Closed,
    Open(TcpStream),
    /// Not tried again before the next lines are due: a connection that is refused slowly must not
    /// take as long for each of a hundred lines.
    Failed,
}

/// What was lost when a line was written: the system tells of a datagram that nobody took when the
/// next one is sent.
pub(super) struct Lost {
    pub(super) lines: u64,
    pub(super) this_one: bool,
    pub(super) error: io::Error,
}

impl Lost {
    fn this(error: io::Error) -> Self {
        Self {
            lines: 1,
            this_one: true,
            error,
        }
    }
}

impl Out {
    pub(super) fn to_agent(agent: Agent) -> Self {
        if agent.tcp {
            Self::Tcp(agent.endpoint, Connection::Closed)
        } else {
            Self::Udp(agent.endpoint, None)
        }
    }

    /// Some lines follow. Names are looked up again for them.
    pub(super) fn begin(&mut self) {
        match self {
            Self::Tcp(_, connection) => {
                let open =
                    matches!(connection, Connection::Open(stream) if http::still_open(stream));
                if !open {
                    *connection = Connection::Closed;
                }
            }
            Self::Udp(Endpoint::Name { .. }, socket) => *socket = None,
            _ => {}
        }
    }

    /// Writes a line.
    pub(super) fn write(&mut self, line: &[u8]) -> Result<(), Lost> {
        match self {
            Self::Stdout => to_stdout(line).map_err(Lost::this),
            Self::Given(out) => {
                let write = || out.write_all(line).and_then(|()| out.flush());
                let written = shielded(write);
                written
                    .unwrap_or_else(|| Err(io::Error::other("the writer panicked")))
                    .map_err(Lost::this)
            }
            Self::Udp(endpoint, socket) => to_udp(endpoint, socket, line),
            Self::Tcp(endpoint, connection) => {
                to_tcp(endpoint, connection, line).map_err(Lost::this)
            }
        }
    }
}

/// In one go, so that nothing of the program's comes between.
fn to_stdout(line: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(line)?;
    out.flush()
}

fn to_udp(endpoint: &Endpoint, socket: &mut Option<UdpSocket>, line: &[u8]) -> Result<(), Lost> {
    let open = || -> io::Result<UdpSocket> {
        let addresses = http::resolve(endpoint)?;
        let to = agents(&addresses).ok_or(ErrorKind::NotFound)?;
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.connect(to)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(socket)
    };
    if socket.is_none() {
        *socket = Some(open().map_err(Lost::this)?);
    }
    let Some(socket) = socket else { return Ok(()) };
    match socket.send(line) {
        Ok(_) => Ok(()),
        // That was about an earlier line. Sent again, this one may arrive.
        Err(refused) if refused.kind() == ErrorKind::ConnectionRefused => match socket.send(line) {
            Ok(_) => Err(Lost {
                lines: 1,
                this_one: false,
                error: refused,
            }),
            Err(error) => Err(Lost {
                lines: 2,
                this_one: true,
                error,
            }),
        },
        Err(error) => Err(Lost::this(error)),
    }
}

/// The agent's address among those of its name: IPv4 where there is one, as the agent listens at
/// 127.0.0.1 and `localhost` often begins with the other.
fn agents(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    addresses.iter().copied().min_by_key(SocketAddr::is_ipv6)
}

fn to_tcp(endpoint: &Endpoint, connection: &mut Connection, line: &[u8]) -> io::Result<()> {
    if let Connection::Closed = connection {
        let open = || -> io::Result<TcpStream> {
            let addresses = http::resolve(endpoint)?;
            net::connect(&addresses, Instant::now() + PATIENCE)
        };
        *connection = match open() {
            Ok(stream) => Connection::Open(stream),
            Err(error) => {
                *connection = Connection::Failed;
                return Err(error);
            }
        };
    }
    let Connection::Open(stream) = connection else {
        return Err(ErrorKind::NotConnected.into());
    };
    let written = Timed::new(stream, Instant::now() + PATIENCE).write_all(line);
    if written.is_err() {
        // Part of a line may have left: nothing may follow it on this connection.
        *connection = Connection::Failed;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{Agent, agents};

    #[test]
    fn the_agents_address_is_read() {
        for (text, expected) in [
            ("127.0.0.1:25888", "udp:127.0.0.1:25888"),
            ("agent.local:1", "udp:agent.local:1"),
            ("udp:[::1]:25888", "udp:[::1]:25888"),
            ("TCP:agent:25888", "tcp:agent:25888"),
            ("tcp://127.0.0.1:25888", "tcp:127.0.0.1:25888"),
            ("udp://127.0.0.1:25888", "udp:127.0.0.1:25888"),
        ] {
            let read = Agent::parse(text).map(|agent| agent.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "agent",
            ":25888",
            "//agent:1",
            "http://agent:1",
            "tcp:agent:0",
        ] {
            assert_eq!(Agent::parse(text), None, "{text}");
        }
        assert_eq!(Agent::default().to_string(), "udp:127.0.0.1:25888");
    }

    #[test]
    fn of_a_names_addresses_it_is_the_one_where_agents_listen() {
        let chosen = |all: &[&str]| {
            let all: Vec<_> = all.iter().map(|a| a.parse().unwrap()).collect();
            agents(&all).map(|a| a.to_string())
        };
        let (v4, v6) = ("127.0.0.1:25888", "[::1]:25888");
        assert_eq!(chosen(&[v6, v4, "10.0.0.1:25888"]).as_deref(), Some(v4));
        assert_eq!(chosen(&[v6]).as_deref(), Some(v6));
        assert_eq!(chosen(&[]), None);
    }
}
