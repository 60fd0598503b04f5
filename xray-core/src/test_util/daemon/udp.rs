//! The daemon's UDP side: which datagrams it takes.

use super::super::lock;
use super::super::received::Received;
use super::stop::Stop;
use serde_json::Value;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    pub(super) shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) received: Received,
    pub(super) rejected: Mutex<Vec<Vec<u8>>>,
    stop: Stop,
}

impl Receiver {
    pub(super) fn start(socket: UdpSocket) -> io::Result<Self> {
        // A test sends a burst from one thread while others have the processor. The system may give
        // less than is asked for.
        #[cfg(target_os = "linux")]
        socket2::SockRef::from(&socket).set_recv_buffer_size(16 << 20)?;
        // Only for the case that the datagram which wakes the thread at the end is lost.
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let address = socket.local_addr()?;
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("daemon-stub-udp".to_owned())
            .spawn(move || of_thread.receive(&socket))?;
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stop.set();
        let any = match self.address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        if let Ok(socket) = UdpSocket::bind(any) {
            let _ = socket.send_to(&[], self.address);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn receive(&self, socket: &UdpSocket) {
        let mut buffer = vec![0; 1 << 16];
        while !self.stop.is_set() {
            // Errors are the timeout, or ICMP's answer to what was never sent from here.
            let Ok(length) = socket.recv(&mut buffer) else {
                continue;
            };
            match document(&buffer[..length]) {
                Some(document) => self.received.push(document.to_owned()),
                // What wakes the thread is no datagram of the test's.
                None if self.stop.is_set() => {}
                None => lock(&self.rejected).push(buffer[..length].to_vec()),
            }
        }
    }
}

/// The document of a datagram that the daemon takes (aws-xray-daemon, `cmd/tracing` and
/// `pkg/tracesegment`): a line of JSON whose `format` is `json` in any case and whose `version` is
/// 1, then anything that is not empty.
///
/// Blanks at its end are let go, which is how datagrams of one length are filled up.
pub(super) fn document(datagram: &[u8]) -> Option<&str> {
    let newline = datagram.iter().position(|&byte| byte == b'\n')?;
    let header: Value = serde_json::from_slice(&datagram[..newline]).ok()?;
    let is_json = header["format"].as_str()?.eq_ignore_ascii_case("json");
    if !is_json || header["version"].as_u64() != Some(1) {
        return None;
    }
    let body = std::str::from_utf8(&datagram[newline + 1..]).ok()?.trim();
    (!body.is_empty()).then_some(body)
}
