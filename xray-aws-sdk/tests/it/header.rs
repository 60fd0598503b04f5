//! The trace header: after the signature, with the call's own id, whatever stood there.

use crate::call::{bucket, dynamodb};
use crate::support::{Server, json, s3, subsegments};
use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_s3::presigning::PresigningConfig;
use std::time::Duration;
use xray_aws_sdk::SubsegmentInterceptor;
use xray_core::sampling::Never;
use xray_core::test_util::{MemoryEmitter, captured};
use xray_core::{Decision, Recorder, TraceFuture};

/// As the SDK does on Lambda: the function's own header, before the request is signed.
#[derive(Debug)]
struct Lambda;

impl Intercept for Lambda {
    fn name(&self) -> &'static str {
        "Lambda"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let stale = "Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a;Sampled=1";
        let headers = context.request_mut().headers_mut();
        headers.insert("x-amzn-trace-id", stale);
        Ok(())
    }
}

#[tokio::test]
async fn c35_a_header_that_is_there_is_replaced_in_every_attempt() {
    let server = Server::answering([json(500, "{}"), json(200, "{}")]).await;
    let client = dynamodb(&server.config());
    let call = client.list_tables().customize().interceptor(Lambda);
    let captured = captured(async { call.send().await.map(|_| xray_core::current().trace_id()) });
    let captured = captured.await;
    let id = subsegments(&captured)[0]["id"].as_str().unwrap().to_owned();
    let received = server.received();
    assert_eq!(received.len(), 2);
    for request in received {
        let header = request.trace();
        assert_eq!(header.root(), *captured.output.as_ref().unwrap());
        assert_eq!(header.decision(), Decision::Sampled);
        assert_eq!(request.parent(), id);
        let signed = request.headers("authorization")[0].to_owned();
        assert!(signed.contains("SignedHeaders=") && !signed.contains("x-amzn-trace-id"));
    }
}

#[tokio::test]
async fn c35_an_unsampled_call_says_so_and_leaves_nothing() {
    let server = Server::answering([json(500, "{}"), json(200, "{}")]).await;
    let client = dynamodb(&server.config());
    let emitter = MemoryEmitter::new();
    let builder = Recorder::builder("shop").emitter(emitter.clone());
    let recorder = builder.sampler(Never).build().unwrap();
    let segment = recorder.segment("shop").start();
    let root = segment.trace_id();
    client.list_tables().send().within(segment).await.unwrap();
    assert_eq!(server.received().len(), 2);
    for request in server.received() {
        assert_eq!(request.trace().root(), root);
        assert_eq!(request.trace().decision(), Decision::NotSampled);
    }
    assert!(emitter.documents().is_empty());
    assert_eq!(recorder.stats().open(), 0);
}

#[tokio::test]
async fn c35_a_request_that_is_only_signed_has_no_header_and_leaves_nothing() {
    let server = Server::answering([s3(200, "")]).await;
    let client = bucket(&server.config());
    let captured = captured(async {
        let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
        let get = client.get_object().bucket("b").key("k");
        get.presigned(config).await.unwrap()
    })
    .await;
    let mut headers = captured.output.headers();
    assert!(headers.all(|(name, _)| !name.eq_ignore_ascii_case("x-amzn-trace-id")));
    assert!(captured.output.uri().contains("X-Amz-Signature="));
    assert_eq!(captured.tree(), "test\n");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn c35_two_interceptors_make_one_subsegment() {
    let server = Server::answering([json(200, "{}")]).await;
    let client = dynamodb(&server.config());
    let call = client.list_tables().customize();
    let call = call.interceptor(SubsegmentInterceptor::new().attempts(true));
    let captured = captured(call.send()).await;
    assert!(captured.output.is_ok());
    assert_eq!(subsegments(&captured).len(), 1);
    assert_eq!(subsegments(&captured)[0]["name"], "DynamoDB");
}
