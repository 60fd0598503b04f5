//! Who hears of every segment that ends, sampled or not.

use crate::id::TraceId;
use std::time::Duration;

/// Hears of every segment that ends, sampled or not: metrics and anomaly detection hang on it.
///
/// Called on the thread that ends the segment, after it has ended and before it is sent; it must
/// neither block nor panic. Without observers nothing is kept for them.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// use xray_core::{Ended, Observer, Recorder, sampling::Never};
///
/// struct Faults(Arc<AtomicU64>);
///
/// impl Observer for Faults {
///     fn ended(&self, segment: &Ended<'_>) {
///         self.0.fetch_add(segment.fault.into(), Relaxed);
///     }
/// }
///
/// let faults = Arc::new(AtomicU64::new(0));
/// let recorder = Recorder::builder("shop").sampler(Never);
/// let recorder = recorder.observer(Faults(faults.clone())).build()?;
/// let segment = recorder.segment("shop").start();
/// segment.mark_fault();
/// segment.end();
/// assert_eq!(faults.load(Relaxed), 1);
/// # Ok::<(), xray_core::InitError>(())
/// ```
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
