//! Tasks and threads.

use crate::support::{Log, id, sampled};
use std::sync::Arc;
use tokio::sync::Barrier;
use tracing::info;
use tracing::instrument::WithSubscriber;
use xray_core::{TraceFuture, current};
use xray_tracing::TraceIdFormat;

/// The entity's id for each message.
fn found(text: &str, message: &str) -> String {
    let line = text.lines().find(|line| line.ends_with(message)).unwrap();
    let id = line.strip_prefix("AWS-XRAY-TRACE-ID: ").unwrap_or_default();
    id.split(' ').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c68_tasks_have_the_id_of_what_they_are_within() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .map_event_format(TraceIdFormat::text)
        .with_writer(log.clone())
        .finish();
    let (recorder, _memory) = sampled();

    let requests = async {
        let mut expected = Vec::new();
        for request in 0..2 {
            let segment = recorder.segment("shop").start();
            let segment_id = id!(segment);
            let handler = async {
                info!("head of {request}");
                let inner = current().subsegment("inner");
                expected.push((format!("task of {request}"), id!(inner)));
                // Both branches are polled in turn, each of them more than once.
                let together = Arc::new(Barrier::new(2));
                let other = together.clone();
                let task = async move {
                    other.wait().await;
                    info!("task of {request}");
                    other.wait().await;
                };
                let task = tokio::spawn(task.within(inner).with_current_subscriber());
                let stray = async move { info!("stray of {request}") };
                let stray = tokio::spawn(stray.with_current_subscriber());
                together.wait().await;
                info!("middle of {request}");
                together.wait().await;
                task.await.unwrap();
                stray.await.unwrap();
                let dispatch = tracing::dispatcher::get_default(Clone::clone);
                let thread = current().wrap(move || {
                    tracing::dispatcher::with_default(&dispatch, || info!("thread of {request}"));
                });
                std::thread::spawn(thread).join().unwrap();
            };
            handler.within(segment).await;
            for place in ["head", "middle", "thread"] {
                expected.push((format!("{place} of {request}"), segment_id.clone()));
            }
            // A task that joins nothing has no part in it.
            expected.push((format!("stray of {request}"), String::new()));
        }
        expected
    };
    let expected = requests.with_subscriber(subscriber).await;
    let text = log.text();
    assert_eq!(text.lines().count(), expected.len(), "{text}");
    for (message, id) in expected {
        assert_eq!(found(&text, &message), id, "{message} in {text}");
    }
}
