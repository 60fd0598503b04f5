//! Which traces have been counted.

use crate::id::TraceId;
use std::collections::HashMap;
use std::time::Duration;

/// Remembers traces for ten minutes, and no more than 100,000 of them, as the AWS distributions of
/// OpenTelemetry do: a trace with several segments in one process counts once.
///
/// Two maps take turns, so that forgetting costs nothing: what is not in the younger one when they
/// change places is forgotten at the next turn.
#[derive(Debug, Default)]
pub(super) struct Seen {
    young: HashMap<TraceId, Trace>,
    old: HashMap<TraceId, Trace>,
    turned_at: Duration,
}

#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    anomalous: bool,
}

const LIFE: Duration = Duration::from_secs(600);
const MOST: usize = 100_000;

/// What is new about a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) trace: bool,
    pub(super) anomaly: bool,
}

impl Seen {
    pub(super) fn see(&mut self, id: TraceId, anomalous: bool, now: Duration) -> News {
        let age = now.saturating_sub(self.turned_at);
        if age >= LIFE || self.young.len() >= MOST / 2 {
            self.old = std::mem::take(&mut self.young);
            self.turned_at = now;
            // Nothing was seen in between.
            if age >= 2 * LIFE {
                self.old = HashMap::new();
            }
        }
        let known = self.young.get(&id).or_else(|| self.old.get(&id)).copied();
        let before = known.unwrap_or_default();
        let anomalous = anomalous || before.anomalous;
        self.young.insert(id, Trace { anomalous });
        News {
            trace: known.is_none(),
            anomaly: anomalous && !before.anomalous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> TraceId {
        TraceId::from_u128(n as u128 + 1).unwrap()
    }

    const fn news(trace: bool, anomaly: bool) -> News {
        News { trace, anomaly }
    }

    #[test]
    fn a_trace_and_its_anomaly_are_news_once() {
        let mut seen = Seen::default();
        let now = Duration::from_secs(1_000);
        assert_eq!(seen.see(id(1), false, now), news(true, false));
        assert_eq!(seen.see(id(1), true, now), news(false, true));
        assert_eq!(seen.see(id(1), true, now), news(false, false));
        assert_eq!(seen.see(id(2), true, now), news(true, true));
    }

    #[test]
    fn a_trace_is_remembered_for_ten_minutes_at_least() {
        let mut seen = Seen::default();
        let at = Duration::from_secs;
        seen.see(id(1), true, at(1_000));
        assert_eq!(seen.see(id(1), true, at(1_599)), news(false, false));
        // Twice over, and nothing is left.
        assert_eq!(seen.see(id(1), true, at(3_000)), news(true, true));
    }

    #[test]
    fn no_more_are_kept_than_fit() {
        let mut seen = Seen::default();
        for n in 0..3 * MOST {
            seen.see(id(n), false, Duration::from_secs(1_000));
            assert!(seen.young.len() + seen.old.len() <= MOST);
        }
        let last = seen.see(id(3 * MOST - 1), false, Duration::from_secs(1_000));
        assert_eq!(last, news(false, false));
    }
}
