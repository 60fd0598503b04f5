//! What the official SDKs were recorded doing, done with this one.
//!
//! Reads lines of standard input, each an operation and the address of the daemon that its documents
//! go to: `nested_3 127.0.0.1:34567`. Answers each by a line of JSON: the operation, how many
//! datagrams it has sent, and the tracing headers that were seen, where it is about these. Servers that
//! it asks are at the URL that is its one argument.

mod aws;
mod calls;
mod entities;
mod errors;
mod headers;
mod names;
mod odd;
mod requests;
mod written;

use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::time::Duration;
use xray::Recorder;
use xray::sampling::{Always, Sampler, SamplingDecision, SamplingRequest};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What all operations have.
#[derive(Debug)]
struct Scene {
    /// Sends to a socket of this operation alone.
    recorder: Recorder,
    /// Whom to call: it answers by the path.
    endpoint: String,
}

impl Scene {
    fn segment(&self, name: &str) -> xray::Segment {
        self.recorder.segment(name).start()
    }
}

/// Records everything, and names a rule.
#[derive(Debug)]
struct Rule;

impl Sampler for Rule {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(true).by("orders".into())
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let endpoint = std::env::args().nth(1).ok_or("the URL of the servers?")?;
    // Panics are recorded here, and nobody needs to read of them.
    std::panic::set_hook(Box::new(|_| ()));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (operation, daemon) = line.split_once(' ').ok_or("operation and address")?;
        let recorder = Recorder::builder("svc").daemon_address(daemon.parse()?);
        // What the others do not say would be a difference in each document.
        let recorder = match operation {
            "every_member" => recorder
                .sampler(Rule)
                .service_version("1.4.2")
                .origin("AWS::ECS::Container"),
            _ => recorder.sampler(Always),
        };
        let scene = Scene {
            recorder: recorder.build()?,
            endpoint: endpoint.clone(),
        };
        let seen = run(operation, &scene).await?;
        scene.recorder.flush(Duration::from_secs(5));
        let sent = scene.recorder.stats().documents;
        let answer = json!({ "operation": operation, "sent": sent, "seen": seen });
        writeln!(std::io::stdout(), "{answer}")?;
    }
    Ok(())
}

/// Does it, and tells the headers that were seen.
async fn run(operation: &str, scene: &Scene) -> Result<Value, Error> {
    match operation {
        "plain_segment" => entities::plain(scene),
        "nested_3" => entities::nested(scene),
        "user" => entities::user(scene),
        "flags" => entities::flags(scene),
        "sql" => entities::sql(scene),
        "every_member" => entities::every_member(scene),
        "streaming_150" => entities::streaming(scene),
        "concurrency" => entities::concurrency(scene).await,
        "annotations" => written::annotations(scene),
        "annotation_nan" => written::annotation_nan(scene),
        "metadata" => written::metadata(scene),
        "oversize" => written::oversize(scene),
        "oversize_in_children" => written::oversize_in_children(scene),
        "exception_chain" => errors::chain(scene),
        "exception_rethrown" => errors::rethrown(scene).await,
        "exception_two" => errors::two(scene),
        "exception_two_with_reference" => errors::two_with_reference(scene),
        "panic" => errors::panic(scene),
        "name_300" => names::long(scene),
        "name_cut_in_utf8" => names::cut(scene),
        "name_empty" => names::empty(scene),
        "name_invalid_chars" => names::invalid(scene),
        "name_unicode" => names::unicode(scene),
        "close_twice" => odd::close_twice(scene),
        "mutate_after_close" => odd::mutate_after_close(scene),
        "no_context" => odd::no_context(scene),
        "subsegment_closed_after_segment" => odd::closed_after_segment(scene),
        "subsegment_left_open" => odd::left_open(scene),
        "unsampled" => return headers::unsampled(scene).await,
        "client_traced" => calls::traced(scene).await?,
        "client_refused" => calls::refused(scene).await,
        _ => {
            if let Some(header) = headers::of(operation) {
                return headers::through(scene, header).await;
            } else if let Some(status) = operation.strip_prefix("http_") {
                requests::answered(scene, status.parse()?).await?;
            } else if let Some(status) = operation.strip_prefix("client_") {
                calls::answered(scene, status).await?;
            } else if let Some(call) = operation.strip_prefix("aws_") {
                aws::call(scene, call).await?;
            } else {
                return Err(format!("no operation {operation}").into());
            }
        }
    }
    Ok(Value::Null)
}
