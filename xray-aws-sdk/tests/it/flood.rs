//! Ten thousand calls that end in every way there is.

use crate::support::config;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use tokio::task::yield_now;
use xray_aws_sdk::SubsegmentInterceptor;
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, TraceFuture, sampling::Always};

/// Numbers that repeat: a test that fails fails again.
static NUMBER: AtomicU32 = AtomicU32::new(1);

fn number() -> u32 {
    let next = |n: u32| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    NUMBER
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
        .unwrap()
        >> 16
}

#[derive(Debug)]
struct Moody;

impl HttpConnector for Moody {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async {
            for _ in 0..number() % 4 {
                yield_now().await;
            }
            let answer = |status: u16, body: &'static str| {
                let mut response =
                    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                let headers = response.headers_mut();
                headers.insert("content-type", "application/x-amz-json-1.0");
                Ok(response)
            };
            match number() % 8 {
                0 => answer(500, r#"{"__type":"InternalServerError"}"#),
                1 => answer(400, r#"{"__type":"ThrottlingException"}"#),
                2 => answer(400, r#"{"__type":"ValidationException","message":"no"}"#),
                3 => Err(ConnectorError::timeout("too late".into())),
                4 => Err(ConnectorError::io("reset".into())),
                5 => answer(200, "{"),
                _ => answer(200, r#"{"TableNames":[]}"#),
            }
        })
    }
}

fn moody() -> SharedHttpClient {
    http_client_fn(|_, _| SharedHttpConnector::new(Moody))
}

#[tokio::test]
async fn ten_thousand_calls_leave_nothing_open() {
    let emitter = MemoryEmitter::new();
    let builder = Recorder::builder("shop").emitter(emitter.clone());
    let recorder = builder.sampler(Always).build().unwrap();
    let shared = config(([127, 0, 0, 1], 9).into());
    let shared = shared.to_builder().http_client(moody()).build();
    let with = |attempts| {
        let config = aws_sdk_dynamodb::config::Builder::from(&shared);
        let interceptor = SubsegmentInterceptor::new().attempts(attempts);
        aws_sdk_dynamodb::Client::from_conf(config.interceptor(interceptor).build())
    };
    let traced = aws_sdk_dynamodb::Client::new(&xray_aws_sdk::trace(&shared));
    for client in [with(false), with(true), traced] {
        for _ in 0..34 {
            let segment = recorder.segment("shop").start();
            async {
                for _ in 0..100 {
                    let mut call = pin!(client.list_tables().send());
                    let mut patience = number() % 32;
                    std::future::poll_fn(|cx| match call.as_mut().poll(cx) {
                        Poll::Pending if patience == 0 => Poll::Ready(()),
                        polled => {
                            patience = patience.saturating_sub(1);
                            polled.map(drop)
                        }
                    })
                    .await;
                }
            }
            .within(segment)
            .await;
        }
    }
    let stats = recorder.stats();
    assert!(stats.begun > 10_000, "{stats:?}");
    assert_eq!((stats.open(), stats.emitted), (0, stats.begun), "{stats:?}");
    assert!(!emitter.documents().is_empty());
}
