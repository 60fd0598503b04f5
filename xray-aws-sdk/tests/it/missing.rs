//! Where nothing is open, or the call is X-Ray's own: everything stays as it was.

use crate::call::dynamodb;
use crate::support::{Server, json};
use std::sync::atomic::{AtomicU32, Ordering};
use xray_core::sampling::{Always, Never};
use xray_core::test_util::{MemoryEmitter, captured, scoped};
use xray_core::{ContextMissing, Datagram, EmitError, Emitter, Recorder, TraceFuture};

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

/// Refuses half of what it is given, and panics at the rest.
struct Broken(AtomicU32);

impl Emitter for Broken {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        let even = self.0.fetch_xor(1, Ordering::Relaxed) == 0;
        assert!(even, "an emitter that panics");
        Err(EmitError::Refused)
    }
}

#[tokio::test]
async fn results_are_the_same_whatever_becomes_of_the_trace() {
    let answers = ["a", "b"].map(|name| match name {
        "a" => json(200, r#"{"TableNames":["a"]}"#),
        _ => json(
            400,
            r#"{"__type":"x#ResourceNotFoundException","message":"no"}"#,
        ),
    });
    let builder = || Recorder::builder("shop").emitter(Broken(AtomicU32::new(0)));
    let recorders = [
        builder().sampler(Always).enabled(false).build().unwrap(),
        builder().sampler(Never).build().unwrap(),
        builder().sampler(Always).build().unwrap(),
        builder().sampler(Always).memory_budget(0).build().unwrap(),
    ];
    for recorder in &recorders {
        for trace in [false, true] {
            let server = Server::answering(answers.clone()).await;
            let config = server.config();
            let client = match trace {
                true => aws_sdk_dynamodb::Client::new(&xray_aws_sdk::trace(&config)),
                false => dynamodb(&config),
            };
            let calls = async {
                let listed = client.list_tables().send().await.unwrap();
                assert_eq!(listed.table_names(), ["a"]);
                let error = client
                    .delete_table()
                    .table_name("b")
                    .send()
                    .await
                    .unwrap_err();
                let error = error.into_service_error();
                assert!(error.is_resource_not_found_exception());
                assert_eq!(error.meta().message(), Some("no"));
            };
            calls.within(recorder.segment("shop").start()).await;
            assert_eq!(server.received().len(), 2);
        }
        let stats = recorder.stats();
        assert_eq!((stats.open(), stats.emitted), (0, 0), "{stats:?}");
        assert_eq!(stats.lost(), stats.begun, "{stats:?}");
    }
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
