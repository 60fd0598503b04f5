//! The recorder of the process. Sugar: nothing else depends on it.

use super::error::{InitError, InstallError};
use super::{Counters, Recorder, RecorderBuilder};
use crate::env::Env;
use crate::plugin::Plugins;
use crate::report::{TARGET, shielded};
use std::panic::Location;
use std::sync::OnceLock;
use std::time::Duration;

static INSTALLED: OnceLock<Recorder> = OnceLock::new();

#[cfg(any(test, feature = "test-util"))]
thread_local!(static SCOPED: std::cell::RefCell<Option<Recorder>> =
    const { std::cell::RefCell::new(None) });

/// How long a [`Guard`] that is dropped waits for what is ready to be sent.
const SHORT: Duration = Duration::from_secs(1);

/// Configures the process from its environment and starts recording for the service of this name,
/// its node on the service map. Hold the guard until the end of `main`.
///
/// Where the service runs (on ECS, EC2, EKS, Beanstalk) is found out in the background: see
/// [`plugin`](crate::plugin).
///
/// Never fails: a value that is not understood is logged as an error that names the variable, the
/// value and what is accepted, and its setting keeps its default. See [`try_init`] for the strict
/// form and [`Recorder::builder`] for settings in code.
///
/// ```
/// let _xray = xray_core::init("checkout");
/// ```
pub fn init(service: impl Into<String>) -> Guard {
    let builder = from_environment(service);
    let (recorder, problems) = builder.build_leniently();
    for problem in &problems {
        shielded(|| log::error!(target: TARGET, "{problem}; the default is used instead"));
    }
    let Some(recorder) = recorder else {
        return Guard(None);
    };
    recorder.install().unwrap_or_else(|error| {
        shielded(|| log::error!(target: TARGET, "{error}"));
        Guard(None)
    })
}

/// As [`init`], but whatever is not understood is an error.
///
/// # Errors
///
/// If a variable is not understood, no socket can be opened, or there is a recorder already.
pub fn try_init(service: impl Into<String>) -> Result<Guard, InitError> {
    from_environment(service).install()
}

fn from_environment(service: impl Into<String>) -> RecorderBuilder {
    Recorder::builder(service)
        .central_sampling()
        .plugins(Plugins::all())
        .env(Env::system())
}

impl Recorder {
    /// Makes this the recorder of the process.
    ///
    /// # Errors
    ///
    /// If there is one already; this one is given back.
    pub fn install(self) -> Result<Guard, InstallError> {
        INSTALLED.set(self.clone()).map_err(InstallError)?;
        let (version, service) = (env!("CARGO_PKG_VERSION"), self.service());
        let (state, why) = match self.inner().disabled_by {
            _ if self.is_enabled() => ("on", ""),
            Some(variable) => ("off, by ", variable),
            None => ("off, by the code", ""),
        };
        let daemon = self.inner().outlet.describe();
        let plugins = self.inner().host.plugins();
        let sampler = shielded(|| self.inner().sampler.describe()).unwrap_or_default();
        let metrics = self.inner().metrics.as_ref();
        let metrics = metrics.map_or_else(String::new, |m| format!(", metrics to {}", m.to()));
        shielded(|| {
            log::info!(
                target: TARGET,
                "X-Ray SDK for Rust {version}: recording is {state}{why}, for {service:?}, to {daemon}, \
                 sampler {sampler}, plugins {plugins}{metrics}"
            );
        });
        Ok(Guard(Some(self)))
    }

    /// The recorder of the process, or of the test that runs here.
    #[must_use]
    pub fn current() -> Option<Recorder> {
        current()
    }
}

#[inline]
pub(crate) fn current() -> Option<Recorder> {
    #[cfg(any(test, feature = "test-util"))]
    if let Some(scoped) = SCOPED.try_with(|s| s.borrow().clone()).ok().flatten() {
        return Some(scoped);
    }
    INSTALLED.get().cloned()
}

/// Puts a recorder before the installed one on this thread; returns what was there.
#[cfg(any(test, feature = "test-util"))]
pub(crate) fn swap_scoped(recorder: Option<Recorder>) -> Option<Recorder> {
    SCOPED.try_with(|s| s.replace(recorder)).ok().flatten()
}

/// Whether there may be a recorder, for whoever need not call anything otherwise.
#[inline]
pub(crate) fn is_any() -> bool {
    cfg!(any(test, feature = "test-util")) || INSTALLED.get().is_some()
}

/// Something was asked for and nothing is open: counted and told of, but silent without a recorder,
/// so that libraries may instrument themselves.
#[cold]
#[inline(never)]
pub(crate) fn missing(what: &str, place: &'static Location<'static>) {
    #[cfg(any(test, feature = "test-util"))]
    if let Some(recorder) = SCOPED.try_with(|s| s.borrow().clone()).ok().flatten() {
        return tell(&recorder, what, place);
    }
    if let Some(recorder) = INSTALLED.get() {
        tell(recorder, what, place);
    }
}

fn tell(recorder: &Recorder, what: &str, place: &'static Location<'static>) {
    if recorder.is_enabled() {
        let inner = recorder.inner();
        Counters::add(&inner.outlet.counters.missing_context, 1);
        inner.missing.at(what, place);
    }
}

/// Holds the recorder of the process; when dropped, waits up to a second for what is ready to be
/// sent, and stops recording.
#[must_use = "recording stops when the guard is dropped: hold it until the end of `main`"]
#[derive(Debug)]
pub struct Guard(Option<Recorder>);

impl Guard {
    /// The recorder, where one was installed.
    #[must_use]
    pub fn recorder(&self) -> Option<&Recorder> {
        self.0.as_ref()
    }

    /// Stops recording, and waits up to `timeout` for what is ready to be sent; false when that was
    /// not enough.
    #[expect(clippy::must_use_candidate, reason = "mostly called for what it does")]
    pub fn shutdown(mut self, timeout: Duration) -> bool {
        self.0.take().is_none_or(|r| r.shutdown(timeout))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(recorder) = self.0.take() {
            recorder.shutdown(SHORT);
        }
    }
}
