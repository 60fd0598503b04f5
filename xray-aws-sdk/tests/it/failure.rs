//! Calls that the service does not answer as hoped, and whose doing that was.

use crate::call::{bucket, dynamodb, sqs};
use crate::support::{Answer, Server, config, in_time, json, s3, subsegments, tree};
use aws_types::SdkConfig;
use aws_types::sdk_config::TimeoutConfig;
use std::time::Duration;
use xray_core::test_util::{Captured, captured};

/// Puts an item, which fails.
async fn put(config: &SdkConfig) -> Captured<String> {
    let client = dynamodb(config);
    let captured = in_time(captured(async {
        let put = client.put_item().table_name("orders").send().await;
        format!("{:?}", put.unwrap_err())
    }));
    captured.await
}

async fn answered(answers: impl IntoIterator<Item = Answer>) -> (Captured<String>, usize) {
    let server = Server::answering(answers).await;
    let captured = put(&server.config()).await;
    (captured, server.received().len())
}

#[tokio::test]
async fn c38_a_400_is_an_error_of_the_callers() {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no such table"}"#;
    let (captured, requests) = answered([json(400, body)]).await;
    assert_eq!(requests, 1);
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB error namespace=aws http=400 aws={operation: \"PutItem\", \
         region: \"eu-west-1\", request_id: \"REQ-1\", retries: 0, table_name: \"orders\"} \
         cause=\"no such table\"\n"
    );
    let exception = &subsegments(&captured)[0]["cause"]["exceptions"][0];
    assert_eq!(exception["type"], "ResourceNotFoundException");
    assert_eq!(exception["remote"], true);
}

#[tokio::test]
async fn c38_a_throttling_code_without_429_is_a_throttle() {
    let body = r#"{"__type":"x#ProvisionedThroughputExceededException","message":"slow down"}"#;
    let (captured, requests) = answered([json(400, body)]).await;
    assert_eq!(requests, 3);
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB error throttle namespace=aws http=400 aws={operation: \"PutItem\", \
         region: \"eu-west-1\", request_id: \"REQ-1\", retries: 2, table_name: \"orders\"} \
         cause=\"slow down\"\n"
    );
}

#[tokio::test]
async fn c38_a_throttling_code_is_no_fault_even_with_503() {
    let slow = "<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>";
    let server = Server::answering([s3(503, slow)]).await;
    let client = bucket(&server.config());
    let captured = captured(client.get_object().bucket("b").key("k").send()).await;
    assert!(captured.output.is_err());
    let subsegment = &subsegments(&captured)[0];
    assert_eq!(subsegment["throttle"], true);
    assert_eq!(subsegment["error"], true);
    assert_eq!(subsegment.get("fault"), None);
    assert_eq!(subsegment["http"]["response"]["status"], 503);
    assert_eq!(subsegment["cause"]["exceptions"][0]["type"], "SlowDown");
}

#[tokio::test]
async fn a_500_is_a_fault_after_its_retries() {
    let body = r#"{"__type":"x#InternalServerError","message":"oh"}"#;
    let (captured, requests) = answered([json(500, body)]).await;
    assert_eq!(requests, 3);
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB fault namespace=aws http=500 aws={operation: \"PutItem\", \
         region: \"eu-west-1\", request_id: \"REQ-1\", retries: 2, table_name: \"orders\"} \
         cause=\"oh\"\n"
    );
}

#[tokio::test]
async fn what_a_retry_mends_is_no_failure() {
    let throttled = r#"{"__type":"x#ThrottlingException"}"#;
    let answers = [json(500, "{}"), json(429, throttled), json(200, "{}")];
    let server = Server::answering(answers).await;
    let client = dynamodb(&server.config());
    let captured = captured(client.put_item().table_name("t").send()).await;
    assert!(captured.output.is_ok());
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB namespace=aws http=200 aws={operation: \"PutItem\", \
         region: \"eu-west-1\", request_id: \"REQ-1\", retries: 2, table_name: \"t\"}\n"
    );
}

#[tokio::test]
async fn an_object_that_has_not_changed_is_no_failure_and_one_that_is_missing_an_error() {
    let server = Server::answering([s3(304, ""), s3(404, "")]).await;
    let client = bucket(&server.config());
    let captured = captured(async {
        let get = client
            .get_object()
            .bucket("b")
            .key("k")
            .if_none_match("tag");
        assert!(get.send().await.is_err());
        assert!(
            client
                .head_object()
                .bucket("b")
                .key("k")
                .send()
                .await
                .is_err()
        );
    })
    .await;
    let both = subsegments(&captured);
    assert_eq!((both[0].get("error"), both[0].get("fault")), (None, None));
    assert_eq!(both[0]["http"]["response"]["status"], 304);
    assert_eq!(
        (&both[1]["error"], both[1].get("fault")),
        (&true.into(), None)
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_a_fault() {
    let (captured, _) = answered([json(200, "{\"ConsumedCapacity\":[}")]).await;
    let subsegment = &subsegments(&captured)[0];
    assert_eq!(subsegment["fault"], true);
    assert_eq!(
        subsegment["cause"]["exceptions"][0]["type"],
        "ResponseError"
    );
    assert_eq!(subsegment["http"]["response"]["status"], 200);
}

#[tokio::test]
async fn a_timeout_is_a_fault() {
    let server = Server::answering([Answer::Hang]).await;
    // Of the call, of an attempt, of reading: the SDK tells them by different ways.
    let limits = TimeoutConfig::builder();
    let limit = Duration::from_millis(40);
    for (limits, attempts) in [
        (limits.clone().operation_timeout(limit), 1),
        (limits.clone().operation_attempt_timeout(limit), 3),
        (limits.read_timeout(limit), 3),
    ] {
        let config = server.config().to_builder();
        let captured = put(&config.timeout_config(limits.build()).build()).await;
        let subsegment = &subsegments(&captured)[0];
        assert_eq!(subsegment["fault"], true);
        assert_eq!(subsegment.get("error"), None);
        assert_eq!(subsegment["aws"]["retries"], attempts - 1);
        assert_eq!(subsegment["aws"]["table_name"], "orders");
        assert_eq!(subsegment["cause"]["exceptions"][0]["type"], "TimeoutError");
        assert_eq!(subsegment["cause"]["exceptions"][0].get("remote"), None);
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_or_closed_is_a_fault() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let server = Server::answering([Answer::Close]).await;
    for address in [gone, server.address] {
        let captured = put(&config(address)).await;
        let subsegment = &subsegments(&captured)[0];
        assert_eq!(subsegment["fault"], true);
        assert_eq!(subsegment.get("http"), None);
        assert_eq!(subsegment["aws"]["retries"], 2);
        let exceptions = subsegment["cause"]["exceptions"].as_array().unwrap();
        assert_eq!(exceptions[0]["type"], "DispatchFailure");
        assert!(exceptions.len() > 1, "its sources: {exceptions:?}");
    }
}

#[tokio::test]
async fn an_input_that_cannot_be_sent_is_a_fault_and_recorded() {
    let server = Server::answering([json(200, "{}")]).await;
    let client = sqs(&server.config().to_builder().region(None).build());
    let captured = captured(client.list_queues().send()).await;
    assert!(captured.output.is_err());
    assert!(server.received().is_empty());
    let subsegment = &subsegments(&captured)[0];
    assert_eq!(
        (&subsegment["name"], &subsegment["fault"]),
        (&"SQS".into(), &true.into())
    );
    assert_eq!(
        subsegment["cause"]["exceptions"][0]["type"],
        "ConstructionFailure"
    );
}
