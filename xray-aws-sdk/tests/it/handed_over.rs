//! Members that the SDK hands over, to us and to others.

use crate::parameters::aws;
use crate::support::json;
use aws_sdk_sqs::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use aws_smithy_types::telemetry::{CapturedTelemetryAttributes, RequestedTelemetryAttributes};
use std::sync::{Arc, Mutex};
use xray_aws_sdk::SubsegmentInterceptor;

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
