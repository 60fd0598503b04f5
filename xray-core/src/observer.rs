//! Who hears of every segment that ends, sampled or not.

use crate::id::TraceId;
use std::time::Duration;

/// Hears of every segment that ends, sampled or not: metrics and anomaly detection hang on it.
///
/// Called on the thread that ends the segment, after it has ended and before it is sent; it must
/// neither block nor panic. Without observers nothing is kept for them.
pub trait Observer: Send + Sync + 'static {
    /// A segment has ended.
    fn ended(&self, ended: &Ended<'_>);

    /// Whether it wants to hear of a segment that begins now. Asked where each begins, so it must be
    /// a matter of nanoseconds; while nobody listens, a segment that is not sampled leaves nothing
    /// behind.
    fn listens(&self) -> bool {
        true
    }
}

/// A segment that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ended<'a> {
    /// The segment's name: the service on the map.
    pub name: &'a str,
    /// What was asked of the service (`GET /orders/{id}`), where somebody said so.
    pub operation: Option<&'a str>,
    /// The HTTP method, where there was one.
    pub method: Option<&'a str>,
    /// The sampling rule that decided, where one did.
    pub rule: Option<&'a str>,
    /// The trace.
    pub trace_id: TraceId,
    /// Whether it is recorded.
    pub sampled: bool,
    /// When it began, since the epoch.
    pub start: Duration,
    /// When it ended, since the epoch.
    pub end: Duration,
    /// The status of the HTTP response, where there was one.
    pub status: Option<u16>,
    /// The caller's doing (4xx).
    pub error: bool,
    /// The service's doing (5xx, a panic).
    pub fault: bool,
    /// Turned away for its rate (429).
    pub throttle: bool,
}
