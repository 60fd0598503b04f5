//! The recorder: what segments are started with, and the one way out for everything recorded.

mod builder;
mod choice;
mod error;
mod global;
mod missing;
mod naming;
mod outlet;
mod queue;
mod settings;
mod stats;
mod sweep;
#[cfg(test)]
mod tests;

pub use builder::RecorderBuilder;
pub use error::{InitError, InstallError};
pub use global::{Guard, init, try_init};
pub use missing::ContextMissing;
pub use naming::Naming;
pub use stats::Stats;

#[cfg(any(test, feature = "test-util"))]
pub(crate) use global::swap_scoped;
pub(crate) use global::{current as current_recorder, is_any, missing};
pub(crate) use outlet::Outlet;
pub(crate) use stats::Counters;

use crate::clock::Time;
use crate::id::Ids;
use crate::metrics;
use crate::observer::Observer;
use crate::plugin::Host;
use crate::pool;
use crate::redact::{Redact, Sensitive};
use crate::sampling::{Adaptive, Sampler};
use crate::trace::Trace;
use crate::tree::{Streaming, Tree};
use queue::Queue;
use std::borrow::Cow;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

pub(crate) struct Inner {
    pub(crate) service: Box<str>,
    pub(crate) naming: Naming,
    pub(crate) sampler: Box<dyn Sampler>,
    pub(crate) time: Time,
    pub(crate) ids: Ids,
    pub(crate) streaming: Streaming,
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) host: Arc<Host>,
    pub(crate) observers: Vec<Box<dyn Observer>>,
    metrics: Option<metrics::Running>,
    /// Which segments are sent though they were not sampled.
    pub(crate) capture: Option<Adaptive>,
    pub(crate) redact: Option<Box<dyn Redact>>,
    pub(crate) missing: missing::Missing,
    pub(crate) on_lambda: bool,
    enabled: AtomicBool,
    disabled_by: Option<&'static str>,
    closed: AtomicBool,
    queue: Option<Queue>,
    in_progress: Option<Duration>,
    watched: Mutex<Vec<Weak<Trace>>>,
}

// Nothing of ours is half done when the user's code panics.
impl UnwindSafe for Inner {}
impl RefUnwindSafe for Inner {}

/// Starts segments and sends them. A handle: clones share everything.
///
/// Services install one for the process with [`init`]; tests, and programs that speak for several
/// services, hold their own.
///
/// ```
/// # #[cfg(any(test, feature = "test-util"))] {
/// use xray_core::{Recorder, sampling, test_util::MemoryEmitter};
///
/// let emitter = MemoryEmitter::new();
/// let recorder = Recorder::builder("batch")
///     .emitter(emitter.clone())
///     .sampler(sampling::Always)
///     .build()?;
///
/// let segment = recorder.segment("batch").user("ops").start();
/// segment.subsegment("upload").end();
/// segment.end();
///
/// assert_eq!(emitter.tree(), "batch user=ops\n  upload\n");
/// # }
/// # Ok::<(), xray_core::InitError>(())
/// ```
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

impl Inner {
    /// Whether a segment that begins now is of interest though it is not sampled.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        // A panic of an observer's must not become that of whoever begins a segment.
        let listens = |o: &dyn Observer| crate::report::shielded(|| o.listens()) == Some(true);
        self.capture.is_some() || self.observers.iter().any(|o| listens(&**o))
    }
}

impl Recorder {
    /// A recorder to be configured, for the service of this name: its node on the service map.
    ///
    /// What is not set has its default; the process's environment is not read, but see
    /// [`RecorderBuilder::env`].
    pub fn builder(service: impl Into<String>) -> RecorderBuilder {
        RecorderBuilder::new(service.into())
    }

    #[inline]
    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The name of the service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// What a segment is called that serves a request to `host`, by the recorder's [`Naming`].
    #[must_use]
    pub fn name_for<'a>(&'a self, host: Option<&'a str>) -> Cow<'a, str> {
        self.0.naming.name(host)
    }

