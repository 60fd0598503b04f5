//! What happens where something is recorded and nothing is open.

use crate::report::{TARGET, shielded};
use std::collections::HashSet;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What happens where something is recorded and nothing is open
/// (`AWS_XRAY_CONTEXT_MISSING`, an X-Ray term of all official SDKs).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContextMissing {
    /// An error in the log, once for each place in the code. The default.
    #[default]
    Log,
    /// Nothing, but it is counted.
    Ignore,
    /// A panic, for tests: only code can choose it, and never the environment. Not while another
    /// panic unwinds, and not where an integration asks: these look first whether the context
    /// [is missing](crate::Context::is_missing), and then open nothing, which is not counted either.
    Panic,
}

/// The strategy, and where it has spoken already.
#[derive(Debug)]
pub(crate) struct Missing {
    strategy: ContextMissing,
    said: Mutex<HashSet<(&'static str, u32, u32)>>,
    /// Some of the places that there is nothing more to say about, by their address: code that runs
    /// without a context runs often, and must not queue for the lock.
    lately: [AtomicPtr<Location<'static>>; 64],
}

/// How many places are spoken of; a program that has more has been told enough.
const MOST: usize = 256;

impl Missing {
    pub(super) fn new(strategy: ContextMissing) -> Self {
        Self {
            strategy,
            said: Mutex::default(),
            lately: [const { AtomicPtr::new(ptr::null_mut()) }; 64],
        }
    }

    /// Speaks of one place, once.
    #[cold]
    #[track_caller]
    pub(crate) fn at(&self, what: &str, place: &'static Location<'static>) {
        match self.strategy {
            ContextMissing::Ignore => {}
            ContextMissing::Log => {
                let here = ptr::from_ref(place).cast_mut();
                let lately = &self.lately[here.addr() / align_of_val(place) % self.lately.len()];
                if lately.load(Relaxed) == here {
                    return;
                }
                lately.store(here, Relaxed);
                let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
                let key = (place.file(), place.line(), place.column());
                let first = said.len() < MOST && said.insert(key);
                drop(said);
                if first {
                    shielded(|| {
                        log::error!(
                            target: TARGET,
                            "{what} at {place}, but no segment is open there (said once for each \
                             place; AWS_XRAY_CONTEXT_MISSING=IGNORE_ERROR silences it)"
                        );
                    });
                }
            }
            ContextMissing::Panic if std::thread::panicking() => {}
            ContextMissing::Panic => {
                panic!("{what} at {place}, but no segment is open there")
            }
        }
    }
}
