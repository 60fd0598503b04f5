//! Calls that succeed, of all protocols.

use crate::support::{Server, json, s3, subsegments, tree};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;
use xray_aws_sdk::SubsegmentInterceptor;
use xray_core::test_util::captured;

pub(crate) fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::config::Builder::from(config);
    let config = config.interceptor(SubsegmentInterceptor::new());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub(crate) fn sqs(config: &SdkConfig) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::config::Builder::from(config);
    aws_sdk_sqs::Client::from_conf(config.interceptor(SubsegmentInterceptor::new()).build())
}

pub(crate) fn bucket(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config);
    aws_sdk_s3::Client::from_conf(config.interceptor(SubsegmentInterceptor::new()).build())
}

#[tokio::test]
async fn c36_dynamodb() {
    let body = r#"{"ConsumedCapacity":{"TableName":"orders","CapacityUnits":1.0}}"#;
    let server = Server::answering([json(200, body)]).await;
    let client = dynamodb(&server.config());
    let put = client.put_item().table_name("orders");
    let put = put.item("id", AttributeValue::S("7".to_owned())).send();
    let captured = captured(put).await;
    assert!(captured.output.is_ok());
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB namespace=aws http=200 aws={\
         consumed_capacity: {\"CapacityUnits\":1.0,\"TableName\":\"orders\"}, operation: \"PutItem\", \
         region: \"eu-west-1\", request_id: \"REQ-1\", retries: 0, table_name: \"orders\"}\n"
    );
}

#[tokio::test]
async fn c36_s3_and_a_body_that_is_read_later() {
    let server = Server::answering([s3(200, "hello")]).await;
    let client = bucket(&server.config());
    let captured = captured(async {
        let object = client
            .get_object()
            .bucket("bucket-1")
            .key("a/key 1")
            .send()
            .await
            .unwrap();
        object.body.collect().await.unwrap().into_bytes()
    })
    .await;
    assert_eq!(captured.output, "hello");
    assert_eq!(
        subsegments(&captured)[0]["http"]["response"]["content_length"],
        5
    );
    assert_eq!(
        tree(&captured),
        "test\n  S3 namespace=aws http=200 aws={\
         bucket_name: \"bucket-1\", id_2: \"S3ID2\", key: \"a/key 1\", operation: \"GetObject\", \
         region: \"eu-west-1\", request_id: \"S3REQ\", retries: 0}\n"
    );
}

#[tokio::test]
async fn c36_sqs() {
    let server = Server::answering([json(200, r#"{"MessageId":"m-1"}"#)]).await;
    let client = sqs(&server.config());
    let send = client
        .send_message()
        .queue_url("http://sqs.example/1/q")
        .message_body("hi");
    let captured = captured(send.delay_seconds(0).send()).await;
    assert_eq!(captured.output.as_ref().unwrap().message_id(), Some("m-1"));
    assert_eq!(
        tree(&captured),
        "test\n  SQS namespace=aws http=200 aws={\
         delay_seconds: 0, message_id: \"m-1\", operation: \"SendMessage\", \
         queue_url: \"http://sqs.example/1/q\", region: \"eu-west-1\", request_id: \"REQ-1\", \
         retries: 0}\n"
    );
}
