//! One line for all clients of a configuration.

use crate::call;
use crate::support::{Answer, Server, in_time, json, s3, subsegments, tree};
use std::pin::pin;
use tokio::select;
use xray_core::sampling::Never;
use xray_core::test_util::{MemoryEmitter, captured};
use xray_core::{Decision, Recorder, TraceFuture};

#[tokio::test]
async fn c36_every_client_of_the_configuration_is_traced() {
    let message = r#"{"MessageId":"m-1"}"#;
    let server = Server::answering([json(200, message), s3(200, "hello"), s3(200, "{}")]).await;
    let config = xray_aws_sdk::trace(&server.config());
    let captured = captured(async {
        let sqs = aws_sdk_sqs::Client::new(&config);
        let send = sqs
            .send_message()
            .queue_url("http://sqs.example/1/q")
            .message_body("hi");
        send.send().await.unwrap();
        let s3 = aws_sdk_s3::Client::new(&config);
        let object = s3
            .get_object()
            .bucket("bucket-1")
            .key("a/key 1")
            .send()
            .await
            .unwrap();
        assert_eq!(object.body.collect().await.unwrap().into_bytes(), "hello");
        let lambda = aws_sdk_lambda::Client::new(&config);
        lambda.invoke().function_name("fn-1").send().await.unwrap();
    })
    .await;
    assert_eq!(
        tree(&captured),
        "test\n  SQS namespace=aws http=200 aws={message_id: \"m-1\", operation: \"SendMessage\", \
         queue_url: \"http://sqs.example/1/q\", region: \"eu-west-1\", request_id: \"REQ-1\", \
         retries: 0}\n  \
         S3 namespace=aws http=200 aws={bucket_name: \"bucket-1\", id_2: \"S3ID2\", \
         key: \"a/key 1\", operation: \"GetObject\", region: \"eu-west-1\", request_id: \"S3REQ\", \
         retries: 0}\n  \
         Lambda namespace=aws http=200 aws={function_name: \"fn-1\", id_2: \"S3ID2\", operation: \
         \"Invoke\", region: \"eu-west-1\", request_id: \"S3REQ\", retries: 0, status_code: 200}\n"
    );
    let calls = subsegments(&captured);
    for (call, request) in calls.iter().zip(server.received()) {
        assert_eq!(call["id"], request.parent());
    }
}

#[tokio::test]
async fn each_attempt_is_a_subsegment() {
    let throttled = r#"{"__type":"x#ThrottlingException","message":"slow down"}"#;
    let server = Server::answering([json(400, throttled), json(500, "{}"), json(200, "{}")]).await;
    let client = aws_sdk_dynamodb::Client::new(&xray_aws_sdk::trace(&server.config()));
    let captured = captured(client.delete_table().table_name("t").send()).await;
    assert!(captured.output.is_ok());
    let rest = "operation: \"DeleteTable\", region: \"eu-west-1\", request_id: \"REQ-1\"";
    assert_eq!(
        tree(&captured),
        format!(
            "test\n  \
             DynamoDB error throttle namespace=aws http=400 aws={{{rest}, retries: 0, table_name: \
             \"t\"}} cause=\"slow down\"\n  \
             DynamoDB fault namespace=aws http=500 aws={{{rest}, retries: 1, table_name: \"t\"}} \
             cause=\"status 500\"\n  \
             DynamoDB namespace=aws http=200 aws={{{rest}, retries: 2, table_name: \"t\"}}\n"
        )
    );
}

#[tokio::test]
async fn failures_of_the_network_are_recorded_and_handed_on() {
    let part = r#"{"__type":"x#"#;
    let server = Server::answering([Answer::Close, Answer::BreakOff(part), Answer::Hang]).await;
    let client = aws_sdk_dynamodb::Client::new(&xray_aws_sdk::trace(&server.config()));
    let captured = in_time(captured(async {
        let mut call = pin!(client.list_tables().send());
        for _ in 0..3 {
            select! {
                _ = &mut call => panic!("the server hangs"),
                () = server.arrived() => {}
            }
        }
    }))
    .await;
    let attempts = subsegments(&captured);
    assert_eq!(attempts.len(), 3, "{attempts:?}");
    assert_eq!(
        attempts[0]["cause"]["exceptions"][0]["type"],
        "DispatchFailure"
    );
    assert_eq!(attempts[1]["http"]["response"]["status"], 400);
    assert_eq!(attempts[2]["annotations"]["aborted"], "request");
}

#[tokio::test]
async fn c35_the_interceptor_and_the_client_make_one_subsegment() {
    let server = Server::answering([json(500, "{}"), json(200, "{}")]).await;
    // Twice around the same one, too.
    let config = xray_aws_sdk::trace(&xray_aws_sdk::trace(&server.config()));
    let client = call::dynamodb(&config);
    let captured = captured(client.list_tables().send()).await;
    assert!(captured.output.is_ok());
    let calls = subsegments(&captured);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["aws"]["retries"], 1);
    for request in server.received() {
        assert_eq!(calls[0]["id"], request.parent());
    }
    let without = aws_sdk_dynamodb::Client::new(&config);
    let captured = xray_core::test_util::captured(without.list_tables().send()).await;
    assert_eq!(subsegments(&captured).len(), 1);
}

#[tokio::test]
async fn c35_an_unsampled_attempt_says_so_and_leaves_nothing() {
    let server = Server::answering([json(200, "{}")]).await;
    let client = aws_sdk_dynamodb::Client::new(&xray_aws_sdk::trace(&server.config()));
    let emitter = MemoryEmitter::new();
    let builder = Recorder::builder("shop").emitter(emitter.clone());
    let segment = builder
        .sampler(Never)
        .build()
        .unwrap()
        .segment("shop")
        .start();
    let root = segment.trace_id();
    client.list_tables().send().within(segment).await.unwrap();
    assert_eq!(server.only().trace().root(), root);
    assert_eq!(server.only().trace().decision(), Decision::NotSampled);
    assert!(emitter.documents().is_empty());
}
