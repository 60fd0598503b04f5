//! Configures a recorder.

use super::choice::Choice;
use super::error::InitError;
use super::global::Guard;
use super::missing::{ContextMissing, Missing};
use super::naming::Naming;
use super::queue::Queue;
use super::{Inner, InstallError, Outlet, Recorder, settings};
use crate::address::DaemonAddress;
use crate::clock::{Clock, Time};
use crate::emitter::{Emitter, UdpEmitter};
use crate::env::Env;
use crate::id::{IdSource, Ids};
use crate::metrics::{self, Metrics};
use crate::observer::Observer;
use crate::plugin::{Host, Plugins};
use crate::redact::Redact;
use crate::report::{TARGET, shielded};
use crate::sampling::{Adaptive, Sampler};
use crate::tree::Streaming;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// 63 KiB for the whole datagram: below the 64 kB that X-Ray takes, in either reading of it.
const LIMIT: usize = 63 * 1024;
/// What a size limit may be: room for a skeleton, and what UDP carries over IPv4.
pub(super) const SIZES: RangeInclusive<usize> = 1024..=65_507;
pub(super) const SIZES_TEXT: &str = "bytes from 1024 to 65507";
/// As in the SDKs for Java and Node.
const STREAMING_THRESHOLD: u32 = 100;
const STREAMING_BYTES: usize = 64 * 1024;
const BUDGET: usize = 64 * 1024 * 1024;
/// Traces that wait for an emitter that blocks, where nothing else is said.
const QUEUE: usize = 1024;

/// Configures a [`Recorder`]: see [`Recorder::builder`].
#[must_use = "a recorder is made by `build`"]
pub struct RecorderBuilder {
    pub(super) service: String,
    pub(super) naming: Option<Naming>,
    pub(super) version: Option<String>,
    origin: Option<String>,
    pub(super) plugins: Plugins,
    emitter: Option<Box<dyn Emitter>>,
    pub(super) daemon: Option<DaemonAddress>,
    pub(super) sampler: Choice,
    pub(super) adaptive: Adaptive,
    pub(super) capture: Option<Adaptive>,
    time: Time,
    ids: Ids,
    pub(super) streaming: Streaming,
    pub(super) limit: usize,
    pub(super) budget: usize,
    pub(super) queue: Option<usize>,
    pub(super) in_progress: Option<Duration>,
    pub(super) context_missing: ContextMissing,
    pub(super) enabled: bool,
    /// The variable that has switched recording off.
    pub(super) disabled_by: Option<&'static str>,
    pub(super) on_lambda: bool,
    observers: Vec<Box<dyn Observer>>,
    pub(super) metrics: Option<Metrics>,
    redact: Option<Box<dyn Redact>>,
    env: Option<Env>,
    pub(super) problems: Vec<InitError>,
}

impl RecorderBuilder {
    pub(super) fn new(service: String) -> Self {
        Self {
            service,
            naming: None,
            version: None,
            origin: None,
            plugins: Plugins::none(),
            emitter: None,
            daemon: None,
            sampler: Choice::Builtin,
            adaptive: Adaptive::new(),
            capture: None,
            time: Time::System,
            ids: Ids::System,
            streaming: Streaming {
                count: STREAMING_THRESHOLD,
                bytes: STREAMING_BYTES,
            },
            limit: LIMIT,
            budget: BUDGET,
            queue: None,
            in_progress: None,
            context_missing: ContextMissing::Log,
            enabled: true,
            disabled_by: None,
            on_lambda: false,
            observers: Vec::new(),
            metrics: None,
            redact: None,
            env: None,
            problems: Vec::new(),
        }
    }

