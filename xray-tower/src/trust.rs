//! How far callers are believed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use xray_core::{Decision, TraceHeader};

/// How far a caller's trace header is believed.
///
/// Whoever may send requests may also send headers: `Root` puts a request into any trace, and
/// `Sampled=1` has it recorded, which costs money. Within one's own network that is what makes
/// traces whole.
///
/// Whatever is not believed is as if the header did not say it, and the recorder's sampler decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The trace is continued and the caller's decision obeyed, as in all official SDKs.
    #[default]
    Continue,
    /// As [`Continue`](Self::Continue), but only so many requests per second are recorded because
    /// their callers say so.
    UpTo(u32),
    /// The trace is continued, and recorded only if this service decides so; `Sampled=0` is obeyed.
    TraceOnly,
    /// Nothing: each request begins a trace of its own, whose sampling is decided here.
    Nothing,
}

impl Trust {
    /// What is left of a header.
    pub(crate) fn apply(
        self,
        header: TraceHeader,
        taken: &Taken,
        now: impl FnOnce() -> Duration,
    ) -> TraceHeader {
        let asks = header.decision() == Decision::Sampled;
        let most = match self {
            Self::Continue => return header,
            Self::Nothing => return TraceHeader::default(),
            Self::UpTo(most) => most,
            Self::TraceOnly => 0,
        };
        if asks && (most == 0 || !taken.take(now(), most)) {
            return header.with_decision(Decision::Absent);
        }
        header
    }
}

/// How many were obeyed in which second: seconds in the upper half, the number in the lower.
#[derive(Debug, Default)]
pub(crate) struct Taken(AtomicU64);

impl Taken {
    fn take(&self, now: Duration, most: u32) -> bool {
        let second = now.as_secs() & u64::from(u32::MAX);
        let next = |state: u64| {
            let used = if state >> 32 == second {
                state & u64::from(u32::MAX)
            } else {
                0
            };
            (used < u64::from(most)).then_some(second << 32 | (used + 1))
        };
        self.0.fetch_update(Relaxed, Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a";

    fn left(trust: Trust, decision: &str) -> String {
        let header = TraceHeader::parse(&format!("{ROOT};Sampled={decision};Lineage=a:1:2"));
        let header = trust.apply(header, &Taken::default(), || Duration::ZERO);
        header.to_string()
    }

    #[test]
    fn continuing_leaves_everything() {
        for decision in ["0", "1", "?"] {
            let all = format!("{ROOT};Sampled={decision};Lineage=a:1:2");
            assert_eq!(left(Trust::Continue, decision), all);
        }
    }

    #[test]
    fn the_trace_alone_leaves_everything_but_the_wish_to_be_recorded() {
        let all = |decision| format!("{ROOT};Sampled={decision};Lineage=a:1:2");
        assert_eq!(left(Trust::TraceOnly, "0"), all("0"));
        assert_eq!(left(Trust::TraceOnly, "?"), all("?"));
        assert_eq!(left(Trust::TraceOnly, "1"), format!("{ROOT};Lineage=a:1:2"));
    }

    #[test]
    fn nothing_leaves_nothing() {
        for decision in ["0", "1", "?"] {
            assert_eq!(left(Trust::Nothing, decision), "");
        }
    }

    #[test]
    fn a_second_has_its_number() {
        let taken = Taken::default();
        let take = |millis, most| taken.take(Duration::from_millis(millis), most);
        assert!(take(1000, 2) && take(1999, 2));
        assert!(!take(1999, 2) && !take(1000, 2));
        assert!(take(2000, 2) && take(2000, 2) && !take(2000, 2));
        assert!(!take(2000, 0) && take(2000, 3));
    }
}
