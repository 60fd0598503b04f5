//! A shop puts orders into a queue, a worker takes them out: `cargo run -p queue-worker`.
//!
//! Each order's trace goes on in the worker: SQS carries the trace header as an attribute of the
//! message, and the worker continues it. Then the program is told to stop, and the worker finishes
//! what is in the queue before the last documents are sent.

mod queue;
mod worker;

use queue::{Message, TRACE_HEADER};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use xray::sampling::Always;
use xray::test_util::{DaemonStub, timeline};
use xray::{DaemonAddress, Namespace, Recorder, RecorderBuilder};

type Error = Box<dyn std::error::Error + Send + Sync>;

const ORDERS: [&str; 3] = ["A-12", "A-13", "A-14"];
const TIME_TO_STOP: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Error> {
    let daemon = DaemonStub::new()?;
    let address: DaemonAddress = daemon.address().parse()?;
    // Two services share a process here, so each has a recorder of its own. A real worker says
    // `let _xray = xray::init("invoicer");` and uses `xray::segment`.
    let recorder = |service| -> RecorderBuilder {
        let builder = Recorder::builder(service).sampler(Always);
        builder.daemon_address(address.clone())
    };
    let invoicer = recorder("invoicer").build()?;
    let xray = recorder("shop").install()?;

    let (orders, incoming) = queue::queue();
    for order in ORDERS {
        let request = xray::segment("shop").start();
        request.run(place_order(&orders, order)).await?;
    }
    let working = tokio::spawn(worker::work(invoicer.clone(), incoming));

    // Stopping: nothing comes in any more, what is there is finished, and then everything is sent.
    drop(orders);
    let failed = tokio::time::timeout(TIME_TO_STOP, working).await??;
    say(&format!("{failed} of {} jobs failed", ORDERS.len()));
    for recorder in [xray.recorder(), Some(&invoicer)].into_iter().flatten() {
        let sent = recorder.shutdown(TIME_TO_STOP);
        let stats = recorder.stats();
        let service = recorder.service();
        say(&format!(
            "{service}: all sent: {sent}, {} emitted",
            stats.emitted
        ));
    }

    // For each order one of the shop's and one of the invoicer's; and the batch.
    let documents = daemon.wait_for_documents(2 * ORDERS.len() + 1, TIME_TO_STOP);
    say(&format!("\n{}", timeline(&documents)));
    Ok(())
}

/// A call of the queue's; with SQS the SDK's interceptor does all this.
async fn place_order(orders: &Sender<Message>, order: &str) -> Result<(), Error> {
    let sending = xray::subsegment("SQS");
    sending.namespace(Namespace::Aws);
    sending.aws("operation", "SendMessage");
    let header = sending.header_value();
    let header = header.map(|header| (TRACE_HEADER, header.to_string()));
    let message = Message {
        body: order.to_owned(),
        attributes: HashMap::from_iter(header),
    };
    orders.send(message).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the example is for")]
fn say(line: &str) {
    println!("{line}");
}
