//! The thread that looks a host name up, so that no caller ever waits for DNS.

use super::udp::Target;
use crate::report::shielded;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// When a name is looked up again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// An answer is not trusted for longer.
    pub(super) refresh: Duration,
    /// Nor is a name looked up more often, whatever errors there are.
    pub(super) pause: Duration,
}

impl Schedule {
    pub(super) const USUAL: Self = Self {
        refresh: Duration::from_secs(60),
        pause: Duration::from_secs(1),
    };
}

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
        schedule: Schedule,
        resolve: impl Fn() -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Self {
        let errors = Arc::new(AtomicBool::new(false));
        let (target, theirs) = (Arc::downgrade(target), errors.clone());
        let builder = thread::Builder::new().name("xray-resolver".into());
        let thread = builder.spawn(move || {
            work(&target, &theirs, schedule, resolve);
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
    Schedule { refresh, pause }: Schedule,
    resolve: impl Fn() -> io::Result<Vec<SocketAddr>>,
) {
    let mut current: Option<SocketAddr> = None;
    loop {
        let failing = errors.swap(false, SeqCst);
        let found = shielded(&resolve).and_then(Result::ok);
        let Some(target) = weak.upgrade() else { return };
        // An address of a family that this host has no route for is passed over.
        let next = order(found.unwrap_or_default(), current, failing)
            .into_iter()
            .find(|&address| Some(address) == current || target.connect(address).is_ok());
        current = next.or(current);
        drop(target);
        let looked = Instant::now();
        let until = || {
            let soon = current.is_none() || errors.load(SeqCst);
            let pause = if soon { pause } else { refresh };
            pause.saturating_sub(looked.elapsed())
        };
        while !until().is_zero() {
            thread::park_timeout(until());
            if weak.strong_count() == 0 {
                return;
            }
        }
    }
}

/// The addresses in the order they are tried: from the present one on while it stands and works,
/// else from the next; IPv4 first, as the daemon's image listens there.
fn order(
    mut found: Vec<SocketAddr>,
    current: Option<SocketAddr>,
    failing: bool,
) -> Vec<SocketAddr> {
    found.sort_by_key(SocketAddr::is_ipv6);
    if let Some(at) = current.and_then(|c| found.iter().position(|&a| a == c)) {
        found.rotate_left(if failing { at + 1 } else { at });
    }
    found
}
