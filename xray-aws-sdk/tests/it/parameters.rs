//! Members of inputs and outputs in AWS's JSON.

use crate::call::{dynamodb, sqs};
use crate::support::{Answer, JSON, Server, json, subsegments};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use aws_types::SdkConfig;
use serde_json::{Value, json};
use xray_aws_sdk::{Parameter, SubsegmentInterceptor};
use xray_core::test_util::captured;

/// Parameters that were recorded of one call, besides what all calls have.
pub(crate) async fn aws<F: Future>(answer: Answer, call: impl FnOnce(SdkConfig) -> F) -> Value {
    let server = Server::answering([answer]).await;
    let captured = captured(call(server.config())).await;
    let mut aws = subsegments(&captured)[0]["aws"].clone();
    let members = aws.as_object_mut().unwrap();
    for common in ["region", "request_id", "id_2", "retries"] {
        members.remove(common);
    }
    aws
}

#[tokio::test]
async fn c36_maps_by_their_keys() {
    let keys = KeysAndAttributes::builder()
        .keys([("id".to_owned(), AttributeValue::N("1".into()))].into());
    let keys = keys.build().unwrap();
    let got = aws(json(200, r#"{"Responses":{}}"#), async |config| {
        let get = dynamodb(&config).batch_get_item();
        get.request_items("orders", keys).send().await.unwrap();
    });
    assert_eq!(
        got.await,
        json!({"operation": "BatchGetItem", "table_names": ["orders"]})
    );
}

#[tokio::test]
async fn c36_values_of_all_types_and_those_of_the_output() {
    let body = r#"{"Count":0,"ScannedCount":7,"Items":[{"id":{"S":"1"}}],"ConsumedCapacity":null}"#;
    let got = aws(json(200, body), async |config| {
        let scan = dynamodb(&config).scan().table_name("orders").limit(10);
        let scan = scan.consistent_read(false).segment(0).total_segments(4);
        scan.projection_expression("id").send().await.unwrap();
    });
    assert_eq!(
        got.await,
        json!({"operation": "Scan", "table_name": "orders", "limit": 10, "consistent_read": false,
            "segment": 0, "total_segments": 4, "projection_expression": "id", "count": 0,
            "scanned_count": 7})
    );
}

#[tokio::test]
async fn c36_lists_by_their_length() {
    let body = r#"{"Successful":[{"Id":"1","MessageId":"m","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}],"Failed":[]}"#;
    let got = aws(json(200, body), async |config| {
        let entry = |id| {
            SendMessageBatchRequestEntry::builder()
                .id(id)
                .message_body("hello")
                .build()
                .unwrap()
        };
        let send = sqs(&config).send_message_batch().queue_url("http://q/1");
        send.entries(entry("1"))
            .entries(entry("2"))
            .send()
            .await
            .unwrap();
    });
    assert_eq!(
        got.await,
        json!({"operation": "SendMessageBatch", "queue_url": "http://q/1", "message_count": 2,
            "successful_count": 1, "failed_count": 0})
    );
    let got = aws(json(200, r#"{"Messages":[{},{}]}"#), async |config| {
        let receive = sqs(&config).receive_message().queue_url("http://q/1");
        let receive = receive.max_number_of_messages(10).wait_time_seconds(0);
        receive.message_attribute_names("All").send().await.unwrap();
    });
    assert_eq!(
        got.await,
        json!({"operation": "ReceiveMessage", "queue_url": "http://q/1", "message_count": 2,
            "max_number_of_messages": 10, "wait_time_seconds": 0,
            "message_attribute_names": ["All"]})
    );
    let got = aws(json(200, r#"{"MessageId":"m"}"#), async |config| {
        let attribute = MessageAttributeValue::builder()
            .data_type("String")
            .string_value("secret");
        let send = sqs(&config)
            .send_message()
            .queue_url("http://q/1")
            .message_body("hi");
        let send = send.message_attributes("tenant", attribute.build().unwrap());
        send.send().await.unwrap();
    });
    let got = got.await;
    assert_eq!(got["message_attribute_names"], json!(["tenant"]));
    assert!(!got.to_string().contains("secret"));
}

#[tokio::test]
async fn c36_a_null_response_is_tolerated() {
    for body in ["null", "", "{}"] {
        let got = aws(json(200, body), async |config| {
            // Whether the SDK likes it is not the question.
            drop(
                sqs(&config)
                    .list_queues()
                    .queue_name_prefix("")
                    .send()
                    .await,
            );
        });
        assert_eq!(got.await["operation"], "ListQueues");
    }
}

#[tokio::test]
async fn c36_additions_of_the_users() {
    let interceptor = SubsegmentInterceptor::new()
        .parameters(
            "DynamoDB",
            "GetItem",
            [Parameter::request("Key").keys().named("key_names")],
        )
        .parameters(
            "DynamoDB",
            "GetItem",
            [Parameter::response("Item").count().named("members")],
        )
        .parameters(
            "SQS",
            "GetItem",
            [Parameter::request("TableName").named("wrong")],
        );
    let got = aws(
        json(200, r#"{"Item":{"a":{"S":"1"},"b":{"S":"2"}}}"#),
        async |config| {
            let config = aws_sdk_dynamodb::config::Builder::from(&config).interceptor(interceptor);
            let get = aws_sdk_dynamodb::Client::from_conf(config.build()).get_item();
            let get = get
                .table_name("t")
                .key("id", AttributeValue::S("secret".into()));
            get.send().await.unwrap();
        },
    );
    assert_eq!(
        got.await,
        json!({"operation": "GetItem", "table_name": "t", "key_names": ["id"], "members": 2})
    );
}

#[tokio::test]
async fn an_id_that_is_unknown_is_none() {
    let headers = vec![
        JSON,
        ("x-amzn-requestid", "UNKNOWN"),
        ("x-amz-request-id", "REQ-2"),
    ];
    let server = Server::answering([Answer::Send(200, headers, "{}")]).await;
    let captured = captured(dynamodb(&server.config()).list_tables().send()).await;
    assert_eq!(subsegments(&captured)[0]["aws"]["request_id"], "REQ-2");
}
