//! Calls that nobody waits for.

use crate::call::{dynamodb, sqs};
use crate::support::{Answer, Server, config, in_time, subsegments, tree};
use std::pin::pin;
use tokio::select;
use xray_aws_sdk::SubsegmentInterceptor;
use xray_core::test_util::captured;

#[tokio::test]
async fn a_call_that_is_dropped_is_recorded_as_aborted() {
    let server = Server::answering([Answer::Hang]).await;
    let client = dynamodb(&server.config());
    let captured = in_time(captured(async {
        let mut call = pin!(client.put_item().table_name("orders").send());
        select! {
            _ = &mut call => panic!("the server hangs"),
            () = server.arrived() => {}
        }
    }))
    .await;
    assert_eq!(
        tree(&captured),
        "test\n  DynamoDB error namespace=aws aws={operation: \"PutItem\", region: \"eu-west-1\", \
         table_name: \"orders\"} annotations={aborted: \"request\"}\n"
    );
}

#[tokio::test]
async fn so_is_the_attempt() {
    let server = Server::answering([Answer::Hang]).await;
    let config = aws_sdk_sqs::config::Builder::from(&server.config());
    let config = config.interceptor(SubsegmentInterceptor::new().attempts(true));
    let client = aws_sdk_sqs::Client::from_conf(config.build());
    let captured = in_time(captured(async {
        let mut call = pin!(client.list_queues().send());
        select! {
            _ = &mut call => panic!("the server hangs"),
            () = server.arrived() => {}
        }
    }))
    .await;
    let call = &subsegments(&captured)[0];
    assert_eq!(call["annotations"]["aborted"], "request");
    assert_eq!(call["subsegments"][0]["name"], "attempt");
    assert_eq!(call["subsegments"][0]["annotations"]["aborted"], "request");
}

#[tokio::test]
async fn a_call_that_is_never_polled_leaves_nothing() {
    let client = sqs(&config(([127, 0, 0, 1], 9).into()));
    let captured = captured(async { drop(client.list_queues().send()) }).await;
    assert_eq!(captured.tree(), "test\n");
}
