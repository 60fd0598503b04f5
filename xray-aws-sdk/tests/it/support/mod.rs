//! A stand-in for AWS, configurations that lead to it, and trees without what varies.

mod server;

pub(crate) use server::{Answer, JSON, Server, json, s3};

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use xray_core::test_util::Captured;

/// Nothing takes that long; a test that waits for it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);

static REGIONS: AtomicUsize = AtomicUsize::new(1);

/// A configuration that leads to an address, in a region of its own.
pub(crate) fn config(address: SocketAddr) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "not a secret", None, None, "test");
    let retries = RetryConfig::standard().with_initial_backoff(Duration::ZERO);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{address}"))
        // The SDK counts retries by service and region, in all the process: a test that shared its
        // region with others would fail when these have used up the retries.
        .region(Region::new(format!(
            "eu-west-{}",
            REGIONS.fetch_add(1, Ordering::Relaxed)
        )))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries.with_max_attempts(3))
        .timeout_config(TimeoutConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(aws_sdk_sqs::config::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .time_source(aws_smithy_async::time::SystemTimeSource::new())
        .build()
}

/// What was recorded, without what the HTTP client measured, and with one region for all.
pub(crate) fn tree<T>(captured: &Captured<T>) -> String {
    let stats = captured.recorder().stats();
    assert_eq!(stats.open(), 0, "{stats:?}");
    let mut documents = Vec::new();
    for document in captured.documents() {
        let mut document: serde_json::Value = serde_json::from_str(&document).unwrap();
        tidy(&mut document);
        documents.push(document.to_string());
    }
    xray_core::test_util::tree(&documents)
}

fn tidy(entity: &mut serde_json::Value) {
    let Some(entity) = entity.as_object_mut() else {
        return;
    };
    if let Some(region) = entity.get_mut("aws").and_then(|aws| aws.get_mut("region")) {
        assert!(region.as_str().unwrap().starts_with("eu-west-"), "{region}");
        *region = "eu-west-1".into();
    }
    if let Some(metadata) = entity.get_mut("metadata").and_then(|m| m.as_object_mut()) {
        metadata.remove("aws_sdk");
        if metadata.is_empty() {
            entity.remove("metadata");
        }
    }
    let children = entity.get_mut("subsegments").and_then(|s| s.as_array_mut());
    children.into_iter().flatten().for_each(tidy);
}

/// The subsegments of the only document.
pub(crate) fn subsegments<T>(captured: &Captured<T>) -> Vec<serde_json::Value> {
    let documents = captured.documents();
    assert_eq!(documents.len(), 1, "{documents:?}");
    let document: serde_json::Value = serde_json::from_str(&documents[0]).unwrap();
    document["subsegments"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// Runs with a limit that only a hanging test reaches.
pub(crate) async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(LONG, future).await.expect("in time")
}
