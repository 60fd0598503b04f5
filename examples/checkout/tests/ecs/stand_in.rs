//! What is around the checkout: the APIs of AWS that it calls, and ECS's metadata of its container.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::json;
use std::net::SocketAddr;
use tokio::net::TcpListener;

pub(crate) const CONTAINER_PATH: &str = "/v4/0f8d6bd4-1";
pub(crate) const CONTAINER_ID: &str =
    "ea32192c8553fbff06c9340478a2ff089b2bb5646fb718b4ee206641c9086d66";
pub(crate) const CONTAINER_ARN: &str =
    "arn:aws:ecs:eu-west-1:111122223333:container/shop/158d1c8083dd/05966557";

/// On a port of its own, until the runtime ends.
pub(crate) async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route(CONTAINER_PATH, get(container))
        .fallback(api);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// As the ECS developer guide shows it for version 4 ("container metadata JSON response").
async fn container() -> Json<serde_json::Value> {
    Json(json!({
        "DockerId": CONTAINER_ID,
        "Name": "checkout",
        "DockerName": "ecs-checkout-1-checkout",
        "Image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout",
        "Labels": {
            "com.amazonaws.ecs.cluster": "shop",
            "com.amazonaws.ecs.container-name": "checkout",
            "com.amazonaws.ecs.task-arn": "arn:aws:ecs:eu-west-1:111122223333:task/shop/158d1c8083dd",
            "com.amazonaws.ecs.task-definition-family": "checkout",
            "com.amazonaws.ecs.task-definition-version": "1"
        },
        "KnownStatus": "RUNNING",
        "Type": "NORMAL",
        "ContainerARN": CONTAINER_ARN,
        "LogDriver": "awslogs",
        "LogOptions": {
            "awslogs-group": "/ecs/checkout",
            "awslogs-region": "eu-west-1",
            "awslogs-stream": "ecs/checkout/158d1c8083dd"
        }
    }))
}

/// DynamoDB, SQS and S3, as little of them as the checkout calls.
async fn api(method: Method, headers: HeaderMap, _: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|t| t.to_str().ok());
    match (method, target) {
        (Method::PUT, None) => StatusCode::OK.into_response(),
        (_, Some("DynamoDB_20120810.PutItem")) => Json(json!({})).into_response(),
        (_, Some("DynamoDB_20120810.GetItem")) => {
            Json(json!({ "Item": { "cents": { "N": "700" } } })).into_response()
        }
        (_, Some("AmazonSQS.SendMessage")) => {
            Json(json!({ "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274" })).into_response()
        }
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}
