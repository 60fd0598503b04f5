//! Where nothing is open, or the call is X-Ray's own: everything stays as it was.

use crate::call::dynamodb;
use crate::support::{Server, json};
use xray_core::test_util::{MemoryEmitter, captured, scoped};
use xray_core::{ContextMissing, Recorder};

#[tokio::test]
async fn c41_without_a_context_the_call_goes_through_untouched() {
    let server = Server::answering([json(200, r#"{"TableNames":["a"]}"#)]).await;
    let client = dynamodb(&server.config());
    let emitter = MemoryEmitter::new();
    let builder = Recorder::builder("shop").emitter(emitter.clone());
    // An integration must not panic even where the strategy is to.
    let recorder = builder
        .context_missing(ContextMissing::Panic)
        .build()
        .unwrap();
    let listed = scoped(&recorder, client.list_tables().send())
        .await
        .unwrap();
    assert_eq!(listed.table_names(), ["a"]);
    assert!(server.only().headers("x-amzn-trace-id").is_empty());
    assert!(emitter.documents().is_empty());
}

#[tokio::test]
async fn c41_without_a_recorder_the_call_goes_through_untouched() {
    let server = Server::answering([json(200, "{}")]).await;
    let config = xray_aws_sdk::trace(&server.config());
    let client = dynamodb(&config);
    client.list_tables().send().await.unwrap();
    assert!(server.only().headers("x-amzn-trace-id").is_empty());
}

#[tokio::test]
async fn a_disabled_recorder_changes_nothing() {
    let server = Server::answering([json(200, "{}")]).await;
    let client = dynamodb(&xray_aws_sdk::trace(&server.config()));
    let captured = captured(async {
        let recorder = Recorder::builder("off").enabled(false).build().unwrap();
        let segment = recorder.segment("off").start();
        use xray_core::TraceFuture;
        client.list_tables().send().within(segment).await
    })
    .await;
    assert!(captured.output.is_ok());
    assert!(server.only().headers("x-amzn-trace-id").is_empty());
    assert_eq!(captured.tree(), "test\n");
}

#[tokio::test]
async fn calls_of_x_rays_own_are_never_traced() {
    let server = Server::answering([json(200, r#"{"UnprocessedTraceSegments":[]}"#)]).await;
    let config = xray_aws_sdk::trace(&server.config());
    let with = aws_sdk_xray::config::Builder::from(&config);
    let with = with.interceptor(xray_aws_sdk::SubsegmentInterceptor::new().attempts(true));
    for client in [
        aws_sdk_xray::Client::new(&config),
        aws_sdk_xray::Client::from_conf(with.build()),
    ] {
        let captured = captured(async {
            let put = client.put_trace_segments().trace_segment_documents("{}");
            put.send().await.unwrap();
            // What a program asks X-Ray for itself is a call like any other.
            drop(client.get_groups().send().await);
        })
        .await;
        let recorded = crate::support::subsegments(&captured);
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0]["aws"]["operation"], "GetGroups");
    }
    assert!(server.received()[0].headers("x-amzn-trace-id").is_empty());
}
