//! Time: read once against the wall clock per segment, then only forwards.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time, replaced in tests.
///
/// Called while segments and subsegments start and end; it must not call back into this crate.
pub trait Clock: Send + Sync + 'static {
    /// Nanoseconds since the epoch; must not go backwards.
    fn nanos(&self) -> u64;
}

#[derive(Clone, Default)]
pub(crate) enum Time {
    #[default]
    System,
    Given(Arc<dyn Clock>),
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Time::System => "System",
            Time::Given(_) => "Given",
        })
    }
}

impl Time {
    /// Nanoseconds since the epoch.
    #[inline]
    pub(crate) fn nanos(&self) -> u64 {
        match self {
            Time::System => since_epoch(SystemTime::now()),
            Time::Given(clock) => clock.nanos(),
        }
    }

    /// The anchor of a segment that begins at a wall-clock reading just taken.
    #[inline]
    pub(crate) fn anchor(&self, nanos: u64) -> Anchor {
        Anchor {
            nanos,
            source: match self {
                Time::System => Source::Instant(Instant::now()),
                Time::Given(clock) => Source::Given(clock.clone()),
            },
        }
    }
}

/// One wall-clock reading and one monotonic one, taken together: a clock step during a trace cannot
/// make a child begin before its parent.
pub(crate) struct Anchor {
    nanos: u64,
    source: Source,
}

enum Source {
    Instant(Instant),
    Given(Arc<dyn Clock>),
}

impl Anchor {
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        match &self.source {
            // No process runs for so long that this would wrap.
            Source::Instant(instant) => self.nanos + instant.elapsed().as_nanos() as u64,
            Source::Given(clock) => clock.nanos(),
        }
    }
}

/// Zero for times before the epoch, the last that a document can show for those after it.
#[inline]
pub(crate) fn since_epoch(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    whole(since).min(crate::json::LAST_NANOS)
}

#[inline]
fn whole(d: Duration) -> u64 {
    d.as_secs()
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::from(d.subsec_nanos()))
}
