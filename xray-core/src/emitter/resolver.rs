//! The thread that looks a host name up, so that no caller ever waits for DNS.

use super::udp::Target;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// An answer is not trusted for longer.
const REFRESH: Duration = Duration::from_secs(60);
/// Nor is a name looked up more often, whatever errors there are.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Resolver {
    errors: Arc<AtomicBool>,
    /// None where no thread could be had; the name then stays unresolved.
    thread: Option<Thread>,
}

/// The system's resolver.
pub(super) fn system(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}

impl Resolver {
    pub(super) fn start(
        target: &Arc<Target>,
        host: String,
        port: u16,
        resolve: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Self {
        let errors = Arc::new(AtomicBool::new(false));
        let (target, theirs) = (Arc::downgrade(target), errors.clone());
        let builder = thread::Builder::new().name("xray-resolver".into());
        let thread = builder.spawn(move || {
            work(&target, &theirs, || resolve(&host, port));
        });
        Self {
            errors,
            thread: thread.ok().map(|handle| handle.thread().clone()),
        }
    }

    /// Something did not arrive: the name may mean another address by now.
    pub(super) fn look_again(&self) {
        if !self.errors.swap(true, SeqCst) {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        // The target is gone, or goes with us: the thread sees that and ends.
        self.wake();
    }
}

fn work(
    weak: &Weak<Target>,
    errors: &AtomicBool,
    resolve: impl Fn() -> io::Result<Vec<SocketAddr>>,
) {
    let mut current = None;
    loop {
        let failing = errors.swap(false, SeqCst);
        let found = resolve().unwrap_or_default();
        let Some(target) = weak.upgrade() else { return };
        if let Some(address) = choose(found, current, failing) {
            if Some(address) != current && target.connect(address).is_ok() {
                current = Some(address);
            }
        }
        drop(target);
        let looked = Instant::now();
        let pause = if current.is_some() { REFRESH } else { PAUSE };
        while looked.elapsed() < pause && !(errors.load(SeqCst) && looked.elapsed() >= PAUSE) {
            let until = if errors.load(SeqCst) { PAUSE } else { pause };
            thread::park_timeout(until.saturating_sub(looked.elapsed()));
            if weak.strong_count() == 0 {
                return;
            }
        }
    }
}

/// The address to send to: the present one while it stands and works, else the next, IPv4 first, as
/// the daemon's image listens there.
fn choose(
    mut found: Vec<SocketAddr>,
    current: Option<SocketAddr>,
    failing: bool,
) -> Option<SocketAddr> {
    found.sort_by_key(SocketAddr::is_ipv6);
    let at = current.and_then(|c| found.iter().position(|&a| a == c));
    match at {
        Some(at) if failing => found.get((at + 1) % found.len()).copied(),
        Some(at) => found.get(at).copied(),
        None => found.first().copied(),
    }
}
