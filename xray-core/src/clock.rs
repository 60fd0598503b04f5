//! Time: read once against the wall clock per segment, then only forwards.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
            Time::System => system::wall(),
            Time::Given(clock) => given(&**clock),
        }
    }

    /// As [`nanos`](Self::nanos), but the system's may be some milliseconds old: enough for the
    /// seconds that sampling and trace ids count in, at a fifth of the price.
    #[inline]
    pub(crate) fn roughly(&self) -> u64 {
        match self {
            Time::System => system::coarse(),
            Time::Given(clock) => given(&**clock),
        }
    }

    /// The exact time, after [`roughly`](Self::roughly) was asked.
    #[inline]
    pub(crate) fn exactly(&self, roughly: u64) -> u64 {
        match self {
            Time::System => system::wall(),
            Time::Given(_) => roughly,
        }
    }

    /// The anchor of a segment that begins at a wall-clock reading just taken.
    #[inline]
    pub(crate) fn anchor(&self, nanos: u64) -> Anchor {
        Anchor {
            nanos,
            source: match self {
                Time::System => Source::System(system::monotonic()),
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
    System(u64),
    Given(Arc<dyn Clock>),
}

impl Anchor {
    /// Of nothing that has begun.
    pub(crate) fn idle() -> Self {
        Self {
            nanos: 0,
            source: Source::System(0),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        match &self.source {
            Source::System(begun) => self.nanos + system::monotonic().saturating_sub(*begun),
            Source::Given(clock) => given(&**clock),
        }
    }
}

/// It is asked where segments end, in destructors, too: its panic must not become the user's. No
/// further than a document can show, as the system's: times can be reckoned with then.
#[inline(never)]
fn given(clock: &dyn Clock) -> u64 {
    let nanos = crate::report::shielded(|| clock.nanos());
    nanos.map_or_else(system::wall, |n| n.min(crate::json::LAST_NANOS))
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

/// The system's clocks, in nanoseconds. Std's types check and normalise what the kernel has said,
/// which takes as long again as asking.
#[cfg(target_os = "linux")]
mod system {
    use rustix::time::{ClockId, clock_gettime};

    #[inline]
    fn read(clock: ClockId) -> u64 {
        let time = clock_gettime(clock);
        // Neither clock stands before its epoch, and 64 bits last until the year 2554.
        (time.tv_sec as u64)
            .wrapping_mul(1_000_000_000)
            .wrapping_add(time.tv_nsec as u64)
    }

    #[inline]
    pub(super) fn wall() -> u64 {
        read(ClockId::Realtime).min(crate::json::LAST_NANOS)
    }

    /// As of the last tick of the kernel's: the hardware's counter is not read.
    #[inline]
    pub(super) fn coarse() -> u64 {
        read(ClockId::RealtimeCoarse).min(crate::json::LAST_NANOS)
    }

    #[inline]
    pub(super) fn monotonic() -> u64 {
        read(ClockId::Monotonic)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::OnceLock;
    use std::time::{Instant, SystemTime};

    #[inline]
    pub(super) fn wall() -> u64 {
        super::since_epoch(SystemTime::now())
    }

    #[inline]
    pub(super) fn coarse() -> u64 {
        wall()
    }

    #[inline]
    pub(super) fn monotonic() -> u64 {
        static START: OnceLock<Instant> = OnceLock::new();
        super::whole(START.get_or_init(Instant::now).elapsed())
    }
}
