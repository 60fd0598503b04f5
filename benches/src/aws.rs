//! Calls of the AWS SDK whose answer is there at once, beside the same calls with a trace header that
//! is always the same.

use crate::works::Running;
use crate::{HEADER, NAME, ours};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
    SharedCredentialsProvider, SharedHttpClient,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_types::SdkConfig;
use std::net::SocketAddr;
use xray::aws_sdk::{SubsegmentInterceptor, traced_http_client};
use xray::{Recorder, TraceFuture, TraceHeader};

/// Answers at once.
#[derive(Debug)]
struct Canned;

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let body = r#"{"QueueUrls":["https://sqs.eu-west-1.amazonaws.com/1/orders"]}"#;
        let status = 200.try_into().expect("a status");
        let mut response = HttpResponse::new(status, body.into());
        let headers = response.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0");
        headers.insert("x-amzn-requestid", "4GFDM");
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn canned() -> SharedHttpClient {
    http_client_fn(|_, _| SharedHttpConnector::new(Canned))
}

/// Answers at once, after it has set the header.
#[derive(Debug)]
struct Constant;

impl HttpConnector for Constant {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        request.headers_mut().insert(TraceHeader::NAME, HEADER);
        Canned.call(request)
    }
}

/// Sets the header and does nothing else.
#[derive(Debug)]
struct ConstantInterceptor;

#[dyn_dispatch_hint]
impl Intercept for ConstantInterceptor {
    fn name(&self) -> &'static str {
        "ConstantInterceptor"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert(TraceHeader::NAME, HEADER);
        Ok(())
    }
}

fn config(http: SharedHttpClient) -> Builder {
    let credentials = Credentials::new("AKID", "secret", None, None, "benches");
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .build();
    Builder::from(&shared)
}

fn interceptor(recorder: Option<Recorder>) -> Running {
    let config = config(canned()).interceptor(SubsegmentInterceptor::new());
    running(recorder, config)
}

fn http_client(recorder: Option<Recorder>) -> Running {
    running(recorder, config(traced_http_client(canned())))
}

/// With an interceptor that sets the header.
#[must_use]
pub fn interceptor_floor(_: SocketAddr) -> Running {
    running(None, config(canned()).interceptor(ConstantInterceptor))
}

/// With our interceptor where nothing is open.
#[must_use]
pub fn interceptor_no_context(_: SocketAddr) -> Running {
    interceptor(None)
}

/// With our interceptor in a segment that is not recorded.
#[must_use]
pub fn interceptor_unsampled(to: SocketAddr) -> Running {
    interceptor(Some(ours::never(to)))
}

/// With our interceptor in a segment that is recorded and sent, which is part of it.
#[must_use]
pub fn interceptor_sampled(to: SocketAddr) -> Running {
    interceptor(Some(ours::always(to)))
}

/// With an HTTP client that sets the header.
#[must_use]
pub fn client_floor(_: SocketAddr) -> Running {
    let http = http_client_fn(|_, _| SharedHttpConnector::new(Constant));
    running(None, config(http))
}

/// With our HTTP client where nothing is open.
#[must_use]
pub fn client_no_context(_: SocketAddr) -> Running {
    http_client(None)
}

/// With our HTTP client in a segment that is not recorded.
#[must_use]
pub fn client_unsampled(to: SocketAddr) -> Running {
    http_client(Some(ours::never(to)))
}

/// With our HTTP client in a segment that is recorded and sent, which is part of it.
#[must_use]
pub fn client_sampled(to: SocketAddr) -> Running {
    http_client(Some(ours::always(to)))
}

/// Calls one after the other, all of them in one segment if there is a recorder.
fn running(recorder: Option<Recorder>, config: Builder) -> Running {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let client = Client::from_conf(config.build());
    Running::here(move |n| {
        let calls = async {
            for _ in 0..n {
                let listed = client.list_queues().queue_name_prefix("o").send().await;
                let listed = listed.expect("an answer");
                assert_eq!(listed.queue_urls().len(), 1);
            }
        };
        match &recorder {
            Some(recorder) => runtime.block_on(calls.within(recorder.segment(NAME).start())),
            None => runtime.block_on(calls),
        }
    })
}
