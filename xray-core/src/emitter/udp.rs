//! To the daemon, over a connected socket that never blocks.

use super::resolver::{Resolver, Schedule};
use super::{Batch, Datagram, EmitError, Emitter};
use crate::address::{DaemonAddress, Endpoint};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

/// Sends to the daemon over UDP.
///
/// The socket does not block: what the kernel has no room for is counted, and gone. A host name is
/// looked up on a thread of its own, at least once a minute and after errors, so that a daemon that
/// moved is found again; until the first answer documents are counted as lost.
#[derive(Debug)]
pub struct UdpEmitter {
    pub(super) target: Arc<Target>,
    /// Where a name stands behind the address.
    resolver: Option<Resolver>,
    name: String,
}

/// Sockets of both families, and which of them is connected.
#[derive(Debug)]
pub(super) struct Target {
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
    live: AtomicU8,
    /// The largest datagram for which segmentation offload is tried.
    pub(super) offload: AtomicUsize,
}

const NONE: u8 = 0;
const V4: u8 = 4;
const V6: u8 = 6;

impl Target {
    fn new(v4: bool, v6: bool) -> io::Result<Self> {
        let open = |wanted: bool, any: SocketAddr| {
            if !wanted {
                return Ok(None);
            }
            let socket = UdpSocket::bind(any)?;
            socket.set_nonblocking(true)?;
            Ok(Some(socket))
        };
        let (v4, v6) = (
            open(v4, (Ipv4Addr::UNSPECIFIED, 0).into()),
            open(v6, (Ipv6Addr::UNSPECIFIED, 0).into()),
        );
        // A host without one of the families can still reach the daemon by the other.
        let (v4, v6) = match (v4, v6) {
            (Ok(None), Err(error)) | (Err(error), Ok(None) | Err(_)) => return Err(error),
            (v4, v6) => (v4.unwrap_or_default(), v6.unwrap_or_default()),
        };
        Ok(Self {
            v4,
            v6,
            live: AtomicU8::new(NONE),
            offload: AtomicUsize::new(usize::MAX),
        })
    }

    /// Sends to this address from now on.
    pub(super) fn connect(&self, address: SocketAddr) -> io::Result<()> {
        let (socket, family) = match address {
            SocketAddr::V4(_) => (&self.v4, V4),
            SocketAddr::V6(_) => (&self.v6, V6),
        };
        let socket = socket.as_ref().ok_or(ErrorKind::AddrNotAvailable)?;
        socket.connect(address)?;
        self.offload.store(usize::MAX, Relaxed);
        self.live.store(family, Relaxed);
        Ok(())
    }

    #[inline]
    fn socket(&self) -> Option<&UdpSocket> {
        match self.live.load(Relaxed) {
            V4 => self.v4.as_ref(),
            V6 => self.v6.as_ref(),
            _ => None,
        }
    }
}

impl UdpEmitter {
    /// Sends to the daemon's UDP address. A literal address needs no thread.
    ///
    /// # Errors
    ///
    /// If no socket can be opened. A name that is not known, or a daemon that is not there, is none.
    pub fn new(daemon: &DaemonAddress) -> io::Result<Self> {
        Self::with_resolver(daemon, super::resolver::system)
    }

    /// Looks host names up by a function of one's own, on the emitter's thread.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_resolver(
        daemon: &DaemonAddress,
        resolve: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> io::Result<Self> {
        Self::with_schedule(daemon, Schedule::USUAL, resolve)
    }

    pub(super) fn with_schedule(
        daemon: &DaemonAddress,
        schedule: Schedule,
        resolve: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> io::Result<Self> {
        let name = daemon.udp.to_string();
        let emitter = |target, resolver| Self {
            target,
            resolver,
            name,
        };
        match daemon.udp.clone() {
            Endpoint::Ip(address) => {
                let target = Arc::new(Target::new(address.is_ipv4(), address.is_ipv6())?);
                // Without a route yet, the address is tried again as a name would be.
                let resolver = target.connect(address).err().map(|_| {
                    let fixed = move || Ok(vec![address]);
                    Resolver::start(&target, schedule, fixed)
                });
                Ok(emitter(target, resolver))
            }
            Endpoint::Name { host, port } => {
                let target = Arc::new(Target::new(true, true)?);
                let resolver = Resolver::start(&target, schedule, move || resolve(&host, port));
                Ok(emitter(target, Some(resolver)))
            }
        }
    }

    #[inline]
    fn send(&self, bytes: &[u8]) -> Result<(), EmitError> {
        let Some(socket) = self.target.socket() else {
            return Err(EmitError::Unresolved);
        };
        match insist(|| socket.send(bytes).map(drop)) {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.failed(ErrorKind::ConnectionRefused.into())),
            Err(error) => Err(self.failed(error)),
        }
    }

    #[cold]
    fn failed(&self, error: io::Error) -> EmitError {
        let error = EmitError::from(error);
        if let (Some(resolver), EmitError::Refused | EmitError::Io(_)) = (&self.resolver, &error) {
            resolver.look_again();
        }
        error
    }
}

/// Sends, and says whether something sent earlier was refused.
///
/// The kernel tells of a refusal at the next call, and does not send then: hence once more. What was
/// refused has been counted as sent, so its successor is counted as refused in its stead, wherever
/// it arrives: the sums are right as far as the kernel tells of each, and all is sent that can be.
#[inline]
fn insist(mut send: impl FnMut() -> io::Result<()>) -> io::Result<bool> {
    let mut refused = false;
    // Other threads use the socket, too, and each has its refusals.
    for _ in 0..4 {
        match send() {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => refused = true,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            sent => return sent.map(|()| refused),
        }
    }
    Err(ErrorKind::ConnectionRefused.into())
}

impl Emitter for UdpEmitter {
    #[inline]
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
        self.send(datagram.bytes())
    }

    #[cfg(target_os = "linux")]
    fn emit_all(&self, batch: Batch<'_>, failed: &mut dyn FnMut(usize, EmitError)) {
        use super::offload;
        let (mut rest, mut done) = (batch, 0);
        while !rest.is_empty() {
            let (n, size) = offload::run(rest);
            let (now, later) = rest.split_at(n);
            let together = n > 1 && size <= self.target.offload.load(Relaxed);
            let sent = match self.target.socket() {
                Some(socket) if together => insist(|| offload::send(socket, now, size)),
                _ => Err(ErrorKind::Unsupported.into()),
            };
            match sent {
                Ok(false) => {}
                Ok(true) => (done..done + n).for_each(|index| {
                    failed(index, self.failed(ErrorKind::ConnectionRefused.into()));
                }),
                Err(error) => {
                    if let Some(most) = offload::lower(&error, size) {
                        self.target.offload.store(most, Relaxed);
                    }
                    for (index, one) in now.iter().enumerate() {
                        if let Err(error) = self.send(one.bytes()) {
                            failed(done + index, error);
                        }
                    }
                }
            }
            (rest, done) = (later, done + n);
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn emit_all(&self, batch: Batch<'_>, failed: &mut dyn FnMut(usize, EmitError)) {
        for (index, one) in batch.iter().enumerate() {
            if let Err(error) = self.send(one.bytes()) {
                failed(index, error);
            }
        }
    }

    fn describe(&self) -> String {
        format!("udp:{}", self.name)
    }
}
