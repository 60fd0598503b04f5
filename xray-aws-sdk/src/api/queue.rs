//! What waits to be sent, and the loop that sends it.

use super::emitter::Counts;
use aws_sdk_xray::Client;
use aws_sdk_xray::error::{DisplayErrorContext, SdkError};
use aws_sdk_xray::operation::put_trace_segments::{PutTraceSegmentsError, PutTraceSegmentsOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep, timeout_at};

/// Documents of one call (API reference, "PutTraceSegments": 50).
const MOST: usize = 50;
/// Bytes of one call, so that one that has to be made again is not too long.
const LARGEST: usize = 1 << 20;
/// Attempts beyond the SDK's own, each after twice the time.
const RETRIES: u32 = 4;
/// Trouble is told of once in this time.
const QUIET: Duration = Duration::from_secs(10);

pub(super) enum Message {
    Document(String),
    /// Says whether all that came before has left; since the last one of these.
    Flush(SyncSender<bool>),
}

pub(super) struct Loop {
    client: Client,
    counts: Arc<Counts>,
    age: Duration,
    pause: Duration,
    batch: Vec<String>,
    bytes: usize,
    since: Instant,
    /// Since the last flush.
    lost: bool,
    quiet_until: Option<Instant>,
}

impl Loop {
    pub(super) fn new(client: Client, counts: Arc<Counts>, age: Duration, pause: Duration) -> Self {
        Self {
            client,
            counts,
            age,
            pause,
            batch: Vec::new(),
            bytes: 0,
            since: Instant::now(),
            lost: false,
            quiet_until: None,
        }
    }

    /// Until the emitter is gone.
    pub(super) async fn run(mut self, mut messages: UnboundedReceiver<Message>) {
        loop {
            let message = if self.batch.is_empty() {
                messages.recv().await
            } else {
                let due = self.since + self.age;
                match timeout_at(due, messages.recv()).await {
                    Ok(message) => message,
                    Err(_) => {
                        self.send().await;
                        continue;
                    }
                }
            };
            match message {
                Some(Message::Document(document)) => self.take(document).await,
                Some(Message::Flush(done)) => {
                    self.send().await;
                    // Who asked may have given up already.
                    let _ = done.try_send(!std::mem::take(&mut self.lost));
                }
                None => return self.send().await,
            }
        }
    }

    async fn take(&mut self, document: String) {
        if self.bytes + document.len() > LARGEST {
            self.send().await;
        }
        if self.batch.is_empty() {
            self.since = Instant::now();
        }
        self.bytes += document.len();
        self.batch.push(document);
        if self.batch.len() == MOST {
            self.send().await;
        }
    }

    async fn send(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        let (count, bytes) = (batch.len(), std::mem::take(&mut self.bytes));
        let mut pause = self.pause;
        for retry in 0..=RETRIES {
            let call = self.client.put_trace_segments();
            let call = call.set_trace_segment_documents(Some(batch.clone()));
            match call.send().await {
                Ok(answer) => {
                    self.answered(count, &answer);
                    break;
                }
                Err(error) if retry < RETRIES && may_be_mended(&error) => {
                    sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => {
                    self.counts.lost(count);
                    self.lost = true;
                    let error = DisplayErrorContext(&error);
                    self.tell(format_args!("{count} documents were not sent: {error}"));
                    break;
                }
            }
        }
        self.counts.left(bytes);
    }

    fn answered(&mut self, count: usize, answer: &PutTraceSegmentsOutput) {
        let refused = answer.unprocessed_trace_segments();
        self.counts
            .answered(count.saturating_sub(refused.len()), refused.len());
        let Some(first) = refused.first() else {
            return;
        };
        self.tell(format_args!(
            "X-Ray did not take {} of {count} documents; the first, {}: {} {}",
            refused.len(),
            first.id().unwrap_or("without an id"),
            first.error_code().unwrap_or_default(),
            first.message().unwrap_or_default(),
        ));
    }

    fn tell(&mut self, what: std::fmt::Arguments<'_>) {
        let now = Instant::now();
        if self.quiet_until.is_none_or(|until| until <= now) {
            self.quiet_until = Some(now + QUIET);
            log::warn!(target: "xray", "{what}");
        } else {
            log::debug!(target: "xray", "{what}");
        }
    }
}

/// Whether the same call may succeed later.
fn may_be_mended(error: &SdkError<PutTraceSegmentsError, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(service) => {
            let throttled = service.err().is_throttled_exception();
            let status = service.raw().status();
            throttled || status.as_u16() == 429 || status.is_server_error()
        }
        _ => true,
    }
}
