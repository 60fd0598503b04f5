//! The HTTP client: one subsegment for each attempt, for all clients of one configuration.

mod body;
mod target;

use crate::call::{self, Call};
use crate::failure::ServiceError;
use crate::marker::{self, Traced};
use crate::parameters::{self, Additions};
use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::telemetry::CaptureHttpAttemptTelemetry;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use target::Target;
use xray_core::{Context, TraceHeader};

/// A configuration all of whose clients record a subsegment for each attempt at a call.
///
/// One line for a whole program, where [`SubsegmentInterceptor`](crate::SubsegmentInterceptor) is
/// one for each client. It stands nearer to the network and sees less: each attempt is a subsegment
/// of its own, an attempt that runs out of time is seen as dropped, and members of the input come
/// only from what is sent.
///
/// ```no_run
/// # fn example(shared: aws_types::SdkConfig) {
/// // let shared = aws_config::load_from_env().await;
/// let shared = xray_aws_sdk::trace(&shared);
/// let sqs = aws_sdk_sqs::Client::new(&shared);
/// # }
/// ```
///
/// A configuration without an HTTP client gets the SDK's default one. Where the SDK was built
/// without any, the configuration stays as it is, and an error in the log says so.
#[must_use]
pub fn trace(config: &SdkConfig) -> SdkConfig {
    let version = config.behavior_version();
    let Some(client) = config.http_client().or_else(|| default_client(version)) else {
        log::error!(
            target: "xray",
            "the AWS SDK was built without an HTTP client and the configuration has none: its calls \
             are not traced"
        );
        return config.clone();
    };
    let mut builder = config.to_builder();
    builder.set_http_client(Some(traced_http_client(client)));
    builder.build()
}

/// What clients use where they are told of no other.
fn default_client(version: Option<BehaviorVersion>) -> Option<SharedHttpClient> {
    let version = version.unwrap_or_else(BehaviorVersion::latest);
    let plugin = default_http_client_plugin_v2(version)?;
    let none = RuntimeComponentsBuilder::new("none");
    plugin.runtime_components(&none).http_client()
}

/// An HTTP client that records a subsegment for each request of an AWS client: what [`trace()`]
/// makes of a configuration's. Other requests go through as they are, and so do those that have a
/// subsegment already.
#[must_use]
pub fn traced_http_client(inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Client { inner })
}

#[derive(Debug)]
struct Client {
    inner: SharedHttpClient,
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        if Context::current().is_missing() {
            return inner;
        }
        SharedHttpConnector::new(Connector {
            inner,
            operation: target::operation(components),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, cfg)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, cfg)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

/// Made anew for each attempt; the connections are the inner one's.
#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    operation: Option<String>,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let context = Context::current();
        if context.is_missing() || marker::is_traced(&request) {
            return self.inner.call(request);
        }
        let target = Target::of(&request, self.operation.as_deref());
        let call = target.and_then(|target| {
            let call = target.begin(&context)?;
            Some((call, target.attempt))
        });
        let Some((call, attempt)) = call else {
            return self.inner.call(request);
        };
        if let Some(header) = call.header() {
            let _ = request.headers_mut().try_insert(TraceHeader::NAME, header);
        }
        request.add_extension(Traced);
        let captured = begin(&call, attempt, &mut request);
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let result = answer.await;
            finish(call, &captured, result).await
        })
    }
}

/// Records the request, and has the connection's facts captured.
fn begin(call: &Call, attempt: u32, request: &mut HttpRequest) -> CaptureHttpAttemptTelemetry {
    let present = request.extension::<CaptureHttpAttemptTelemetry>().cloned();
    let Some(subsegment) = call.recording() else {
        return present.unwrap_or_default();
    };
    subsegment.aws("retries", &attempt.saturating_sub(1));
    let none = Additions::default();
    parameters::record_request(subsegment, call.what(), &none, None, request);
    present.unwrap_or_else(|| {
        let captured = CaptureHttpAttemptTelemetry::new();
        request.add_extension(captured.clone());
        captured
    })
}

/// Records the response, and hands it on as it is.
async fn finish(
    call: Call,
    captured: &CaptureHttpAttemptTelemetry,
    result: Result<HttpResponse, ConnectorError>,
) -> Result<HttpResponse, ConnectorError> {
    let Some(subsegment) = call.recording() else {
        call.end();
        return result;
    };
    call::connection(subsegment, captured);
    let response = match result {
        Ok(response) => response,
        Err(error) => {
            let kind = if error.is_timeout() {
                "TimeoutError"
            } else {
                "DispatchFailure"
            };
            call::failure(subsegment, kind, &error);
            call.end();
            return Err(error);
        }
    };
    let none = Additions::default();
    let failed = !response.status().is_success();
    let (service, operation) = call.what();
    let wanted = failed || parameters::needs_body(&none, service, operation);
    let response = if wanted {
        body::held(response).await
    } else {
        response
    };
    call::response(subsegment, &response, failed);
    if failed {
        let says = format!("status {}", response.status().as_u16());
        let status = response.status().as_u16();
        ServiceError::of(&response).record(subsegment, status, &says);
    } else {
        parameters::record_response(subsegment, call.what(), &none, &response);
    }
    call.end();
    Ok(response)
}
