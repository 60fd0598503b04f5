//! A daemon's UDP port.

use serde_json::Value;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

pub(crate) struct Receiver(UdpSocket);

impl Receiver {
    pub(crate) fn new() -> Self {
        Self(UdpSocket::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// The next `n` documents. Everything has been sent when this is called.
    pub(crate) fn documents(&self, n: usize) -> Vec<Value> {
        self.0.set_nonblocking(false).unwrap();
        let patience = Some(Duration::from_secs(10));
        self.0.set_read_timeout(patience).unwrap();
        (0..n).map(|_| self.next().unwrap()).collect()
    }

    /// All that has arrived.
    pub(crate) fn rest(&self) -> Vec<Value> {
        self.0.set_nonblocking(true).unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }

    fn next(&self) -> Option<Value> {
        let mut buffer = vec![0; 65_536];
        let n = self.0.recv(&mut buffer).ok()?;
        let text = std::str::from_utf8(&buffer[..n]).unwrap();
        let (header, document) = text.split_once('\n').unwrap();
        assert!(header.starts_with(r#"{"format":"#), "{header}");
        Some(serde_json::from_str(document).unwrap())
    }
}