    /// Lets these environment variables win over what code says. Without it the environment is not
    /// read; [`init`](super::init) gives the process's.
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self
    }

    /// Where documents go, instead of over UDP to the daemon.
    pub fn emitter(mut self, emitter: impl Emitter) -> Self {
        self.emitter = Some(Box::new(emitter));
        self
    }

    /// Where the daemon listens; `127.0.0.1:2000` unless set.
    pub fn daemon_address(mut self, address: DaemonAddress) -> Self {
        self.daemon = Some(address);
        self
    }

    /// Which segments are recorded where the caller's header does not say; one per second and 5 %
    /// unless set. See also [`central_sampling`](Self::central_sampling).
    pub fn sampler(mut self, sampler: impl Sampler) -> Self {
        self.sampler = Choice::Given(Box::new(sampler));
        self
    }

    /// Samples by the rules that are set in X-Ray, asked for at the daemon's TCP port, as
    /// [`init`](super::init) does; one per second and 5 % until the first have arrived.
    pub fn central_sampling(mut self) -> Self {
        self.sampler = Choice::Central;
        self
    }

    /// Sends segments that were not sampled and turn out to be anomalies all the same, without their
    /// subsegments; off unless set.
    ///
    /// Every segment that is not sampled is then kept until it ends, which takes time but, once a few
    /// were kept, no allocation.
    pub fn capture_anomalies(mut self, anomalies: Adaptive) -> Self {
        self.capture = Some(anomalies);
        self
    }

    /// What segments are called; the service's name unless set.
    pub fn naming(mut self, naming: Naming) -> Self {
        self.naming = Some(naming);
        self
    }

    /// The version of the service, as documents show it (`service.version`).
    pub fn service_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The kind of host the service runs on (`AWS::ECS::Container`, …), which the service map shows
    /// and sampling rules may ask for; what [plugins](crate::plugin) find unless set.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Finds out where the service runs, in the background; not so unless set, but
    /// [`init`](super::init) has [all](Plugins::all).
    pub fn plugins(mut self, plugins: Plugins) -> Self {
        self.plugins = plugins;
        self
    }

    /// What happens where something is recorded and nothing is open.
    pub fn context_missing(mut self, strategy: ContextMissing) -> Self {
        self.context_missing = strategy;
        self
    }

    /// How many ended subsegments wait in a segment that is still open before the oldest are sent
    /// ahead; 100 unless set, and never more than 64 KiB of them.
    pub fn streaming_threshold(mut self, subsegments: u32) -> Self {
        self.streaming.count = subsegments;
        self
    }

    /// How many bytes of ended subsegments wait in a segment that is still open; 64 KiB unless set.
    pub fn streaming_bytes(mut self, bytes: usize) -> Self {
        self.streaming.bytes = bytes;
        self
    }

    /// The largest datagram, header line included: from 1,024 to 65,507 bytes, 64,512 unless set.
    pub fn size_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// How many bytes all open and queued data may take; 64 MiB unless set. Beyond it segments and
    /// subsegments are still recorded, but nothing is added to them.
    pub fn memory_budget(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Serialise and send on a thread of its own, which may lag behind by so many traces; beyond
    /// that the thread that ends a segment sends it.
    ///
    /// Worth it where a few microseconds at the end of a request are too many. Emitters that block
    /// have a queue without asking.
    pub fn queue(mut self, traces: usize) -> Self {
        self.queue = Some(traces.max(1));
        self
    }

    /// Send a segment that has been open for so long as it is, and again when it has ended; off
    /// unless set. X-Ray then shows requests that hang.
    pub fn in_progress_after(mut self, after: Duration) -> Self {
        self.in_progress = Some(after);
        self
    }

    /// Somebody who hears of every segment that ends, sampled or not. There may be several.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Writes metrics of each operation, which count every segment, sampled or not; off unless set.
    ///
    /// Nothing is counted while recording is switched off, and a recorder that is switched off when
    /// it is built has no metrics later on.
    ///
    /// A segment that is not sampled is then kept until it ends, which takes time but, once a few were
    /// kept, no allocation.
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Changes or withholds text before it is written.
    pub fn redact(mut self, redact: impl Redact) -> Self {
        self.redact = Some(Box::new(redact));
        self
    }

    /// Whether segments are recorded; they are unless set.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Replaces the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.time = Time::Given(Arc::new(clock));
        self
    }

    /// Replaces the system's random numbers.
    pub fn ids(mut self, ids: impl IdSource) -> Self {
        self.ids = Ids::Given(Arc::new(ids));
        self
    }

    /// The recorder.
    ///
    /// # Errors
    ///
    /// If a setting or an environment variable given by [`env`](Self::env) is not understood, or no
    /// socket can be opened. A daemon that is absent or a host name that is unknown is no error.
    pub fn build(mut self) -> Result<Recorder, InitError> {
        self.read_env();
        match std::mem::take(&mut self.problems).into_iter().next() {
            Some(first) => Err(first),
            None => self.assemble(),
        }
    }

    /// The recorder for the process: [`segment`](crate::segment()) and the functions on the current
    /// context use it from now on.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and if there is one already.
    pub fn install(self) -> Result<Guard, InitError> {
        let installed = self.build()?.install();
        installed.map_err(|InstallError(_)| InitError::AlreadyInstalled)
    }

    /// As [`build`](Self::build), but everything that is not understood keeps its default, and is
    /// told of.
    pub(super) fn build_leniently(mut self) -> (Option<Recorder>, Vec<InitError>) {
        self.read_env();
        let mut problems = std::mem::take(&mut self.problems);
        match self.assemble() {
            Ok(recorder) => (Some(recorder), problems),
            Err(problem) => {
                problems.push(problem);
                (None, problems)
            }
        }
    }

    fn read_env(&mut self) {
        if !SIZES.contains(&self.limit) {
            let value = self.limit.to_string();
            let problem = InitError::invalid("size limit", &value, SIZES_TEXT);
            self.problems.push(problem);
            self.limit = LIMIT;
        }
        if let Some(env) = self.env.take() {
            settings::apply(self, &env);
        }
        settings::check_metrics(self);
    }

    fn assemble(self) -> Result<Recorder, InitError> {
        let daemon = self.daemon.unwrap_or_default();
        let emitter = match self.emitter {
            Some(emitter) => emitter,
            None => {
                let udp = UdpEmitter::new(&daemon);
                Box::new(udp.map_err(InitError::Socket)?)
            }
        };
        let mut plugins = self.plugins;
        if !self.enabled {
            // Where nothing is recorded, nobody is asked.
            plugins.choose("none");
        }
        let host = Host::start(self.version, self.origin, plugins);
        let outlet = Arc::new(Outlet::new(emitter, host.clone(), self.limit, self.budget));
        let queue = self.queue.or(outlet.may_block.then_some(QUEUE));
        let queue = queue.map(|most| Queue::start(most, outlet.clone()));
        let (sampler, observer) = self.sampler.sampler(&daemon, self.adaptive, self.enabled);
        let mut observers = self.observers;
        observers.extend(observer);
        let metrics = self.metrics.filter(|_| self.enabled);
        let metrics =
            metrics.and_then(|m| start(m, &self.service, self.time.clone(), outlet.clone()));
        let (metrics, counting) = metrics.unzip();
        observers.extend(counting.map(|c| Box::new(c) as Box<dyn Observer>));
        let sweeping = self
            .in_progress
            .filter(|_| matches!(self.time, Time::System));
        let naming = self.naming;
        let recorder = Recorder(Arc::new(Inner {
            naming: naming.unwrap_or_else(|| Naming::fixed(self.service.as_str())),
            service: self.service.into(),
            sampler,
            time: self.time,
            ids: self.ids,
            streaming: self.streaming,
            outlet,
            host,
            observers,
            metrics,
            capture: self.capture,
            redact: self.redact,
            missing: Missing::new(self.context_missing),
            on_lambda: self.on_lambda,
            enabled: AtomicBool::new(self.enabled),
            disabled_by: self.disabled_by,
            closed: AtomicBool::new(false),
            queue,
            in_progress: self.in_progress,
            watched: Mutex::default(),
        }));
        if let Some(after) = sweeping {
            recorder.start_sweeping(after);
        }
        Ok(recorder)
    }
}

fn start(
    metrics: Metrics,
    service: &str,
    time: Time,
    outlet: Arc<Outlet>,
) -> Option<(metrics::Running, metrics::Counting)> {
    let started = metrics.start(service, time, outlet);
    let report = |error| {
        shielded(
            || log::warn!(target: TARGET, "no thread to write metrics, so there are none: {error}"),
        );
    };
    started.map_err(report).ok()
}

impl fmt::Debug for RecorderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecorderBuilder")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
