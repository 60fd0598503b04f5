//! Calls to AWS, at an endpoint that answers as the services do.

use crate::{Error, Scene};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use xray::TraceFuture;
use xray::aws_sdk::SubsegmentInterceptor;

pub(crate) async fn call(scene: &Scene, call: &str) -> Result<(), Error> {
    let config = config(scene).await;
    let segment = scene.segment("svc");
    match call {
        "dynamodb_put_item" => put_item(&config, "orders").within(segment).await,
        "dynamodb_400" => put_item(&config, "missing-table").within(segment).await,
        "dynamodb_throttled" => put_item(&config, "hot-table").within(segment).await,
        "sqs_send" => send(scene, &config).within(segment).await,
        "s3_get" => get(&config).within(segment).await,
        _ => return Err(format!("no call {call}").into()),
    }
    Ok(())
}

async fn config(scene: &Scene) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .empty_test_environment()
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new("us-east-1"))
        .endpoint_url(&scene.endpoint)
        .test_credentials()
        .retry_config(RetryConfig::standard().with_initial_backoff(std::time::Duration::ZERO))
        .load()
        .await
}

/// Whether it succeeds is in the document.
async fn put_item(config: &SdkConfig, table: &str) {
    let config =
        aws_sdk_dynamodb::config::Builder::from(config).interceptor(SubsegmentInterceptor::new());
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    let call = client
        .put_item()
        .table_name(table)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .item("id", AttributeValue::S("1".into()));
    let _ = call.send().await;
}

async fn send(scene: &Scene, config: &SdkConfig) {
    let config =
        aws_sdk_sqs::config::Builder::from(config).interceptor(SubsegmentInterceptor::new());
    let client = aws_sdk_sqs::Client::from_conf(config.build());
    let queue = format!("{}/1/q", scene.endpoint);
    let _ = client
        .send_message()
        .queue_url(queue)
        .message_body("hello")
        .send()
        .await;
}

async fn get(config: &SdkConfig) {
    let config = aws_sdk_s3::config::Builder::from(config)
        .interceptor(SubsegmentInterceptor::new())
        .force_path_style(true);
    let client = aws_sdk_s3::Client::from_conf(config.build());
    if let Ok(object) = client
        .get_object()
        .bucket("bucket-1")
        .key("key-1")
        .send()
        .await
    {
        let _ = object.body.collect().await;
    }
}
