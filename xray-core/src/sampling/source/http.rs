//! As much of an HTTP/1.1 client as two small calls to a neighbour need.

use crate::address::Endpoint;
use crate::net::{Answer, Reader, Timed, connect};
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// A page of rules is some 40 kB. Larger is not what was asked for.
const LARGEST: usize = 4 << 20;

/// One connection to one server, opened when it is needed and kept while both sides like it.
#[derive(Debug)]
pub(crate) struct Client {
    endpoint: Endpoint,
    timeout: Duration,
    idle: Option<TcpStream>,
}

impl Client {
    pub(crate) fn new(endpoint: Endpoint, timeout: Duration) -> Self {
        Self {
            endpoint,
            timeout,
            idle: None,
        }
    }

    /// Sends a JSON body and reads the whole answer, or fails within the timeout; only the look-up
    /// of a host name may take longer.
    ///
    /// Nothing is sent twice: a report that was taken although its answer got lost would count
    /// double.
    pub(super) fn post(&mut self, path: &str, body: &[u8]) -> io::Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.endpoint,
            body.len()
        );
        self.exchange(&[head.as_bytes(), body].concat())
    }

    /// Asks without a body, as [`post`](Self::post) does with one.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.endpoint);
        self.exchange(head.as_bytes())
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let kept = self.idle.take().filter(still_open);
        let (stream, deadline) = match kept {
            Some(stream) => (stream, Instant::now() + self.timeout),
            None => {
                let addresses = resolve(&self.endpoint)?;
                let deadline = Instant::now() + self.timeout;
                (connect(&addresses, deadline)?, deadline)
            }
        };
        let mut timed = Timed::new(&stream, deadline);
        timed.write_all(request)?;
        let mut reader = Reader::new(timed, LARGEST);
        let answer = reader.answer()?;
        if reader.is_reusable() {
            self.idle = Some(stream);
        }
        Ok(answer)
    }
}

pub(crate) fn resolve(endpoint: &Endpoint) -> io::Result<Vec<SocketAddr>> {
    Ok(match endpoint {
        Endpoint::Ip(address) => vec![*address],
        Endpoint::Name { host, port } => (&**host, *port).to_socket_addrs()?.collect(),
    })
}

/// Whether a kept connection can take another request: the other side has neither closed it nor
/// sent anything since.
pub(crate) fn still_open(stream: &TcpStream) -> bool {
    let peek = || {
        stream.set_nonblocking(true)?;
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false)?;
        peeked
    };
    peek().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
