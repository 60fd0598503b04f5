//! Trouble: the SDK's own messages (through the `log` crate, target `xray`, and few), and the
//! panics of others, which stay theirs.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::time::Instant;

/// The target of every message.
pub(crate) const TARGET: &str = "xray";

/// At most one message a minute; how often it was held back is said with the next one.
#[derive(Debug)]
pub(crate) struct Report {
    /// Milliseconds of this process until which it is silent.
    until: AtomicU64,
    silent: AtomicU64,
}

const PAUSE: u64 = 60_000;

impl Report {
    pub(crate) const fn new() -> Self {
        Self {
            until: AtomicU64::new(0),
            silent: AtomicU64::new(0),
        }
    }

    /// Says it, or counts it. Never called under a lock: a logger is user code.
    #[cold]
    pub(crate) fn say(&self, what: impl Display) {
        let now = now();
        let until = self.until.load(Relaxed);
        // Looked at before it is this thread's turn: what others hold back from then on is after it.
        let held = self.silent.load(Acquire);
        let mine = now >= until
            && self
                .until
                .compare_exchange(until, now + PAUSE, AcqRel, Relaxed)
                .is_ok();
        if !mine {
            self.silent.fetch_add(1, Release);
            return;
        }
        self.silent.fetch_sub(held, Relaxed);
        // It is said where segments end, in destructors, too: a logger's panic stays there.
        shielded(|| match held {
            0 => log::warn!(target: TARGET, "{what}"),
            n => log::warn!(target: TARGET, "{what} (and {n} messages like it before)"),
        });
    }
}

fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX - PAUSE)
}

/// Runs code of others (an emitter, an observer, a `Serialize`) whose panic must not become the
/// user's; none where it panicked.
pub fn shielded<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}