    /// The kind of host the service runs on (`AWS::ECS::Container`, …), as code says it or as
    /// [plugins](crate::plugin) have found it by now.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.0.host.here().origin.as_deref()
    }

    /// Waits until the [plugins](crate::plugin) have found out where the service runs, or have failed;
    /// false when that took longer. For programs that are over sooner than that, and for tests.
    ///
    /// Blocks for up to `timeout`.
    #[expect(clippy::must_use_candidate, reason = "mostly called for what it does")]
    pub fn wait_for_plugins(&self, timeout: Duration) -> bool {
        self.0.host.wait(timeout)
    }

    /// Counters up to now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.outlet.counters.read()
    }

    /// Whether new segments are recorded.
    #[inline]
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.0.enabled.load(Relaxed)
    }

    /// Stops recording, or goes on with it. Segments already open are still sent; new ones are as
    /// if nothing was installed.
    ///
    /// A recorder that was switched off when it was built never asks for the rules in X-Ray: switched
    /// on later, it records one request per second and 5 %.
    pub fn set_enabled(&self, enabled: bool) {
        self.0.enabled.store(enabled, SeqCst);
        // Looked at afterwards: a shutdown at the same time has the last word.
        if self.0.closed.load(SeqCst) {
            self.0.enabled.store(false, SeqCst);
        }
    }

    /// Whether the platform opens the segments (AWS Lambda), so that services must not.
    #[must_use]
    pub fn on_lambda(&self) -> bool {
        self.0.on_lambda
    }

    /// Waits until everything that has ended was handed to the kernel or the emitter's sink; false
    /// when that took longer. Without a queue there is nothing to wait for.
    ///
    /// Blocks for up to `timeout`.
    #[expect(clippy::must_use_candidate, reason = "mostly called for what it does")]
    pub fn flush(&self, timeout: Duration) -> bool {
        let until = Instant::now().checked_add(timeout);
        let flushed = self.0.queue.as_ref().is_none_or(|q| q.flush(timeout));
        let left = until.map_or(timeout, |u| u.saturating_duration_since(Instant::now()));
        flushed && crate::report::shielded(|| self.0.outlet.emitter.flush(left)).unwrap_or(false)
    }

    /// Stops recording for good, and sends what is ready: segments still open as `in_progress` where
    /// that is configured, then the queue, the last report on sampling and the metrics; false when that took longer than `timeout`. Segments that
    /// end later are sent as they end, or counted as lost where the emitter may block.
    ///
    /// Blocks for up to `timeout`.
    #[expect(clippy::must_use_candidate, reason = "mostly called for what it does")]
    pub fn shutdown(&self, timeout: Duration) -> bool {
        let until = Instant::now().checked_add(timeout);
        if self.0.closed.swap(true, SeqCst) {
            return true;
        }
        self.0.enabled.store(false, SeqCst);
        self.sweep_all(Duration::ZERO);
        let left = || until.map_or(timeout, |u| u.saturating_duration_since(Instant::now()));
        if let Some(queue) = &self.0.queue {
            // What ends meanwhile is still taken. Only what is taken before the end is waited for,
            // so once more after that.
            queue.flush(left());
            queue.close();
        }
        let flushed = self.flush(left());
        // They know of everything before, and are written while the last report waits for a daemon
        // that may not answer: it must not take the time that they need.
        let metrics = self
            .0
            .metrics
            .as_ref()
            .map(|metrics| (metrics, metrics.ask()));
        crate::report::shielded(|| self.0.sampler.shutdown(left()));
        metrics.is_none_or(|(metrics, asked)| metrics.written(asked, left())) && flushed
    }

    /// Writes what [metrics](RecorderBuilder::metrics) there are so far, without waiting for the end
    /// of the minute; false when that took longer, or some could not be written. Without metrics
    /// there is nothing to do.
    ///
    /// For platforms that stop the process when nothing is asked of it: call it at the end of each
    /// invocation. Blocks for up to `timeout`.
    #[expect(clippy::must_use_candidate, reason = "mostly called for what it does")]
    pub fn flush_metrics(&self, timeout: Duration) -> bool {
        let metrics = self.0.metrics.as_ref();
        metrics.is_none_or(|metrics| metrics.written(metrics.ask(), timeout))
    }

    /// The one way out: on this thread, or through the queue, and on this thread if that is full.
    #[inline]
    pub(crate) fn deliver(&self, tree: Box<Tree>) {
        match &self.0.queue {
            None => self.send_here(tree),
            Some(queue) => {
                if let Err(tree) = queue.push(tree) {
                    self.queue_refused(tree);
                }
            }
        }
    }

    #[cold]
    fn queue_refused(&self, mut tree: Box<Tree>) {
        if self.0.outlet.may_block {
            self.0.outlet.lose(std::slice::from_mut(&mut tree));
            pool::give(tree);
        } else {
            Counters::add(&self.0.outlet.counters.queue_full, 1);
            self.send_here(tree);
        }
    }

    #[inline]
    fn send_here(&self, mut tree: Box<Tree>) {
        self.0.outlet.send(std::slice::from_mut(&mut tree));
        pool::give(tree);
    }

    /// Takes back a tree that is not sent.
    pub(crate) fn forget(&self, mut tree: Box<Tree>) {
        self.0.outlet.discharge(&mut tree);
        pool::give(tree);
    }

    pub(crate) fn deliver_in_progress(&self, copy: Box<Tree>) {
        Counters::add(&self.0.outlet.counters.in_progress, 1);
        self.deliver(copy);
    }
}

impl Recorder {
    /// What is recorded instead of a text; itself where there is no hook. A hook that panics has
    /// withheld it.
    #[inline]
    pub(crate) fn redacted<'a>(&self, kind: Sensitive<'_>, text: &'a str) -> Option<Cow<'a, str>> {
        match &self.inner().redact {
            None => Some(Cow::Borrowed(text)),
            Some(hook) => crate::report::shielded(|| hook.redact(kind, text)).flatten(),
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("service", &self.0.service)
            .field("enabled", &self.is_enabled())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
