//! Attempts as subsegments, and what is told of connections.

use crate::call::dynamodb;
use crate::support::{Answer, Server, json, subsegments, tree};
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::pool::{Client, ConnectionPool};
use serde_json::Value;
use xray_aws_sdk::SubsegmentInterceptor;
use xray_core::test_util::captured;

#[tokio::test]
async fn c35_each_attempt_is_a_subsegment_and_the_parent_of_what_it_calls() {
    let body = r#"{"__type":"x#InternalServerError","message":"oh"}"#;
    let server = Server::answering([json(500, body), Answer::Close, json(200, "{}")]).await;
    let config = aws_sdk_dynamodb::config::Builder::from(&server.config());
    let config = config.interceptor(SubsegmentInterceptor::new().attempts(true));
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    let captured = captured(client.list_tables().send()).await;
    assert!(captured.output.is_ok(), "{:?}", captured.output);
    let call = &subsegments(&captured)[0];
    assert_eq!(call["aws"]["retries"], 2);
    assert_eq!((call.get("error"), call.get("fault")), (None, None));
    let attempts = call["subsegments"].as_array().unwrap();
    let statuses: Vec<_> = attempts
        .iter()
        .map(|a| &a["http"]["response"]["status"])
        .collect();
    assert_eq!(
        statuses,
        [&Value::from(500), &Value::Null, &Value::from(200)]
    );
    let faults: Vec<_> = attempts.iter().map(|a| a["fault"] == true).collect();
    assert_eq!(faults, [true, true, false]);
    for (attempt, request) in attempts.iter().zip(server.received()) {
        assert_eq!(attempt["name"], "attempt");
        assert_eq!(
            attempt.get("namespace"),
            None,
            "no node of its own on the map"
        );
        assert_eq!(attempt["id"], request.parent());
    }
}

#[tokio::test]
async fn an_exception_of_the_last_attempt_is_told_once() {
    let body = r#"{"__type":"x#ValidationException","message":"bad"}"#;
    let server = Server::answering([json(400, body)]).await;
    let config = aws_sdk_dynamodb::config::Builder::from(&server.config());
    let config = config.interceptor(SubsegmentInterceptor::new().attempts(true));
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    let captured = captured(client.list_tables().send()).await;
    assert!(captured.output.is_err());
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB error namespace=aws http=400 aws={operation: \"ListTables\", region: \
         \"eu-west-1\", request_id: \"REQ-1\", retries: 0} cause=<ref>\n    \
         attempt error http=400 aws={request_id: \"REQ-1\"} cause=\"bad\"\n"
    );
}

#[tokio::test]
async fn whether_the_connection_was_reused_is_told() {
    let server = Server::answering([json(200, "{}")]).await;
    let pool = ConnectionPool::builder().build_http().unwrap();
    let pool = SharedHttpClient::new(Client::new(&pool).unwrap());
    let client = dynamodb(&server.config().to_builder().http_client(pool).build());
    let captured = captured(async {
        client.list_tables().send().await.unwrap();
        client.list_tables().send().await.unwrap();
    })
    .await;
    let calls = subsegments(&captured);
    let connections = calls
        .iter()
        .map(|c| &c["metadata"]["aws_sdk"]["connection"]);
    let reused: Vec<_> = connections.clone().map(|c| c["reused"].as_bool()).collect();
    assert_eq!(reused, [Some(false), Some(true)]);
    for connection in connections {
        assert_eq!(connection["remote_address"], server.address.to_string());
        assert!(connection["acquired_after_seconds"].as_f64().is_some());
    }
}
