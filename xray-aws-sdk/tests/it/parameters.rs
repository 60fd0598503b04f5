//! Members of inputs and outputs: where the SDK hands them over, and where they are read off.

use crate::call::{dynamodb, sqs};
use crate::support::{Answer, JSON, Server, json, s3, subsegments};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use aws_sdk_sqs::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use aws_smithy_types::telemetry::{CapturedTelemetryAttributes, RequestedTelemetryAttributes};
use aws_types::SdkConfig;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use xray_aws_sdk::{Parameter, SubsegmentInterceptor};
use xray_core::test_util::captured;

/// Parameters that were recorded of one call, besides what all calls have.
async fn aws<F: Future>(answer: Answer, call: impl FnOnce(SdkConfig) -> F) -> Value {
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
async fn c36_topics_stand_in_a_form() {
    let body = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let answer = Answer::Send(200, vec![("content-type", "text/xml")], body);
    let arn = "arn:aws:sns:eu-west-1:123456789012:topic 1";
    let got = aws(answer.clone(), async |config| {
        let config = aws_sdk_sns::config::Builder::from(&config);
        let config = config.interceptor(SubsegmentInterceptor::new()).build();
        let publish = aws_sdk_sns::Client::from_conf(config).publish();
        publish
            .topic_arn(arn)
            .message("a&TopicArn=other")
            .send()
            .await
            .unwrap();
    });
    assert_eq!(got.await, json!({"operation": "Publish", "topic_arn": arn}));
    // An interceptor of one call comes too late to ask for members: they are read off the request.
    let got = aws(answer, async |config| {
        let publish = aws_sdk_sns::Client::new(&config).publish().topic_arn(arn);
        let call = publish
            .message("hi")
            .customize()
            .interceptor(SubsegmentInterceptor::new());
        call.send().await.unwrap();
    });
    assert_eq!(got.await, json!({"operation": "Publish", "topic_arn": arn}));
}

#[tokio::test]
async fn c36_functions_stand_in_a_path() {
    let answer = Answer::Send(200, vec![("x-amz-function-error", "Unhandled")], "{}");
    let expected = json!({"operation": "Invoke", "function_name": "fn-1", "qualifier": "PROD",
        "invocation_type": "RequestResponse", "log_type": "Tail", "status_code": 200,
        "function_error": "Unhandled"});
    for late in [false, true] {
        let got = aws(answer.clone(), async |config| {
            let interceptor = SubsegmentInterceptor::new();
            let config = aws_sdk_lambda::config::Builder::from(&config);
            let early = (!late).then(|| interceptor.clone());
            let config = early
                .into_iter()
                .fold(config, aws_sdk_lambda::config::Builder::interceptor);
            let invoke = aws_sdk_lambda::Client::from_conf(config.build()).invoke();
            let invoke = invoke.function_name("fn-1").qualifier("PROD");
            let invoke = invoke
                .invocation_type("RequestResponse".into())
                .log_type("Tail".into());
            invoke
                .customize()
                .interceptor(interceptor)
                .send()
                .await
                .unwrap();
        });
        assert_eq!(got.await, expected, "{late}");
    }
}

#[tokio::test]
async fn c36_objects_stand_in_a_path_and_a_query() {
    for late in [false, true] {
        let call = async |config: SdkConfig, copy: bool| {
            let interceptor = SubsegmentInterceptor::new();
            let config = aws_sdk_s3::config::Builder::from(&config);
            let early = (!late).then(|| interceptor.clone());
            let config = early
                .into_iter()
                .fold(config, aws_sdk_s3::config::Builder::interceptor);
            let client = aws_sdk_s3::Client::from_conf(config.build());
            if copy {
                let copy = client
                    .copy_object()
                    .bucket("b")
                    .key("k")
                    .copy_source("other/k%2F2");
                drop(copy.customize().interceptor(interceptor).send().await);
            } else {
                let get = client
                    .get_object()
                    .bucket("b")
                    .key("a/b c")
                    .version_id("3/L");
                drop(get.customize().interceptor(interceptor).send().await);
            }
        };
        let got = aws(s3(200, ""), async |config| call(config, false).await).await;
        let expected = json!({"operation": "GetObject", "bucket_name": "b", "key": "a/b c",
            "version_id": "3/L"});
        assert_eq!(got, expected, "{late}");
        let got = aws(s3(200, "<CopyObjectResult/>"), async |config| {
            call(config, true).await
        })
        .await;
        let expected = json!({"operation": "CopyObject", "bucket_name": "b", "key": "k",
            "copy_source": "other/k%2F2"});
        assert_eq!(got, expected, "{late}");
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

/// Keeps what another interceptor finds where the SDK hands members over.
#[derive(Clone, Debug, Default)]
struct Found(Arc<Mutex<Vec<String>>>);

impl Intercept for Found {
    fn name(&self) -> &'static str {
        "Found"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let captured = cfg.load::<CapturedTelemetryAttributes>().unwrap();
        let requested = cfg.load::<RequestedTelemetryAttributes>().unwrap();
        assert!(
            !requested.should_emit("QueueUrl"),
            "what we ask for is in no metric"
        );
        let mut found: Vec<_> = captured.iter().map(|(k, v)| format!("{k}={v}")).collect();
        found.sort();
        *self.0.lock().unwrap() = found;
        Ok(())
    }
}

#[tokio::test]
async fn what_the_user_asked_the_sdk_for_is_still_handed_over() {
    let found = Found::default();
    let theirs = found.clone();
    let got = aws(json(200, r#"{"MessageId":"m"}"#), async |config| {
        let config = aws_sdk_sqs::config::Builder::from(&config)
            .capture_input_attributes(["MessageBody"])
            .interceptor(SubsegmentInterceptor::new())
            .interceptor(theirs);
        let send = aws_sdk_sqs::Client::from_conf(config.build()).send_message();
        send.queue_url("http://q/1")
            .message_body("hi")
            .send()
            .await
            .unwrap();
    })
    .await;
    assert_eq!(
        *found.0.lock().unwrap(),
        ["MessageBody=hi", "QueueUrl=http://q/1"]
    );
    assert!(!got.to_string().contains("hi"), "{got}");
}

#[tokio::test]
async fn what_users_store_is_not_read() {
    let answers = [s3(200, ""), s3(200, "{}")];
    let server = Server::answering(answers).await;
    let secret = r#"{"Bucket":"secret","Prefix":"secret","CopySource":"secret"}"#;
    let captured = captured(async {
        let s3 = aws_sdk_s3::Client::new(&xray_aws_sdk::trace(&server.config()));
        let put = s3
            .put_object()
            .bucket("b")
            .key("k")
            .content_type("application/x-amz-json-1.0");
        put.body(secret.as_bytes().to_vec().into())
            .send()
            .await
            .unwrap();
    })
    .await;
    assert_eq!(subsegments(&captured)[0]["aws"]["bucket_name"], "b");
    assert!(!captured.documents()[0].contains("secret"));
}
