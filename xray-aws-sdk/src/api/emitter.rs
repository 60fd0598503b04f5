//! The emitter that calls `PutTraceSegments`.

use super::queue::{Loop, Message};
use super::worker;
use aws_types::SdkConfig;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use xray_core::{Datagram, EmitError, Emitter};

/// Sends documents to X-Ray's API (`PutTraceSegments`), without a daemon.
///
/// It takes documents at once and sends them on a thread of its own, up to 50 in one call, after a
/// second at the latest. What cannot be sent is tried again, after longer and longer pauses, and is
/// lost at last; what X-Ray does not take is counted and told of in the log.
///
/// Clones share all of it: one goes into the recorder, another may be kept for its
/// [`stats`](Self::stats). The credentials need `xray:PutTraceSegments`.
///
/// ```no_run
/// # async fn example(config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
/// use xray_aws_sdk::{ApiEmitter, ApiRuleSource};
/// use xray_core::{Recorder, sampling::CentralSampler};
///
/// // let config = aws_config::load_from_env().await;
/// let guard = Recorder::builder("checkout")
///     .emitter(ApiEmitter::new(&config)?)
///     .sampler(CentralSampler::builder(ApiRuleSource::new(&config)?).start()?)
///     .install()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ApiEmitter {
    messages: UnboundedSender<Message>,
    counts: Arc<Counts>,
    limit: usize,
    region: String,
}

impl ApiEmitter {
    /// With the credentials, the region and the HTTP client of a configuration.
    ///
    /// # Errors
    ///
    /// Where the system has no thread for it.
    pub fn new(config: &SdkConfig) -> io::Result<Self> {
        Self::builder(config).build()
    }

    /// With settings.
    pub fn builder(config: &SdkConfig) -> ApiEmitterBuilder<'_> {
        ApiEmitterBuilder {
            config,
            age: Duration::from_secs(1),
            limit: 16 << 20,
            pause: Duration::from_millis(500),
        }
    }

    /// What has become of the documents so far.
    #[must_use]
    pub fn stats(&self) -> ApiStats {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ApiStats {
            delivered: get(&self.counts.delivered),
            unprocessed: get(&self.counts.unprocessed),
            lost: get(&self.counts.lost),
        }
    }
}

/// Settings of an [`ApiEmitter`].
#[must_use = "an emitter is made by `build`"]
#[derive(Clone, Debug)]
pub struct ApiEmitterBuilder<'a> {
    config: &'a SdkConfig,
    age: Duration,
    limit: usize,
    pause: Duration,
}

impl ApiEmitterBuilder<'_> {
    /// How long a document waits for others; a second if not said.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Bytes that wait at most; 16 MiB if not said. Documents beyond are lost, and counted by the
    /// recorder.
    pub fn queue_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The pause before a call is first made again, which then doubles; half a second if not said.
    pub fn backoff(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// Where the system has no thread for it.
    pub fn build(self) -> io::Result<ApiEmitter> {
        let (sender, messages) = unbounded_channel();
        let counts = Arc::new(Counts::default());
        let client = super::client(self.config);
        let (age, pause, shared) = (self.age, self.pause, counts.clone());
        worker::spawn("xray-api-emitter", move || {
            // Made there, since its clock is that of the runtime.
            async move { Loop::new(client, shared, age, pause).run(messages).await }
        })?;
        let region = self.config.region().map(ToString::to_string);
        Ok(ApiEmitter {
            messages: sender,
            counts,
            limit: self.limit,
            region: region.unwrap_or_default(),
        })
    }
}

impl Emitter for ApiEmitter {
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
        let document = datagram.document();
        let length = document.len();
        if !self.counts.has_room(length, self.limit) {
            return Err(EmitError::Full);
        }
        let message = Message::Document(document.to_owned());
        self.messages.send(message).map_err(|_| {
            self.counts.left(length);
            EmitError::Io(io::ErrorKind::BrokenPipe.into())
        })
    }

    /// It only puts documents into a queue.
    fn may_block(&self) -> bool {
        false
    }

    fn flush(&self, timeout: Duration) -> bool {
        let (done, all) = sync_channel(1);
        let asked = self.messages.send(Message::Flush(done));
        asked.is_ok() && all.recv_timeout(timeout).unwrap_or(false)
    }

    fn describe(&self) -> String {
        format!("the API of X-Ray in {}", self.region)
    }
}

/// What has become of the documents that an [`ApiEmitter`] took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiStats {
    /// X-Ray has taken them.
    pub delivered: u64,
    /// X-Ray has read them and not taken them; the log has the reason.
    pub unprocessed: u64,
    /// They could not be sent; the log has the reason.
    pub lost: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    delivered: AtomicU64,
    unprocessed: AtomicU64,
    lost: AtomicU64,
    /// Bytes that were taken and have not left.
    waiting: AtomicUsize,
}

impl Counts {
    fn has_room(&self, bytes: usize, limit: usize) -> bool {
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before + bytes <= limit;
        if !has_room {
            self.left(bytes);
        }
        has_room
    }

    pub(super) fn answered(&self, delivered: usize, unprocessed: usize) {
        self.delivered
            .fetch_add(delivered as u64, Ordering::Relaxed);
        self.unprocessed
            .fetch_add(unprocessed as u64, Ordering::Relaxed);
    }

    pub(super) fn lost(&self, count: usize) {
        self.lost.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn left(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }
}
