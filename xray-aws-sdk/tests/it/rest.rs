//! Members that stand in forms, paths, queries and headers.

use crate::parameters::aws;
use crate::support::{Answer, Server, s3, subsegments};
use aws_types::SdkConfig;
use serde_json::json;
use xray_aws_sdk::SubsegmentInterceptor;
use xray_core::test_util::captured;

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
