//! A stand-in for the X-Ray daemon, on real sockets.

mod http;
mod message;
mod stop;
#[cfg(test)]
mod tests;
mod udp;

pub use message::{Request, Response};

use super::lock;
use super::received::{Received, entities};
use http::Server;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;
use udp::Receiver;

/// Takes documents by UDP as the daemon does, and answers the two sampling calls by TCP, each on
/// the loopback interface and at the same port. It is gone when it is dropped.
///
/// ```
/// use std::{net::UdpSocket, time::Duration};
/// use xray_core::test_util::DaemonStub;
///
/// let daemon = DaemonStub::new()?;
/// let client = UdpSocket::bind("127.0.0.1:0")?;
/// client.send_to(b"{\"format\":\"json\",\"version\":1}\n{\"name\":\"a\"}", daemon.udp_addr())?;
/// assert_eq!(daemon.wait_for_documents(1, Duration::from_secs(10)), [r#"{"name":"a"}"#]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DaemonStub {
    receiver: Receiver,
    server: Server,
}

impl DaemonStub {
    /// On a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the system gives no socket.
    pub fn new() -> io::Result<Self> {
        Self::on_free_port((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// On a free port of `[::1]`.
    ///
    /// # Errors
    ///
    /// Where there is no IPv6.
    pub fn ipv6() -> io::Result<Self> {
        Self::on_free_port((Ipv6Addr::LOCALHOST, 0).into())
    }

    /// At this address: where another one was before, for tests of a daemon that restarts.
    ///
    /// # Errors
    ///
    /// When the address is in use.
    pub fn on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let socket = UdpSocket::bind(listener.local_addr()?)?;
        Ok(Self {
            receiver: Receiver::start(socket)?,
            server: Server::start(listener)?,
        })
    }

    /// One port for both protocols, as `on` needs it; what is free for one may be taken for the
    /// other.
    fn on_free_port(address: SocketAddr) -> io::Result<Self> {
        for _ in 0..16 {
            match Self::on(address) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                other => return other,
            }
        }
        Self::on(address)
    }

    /// Both addresses as `AWS_XRAY_DAEMON_ADDRESS` takes them: `tcp:127.0.0.1:2000
    /// udp:127.0.0.1:2000`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("tcp:{} udp:{}", self.tcp_addr(), self.udp_addr())
    }

    /// Where documents go.
    #[must_use]
    pub fn udp_addr(&self) -> SocketAddr {
        self.receiver.address
    }

    /// Where sampling is asked for.
    #[must_use]
    pub fn tcp_addr(&self) -> SocketAddr {
        self.server.address
    }

    /// Copies of the documents received, without blanks around them.
    ///
    /// # Panics
    ///
    /// With the feature `schema`, when X-Ray would not take one of them as it is.
    #[must_use]
    pub fn documents(&self) -> Vec<String> {
        checked(self.received().copies())
    }

    /// The documents received; they are not held any longer.
    ///
    /// # Panics
    ///
    /// As [`documents`](Self::documents).
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        checked(self.received().take())
    }

    /// Whole datagrams that the daemon would refuse, or that are no text.
    #[must_use]
    pub fn rejected(&self) -> Vec<Vec<u8>> {
        lock(&self.receiver.shared.rejected).clone()
    }

    /// The documents as soon as there are so many; fewer when the time is over.
    #[must_use]
    pub fn wait_for_documents(&self, count: usize, timeout: Duration) -> Vec<String> {
        self.received().wait(timeout, |held| held.len() >= count);
        self.documents()
    }

    /// The documents as soon as they hold so many segments and subsegments; fewer when the time is
    /// over.
    #[must_use]
    pub fn wait_for_entities(&self, count: usize, timeout: Duration) -> Vec<String> {
        let enough = |held: &[String]| entities(held) >= count;
        self.received().wait(timeout, enough);
        self.documents()
    }

    /// The documents as [text](super::tree()).
    #[must_use]
    pub fn tree(&self) -> String {
        super::tree(&self.documents())
    }

    /// Answers each request from now on. It is called by one thread at a time and must not wait for
    /// anything that happens after the stub is dropped.
    ///
    /// Without it the answer to `/GetSamplingRules` are no rules, to `/SamplingTargets` no targets,
    /// and to all else 404.
    pub fn on_request(&self, answer: impl FnMut(&Request) -> Response + Send + 'static) {
        *lock(&self.server.shared.answer) = Box::new(answer);
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.server.shared.requests).clone()
    }

    /// The requests as soon as there are so many; fewer when the time is over.
    #[must_use]
    pub fn wait_for_requests(&self, count: usize, timeout: Duration) -> Vec<Request> {
        self.server.wait_for_requests(count, timeout)
    }

    fn received(&self) -> &Received {
        &self.receiver.shared.received
    }
}

/// Looks at what claims to be a segment document; what a test makes up besides is its own affair.
fn checked(documents: Vec<String>) -> Vec<String> {
    #[cfg(feature = "schema")]
    for document in documents.iter().filter(|d| d.contains("\"trace_id\"")) {
        if let Err(reason) = super::check(document) {
            panic!("{reason}: {document}");
        }
    }
    documents
}
