//! Stands for SQS: messages with attributes, received in batches.

use std::collections::HashMap;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// The system attribute in which SQS carries the trace header of who has sent a message. It is set
/// by SQS itself, from the request's `X-Amzn-Trace-Id`.
pub(crate) const TRACE_HEADER: &str = "AWSTraceHeader";

/// What SQS gives out at most in one go.
const BATCH: usize = 10;

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) body: String,
    pub(crate) attributes: HashMap<&'static str, String>,
}

pub(crate) fn queue() -> (Sender<Message>, Receiver<Message>) {
    channel(100)
}

/// A batch; none once the queue is closed and empty.
pub(crate) async fn receive(queue: &mut Receiver<Message>) -> Option<Vec<Message>> {
    let mut batch = Vec::new();
    let received = queue.recv_many(&mut batch, BATCH).await;
    (received > 0).then_some(batch)
}
