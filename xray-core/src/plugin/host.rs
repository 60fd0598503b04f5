//! What documents and samplers know of the place: at first what code says, later what plugins found.

use super::found::Found;
use super::logs::{self, LogGroup};
use super::{Plugins, resolve};
use crate::document::Service;
use crate::env::Env;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// The place as it is known. It is read where segments begin and where documents are written, so
/// that what plugins find is put beside what was known before, and nothing is ever replaced.
#[derive(Debug)]
pub(crate) struct Host {
    told: Told,
    plugins: String,
    at_first: Here,
    /// Without EC2, whose metadata service lets containers wait in vain.
    early: OnceLock<Here>,
    found: OnceLock<Here>,
    asking: Mutex<bool>,
    done: Condvar,
}

/// What nobody has to find out.
#[derive(Debug)]
struct Told {
    version: Option<String>,
    /// By code; then nothing that is found changes it.
    origin: Option<String>,
    /// By the environment; then nothing that is found adds to them.
    groups: Vec<LogGroup>,
}

/// What is said of the place.
#[derive(Debug)]
pub(crate) struct Here {
    pub(crate) service: Service,
    pub(crate) origin: Option<Box<str>>,
    /// The ARN of the container.
    pub(crate) resource: Option<Box<str>>,
}

impl Host {
    /// Knows what code and environment say, and asks the plugins for the rest, on a thread of its own.
    pub(crate) fn start(
        version: Option<String>,
        origin: Option<String>,
        mut plugins: Plugins,
    ) -> Arc<Self> {
        let env = match plugins.env.take() {
            None if plugins.any() => Env::system(),
            env => env.unwrap_or_default(),
        };
        let plugins = plugins.here(&env);
        let told = Told {
            version,
            origin,
            groups: logs::of_env(&env),
        };
        let host = Arc::new(Self {
            at_first: told.with(&Found::default()),
            told,
            plugins: plugins.describe(),
            early: OnceLock::new(),
            found: OnceLock::new(),
            asking: Mutex::new(false),
            done: Condvar::new(),
        });
        if plugins.any() {
            host.ask(plugins, env);
        } else {
            host.learn(&Found::default());
        }
        host
    }

    fn ask(self: &Arc<Self>, plugins: Plugins, env: Env) {
        *self.asking.lock().unwrap_or_else(PoisonError::into_inner) = true;
        let asking = Asking(self.clone());
        let work = move || {
            resolve::resolve(&plugins, &env, &asking.0);
            drop(asking);
        };
        let thread = thread::Builder::new().name("xray-plugins".to_owned());
        // Where there is no thread, the closure is dropped and with it the one who asks.
        if let Err(error) = thread.spawn(work) {
            resolve::tell(
                log::Level::Warn,
                format_args!(
                    "no thread to find out where this runs ({error}): segments do not say it"
                ),
            );
        }
    }

    /// What is known by now.
    #[inline]
    pub(crate) fn here(&self) -> &Here {
        match self.found.get() {
            Some(here) => here,
            None => self.not_yet(),
        }
    }

    #[cold]
    #[inline(never)]
    fn not_yet(&self) -> &Here {
        self.early.get().unwrap_or(&self.at_first)
    }

    /// The plugins that are tried, or `none`.
    pub(crate) fn plugins(&self) -> &str {
        &self.plugins
    }

    /// Waits until all plugins have answered or failed; false when that took longer.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.done.wait_timeout_while(asking, timeout, |a| *a);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn learn_early(&self, found: &Found) {
        let _ = self.early.set(self.told.with(found));
    }

    pub(super) fn learn(&self, found: &Found) {
        let _ = self.found.set(self.told.with(found));
    }
}

impl Told {
    fn with(&self, found: &Found) -> Here {
        let origin = self.origin.as_deref().or(found.origin());
        let aws = found.write(&self.groups);
        Here {
            service: Service::new(self.version.as_deref(), origin, &aws),
            origin: origin.filter(|o| !o.is_empty()).map(Into::into),
            resource: found.resource.as_deref().map(Into::into),
        }
    }
}

/// Held while plugins are asked: whoever waits is told when that is over, however it ended.
struct Asking(Arc<Host>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut asking = self.0.asking.lock().unwrap_or_else(PoisonError::into_inner);
        *asking = false;
        self.0.done.notify_all();
    }
}
