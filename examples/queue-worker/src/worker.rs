//! Takes messages, and works in the traces they belong to.

use crate::queue::{self, Message, TRACE_HEADER};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use xray::{Recorder, TraceFuture, TraceHeader};

/// Why a job has failed.
#[derive(Debug)]
pub(crate) struct OutOfPaper;

impl std::fmt::Display for OutOfPaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the printer is out of paper")
    }
}

impl std::error::Error for OutOfPaper {}

/// Works until the queue is closed and empty; how many jobs have failed.
pub(crate) async fn work(recorder: Recorder, mut queue: Receiver<Message>) -> usize {
    let mut failed = 0;
    while let Some(batch) = queue::receive(&mut queue).await {
        // A batch belongs to as many traces as it has messages, so it has one of its own, with a link
        // to each of them.
        let segment = recorder.segment("invoicer-batch").start();
        for message in &batch {
            let header = header_of(message);
            if let (Some(trace), Some(parent)) = (header.root(), header.parent()) {
                segment.link(trace, parent);
            }
        }
        segment.annotate("messages", batch.len() as u64);
        failed += work_on(&recorder, batch).within(segment).await;
    }
    failed
}

/// Each job is a segment in the trace of its message.
async fn work_on(recorder: &Recorder, batch: Vec<Message>) -> usize {
    let mut failed = 0;
    for message in batch {
        let header = header_of(&message);
        let job = recorder.segment("invoicer").continues(&header).start();
        // `run` records an `Err` and ends the segment, whatever happens to the job.
        if job.run(print_invoice(&message.body)).await.is_err() {
            // A message that is not deleted comes back from SQS after its visibility timeout.
            failed += 1;
        }
    }
    failed
}

fn header_of(message: &Message) -> TraceHeader {
    let header = message.attributes.get(TRACE_HEADER);
    header
        .map(|header| TraceHeader::parse(header))
        .unwrap_or_default()
}

#[xray::subsegment("print-invoice", annotate(order = order))]
async fn print_invoice(order: &str) -> Result<(), OutOfPaper> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    match order {
        "A-13" => Err(OutOfPaper),
        _ => Ok(()),
    }
}
