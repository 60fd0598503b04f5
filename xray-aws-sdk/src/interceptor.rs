//! The interceptor: one subsegment for each operation, from its beginning to its result.

use crate::call::{self, Call};
use crate::marker::Traced;
use crate::names;
use crate::parameters::{self, Additions, CAPTURED, Parameter};
use aws_runtime::auth::{HttpSignatureType, SigV4OperationSigningConfig};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::telemetry::CaptureHttpAttemptTelemetry;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, Error, FinalizerInterceptorContextRef, Output,
};
use aws_smithy_runtime_api::client::interceptors::{
    DisableInterceptor, Intercept, dyn_dispatch_hint,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::telemetry::{CapturedTelemetryAttributes, RequestedTelemetryAttributes};
use aws_types::region::Region;
use std::error::Error as _;
use std::sync::LazyLock;
use xray_core::{Context, Subsegment, TraceHeader};

/// Records a subsegment for each operation of a client.
///
/// Belongs to the configuration of a client, or of one call:
///
/// ```no_run
/// # async fn example(shared: &aws_types::SdkConfig) {
/// use aws_sdk_sqs::{Client, config::Builder};
/// use xray_aws_sdk::SubsegmentInterceptor;
///
/// let config = Builder::from(shared).interceptor(SubsegmentInterceptor::new());
/// let sqs = Client::from_conf(config.build());
///
/// // Or for this one alone:
/// let call = sqs.list_queues().customize().interceptor(SubsegmentInterceptor::new());
/// # }
/// ```
///
/// It never fails a call. See the [crate] for what is recorded.
#[derive(Clone, Debug, Default)]
pub struct SubsegmentInterceptor {
    attempts: bool,
    additions: Additions,
}

impl SubsegmentInterceptor {
    /// Records what the catalogue has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether each attempt at a call is a subsegment `attempt` below the call's, with its own times,
    /// status and error; false if not said. The trace header then leads to the attempt.
    #[must_use]
    pub fn attempts(mut self, attempts: bool) -> Self {
        self.attempts = attempts;
        self
    }

    /// Records more members of an operation's input or output.
    ///
    /// ```
    /// use xray_aws_sdk::{Parameter, SubsegmentInterceptor};
    ///
    /// let interceptor = SubsegmentInterceptor::new()
    ///     .parameters("SFN", "StartExecution", [Parameter::request("name")])
    ///     .parameters("DynamoDB", "Query", [Parameter::response("Items").count().named("items")]);
    /// ```
    #[must_use]
    pub fn parameters(
        mut self,
        service: &str,
        operation: &str,
        parameters: impl IntoIterator<Item = Parameter>,
    ) -> Self {
        self.additions.add(service, operation, parameters);
        self
    }

    /// What the SDK shall hand over of the input, besides what the user asked it for.
    fn requested(
        &self,
        before: Option<&RequestedTelemetryAttributes>,
    ) -> RequestedTelemetryAttributes {
        static OURS: LazyLock<RequestedTelemetryAttributes> = LazyLock::new(|| {
            let mut ours = RequestedTelemetryAttributes::default();
            ours.capture_only(CAPTURED);
            ours
        });
        let mut requested = match before {
            None => OURS.clone(),
            Some(before) => {
                let mut all = before.clone();
                all.capture_only(CAPTURED);
                all
            }
        };
        requested.capture_only(self.additions.captured());
        requested
    }
}

/// Opens the subsegment, once it is known what is called.
fn begin(cfg: &mut ConfigBag) {
    let waits = cfg.load::<Execution>().filter(|e| e.call.is_none());
    let Some(recording) = waits.map(|e| e.context.is_recording()) else {
        return;
    };
    if is_presigned(cfg) {
        return;
    }
    let region = cfg.load::<Region>().filter(|_| recording).cloned();
    let Some(metadata) = cfg.load::<Metadata>().cloned() else {
        return;
    };
    if let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() {
        let (service, operation) = (names::canonical(metadata.service()), metadata.name());
        let region = region.as_ref().map(AsRef::as_ref);
        execution.call = Call::begin(&execution.context, &service, operation, region);
    }
}

/// What is kept of an operation, in its own configuration.
#[derive(Debug)]
struct Execution {
    context: Context,
    // The inner one ends first: fields are dropped in this order.
    attempt: Option<Call>,
    call: Option<Call>,
    connection: Option<CaptureHttpAttemptTelemetry>,
}

impl Storable for Execution {
    type Storer = StoreReplace<Self>;
}

impl Execution {
    /// What an attempt's facts belong to: the attempt, where attempts have subsegments.
    fn innermost(&self) -> Option<&Call> {
        self.attempt.as_ref().or(self.call.as_ref())
    }
}

/// Whether the request is only signed and never sent. The signature's own settings would say so,
/// too, but later than a subsegment is opened; what all presigning plugins do first is to do without
/// the id of the invocation.
fn is_presigned(cfg: &ConfigBag) -> bool {
    let disabled = cfg.load::<DisableInterceptor<InvocationIdInterceptor>>();
    disabled.is_some() || is_signed_in_query(cfg)
}

fn is_signed_in_query(cfg: &ConfigBag) -> bool {
    let config = cfg.load::<SigV4OperationSigningConfig>();
    let kind = config.map(|config| config.signing_options.signature_type);
    matches!(kind, Some(HttpSignatureType::HttpRequestQueryParams))
}

#[dyn_dispatch_hint]
impl Intercept for SubsegmentInterceptor {
    fn name(&self) -> &'static str {
        "XRaySubsegmentInterceptor"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let context = Context::current();
        // A client may be configured by whoever installed another one of these.
        if context.is_missing() || cfg.load::<Execution>().is_some() {
            return Ok(());
        }
        if context.is_recording() {
            let requested = self.requested(cfg.load::<RequestedTelemetryAttributes>());
            cfg.interceptor_state().store_put(requested);
        }
        cfg.interceptor_state().store_put(Execution {
            context,
            attempt: None,
            call: None,
            connection: None,
        });
        Ok(())
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Nothing has been awaited since the execution began: this is still its beginning.
        begin(cfg);
        Ok(())
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let call = cfg.load::<Execution>().and_then(|e| e.call.as_ref());
        if let Some((call, subsegment)) = call.and_then(|call| Some((call, call.recording()?))) {
            let captured = cfg.load::<CapturedTelemetryAttributes>();
            let (what, request) = (call.what(), context.request());
            parameters::record_request(subsegment, what, &self.additions, captured, request);
        }
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() {
            if self.attempts && execution.attempt.is_none() {
                execution.attempt = execution.call.as_ref().and_then(Call::attempt);
            }
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_signed_in_query(cfg) {
            return Ok(());
        }
        let captured = cfg.load::<CapturedTelemetryAttributes>();
        let needs_host = captured.is_none_or(|all| all.get("Bucket").is_none());
        let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() else {
            return Ok(());
        };
        let Some(innermost) = execution.innermost() else {
            return Ok(());
        };
        let (header, recording) = (innermost.header(), innermost.recording().is_some());
        let request = context.request_mut();
        if let Some(header) = header {
            // Whatever stands there leads elsewhere: on Lambda, the SDK has put the function's there.
            let _ = request.headers_mut().try_insert(TraceHeader::NAME, header);
        }
        request.add_extension(Traced);
        if !recording {
            return Ok(());
        }
        let present = request.extension::<CaptureHttpAttemptTelemetry>().cloned();
        let capture = present.unwrap_or_else(|| {
            let capture = CaptureHttpAttemptTelemetry::new();
            request.add_extension(capture.clone());
            capture
        });
        execution.connection = Some(capture);
        let call = execution.call.as_ref().filter(|call| call.service == "S3");
        if let Some((call, subsegment)) = call.and_then(|call| Some((call, call.recording()?))) {
            if needs_host {
                let additions = &self.additions;
                parameters::record_request(subsegment, call.what(), additions, None, request);
            }
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() else {
            return Ok(());
        };
        let connection = execution.connection.take();
        let subsegment = execution.innermost().and_then(Call::recording);
        if let Some((captured, subsegment)) = connection.zip(subsegment) {
            call::connection(subsegment, &captured);
        }
        if let Some(attempt) = execution.attempt.take() {
            if let Some(subsegment) = attempt.recording() {
                outcome(subsegment, context.response(), context.output_or_error());
            }
            attempt.end();
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if matches!(context.output_or_error(), Some(Err(_))) {
            // It may have failed before there was anything to serialise.
            begin(cfg);
        }
        let attempts = cfg.load::<RequestAttempts>().map_or(0, |a| a.attempts());
        let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() else {
            return Ok(());
        };
        let Some(call) = execution.call.take() else {
            return Ok(());
        };
        if let Some(subsegment) = call.recording() {
            subsegment.aws("retries", &attempts.saturating_sub(1));
            outcome(subsegment, context.response(), context.output_or_error());
            if let Some(response) = context.response() {
                let what = call.what();
                parameters::record_response(subsegment, what, &self.additions, response);
            }
        }
        call.end();
        Ok(())
    }
}

/// Records how a call, or an attempt, ended.
fn outcome(
    subsegment: &Subsegment,
    response: Option<&HttpResponse>,
    result: Option<Result<&Output, &OrchestratorError<Error>>>,
) {
    let error = result.and_then(Result::err);
    let from_service = error.and_then(OrchestratorError::as_operation_error);
    if let Some(response) = response {
        call::response(subsegment, response, from_service.is_some());
    }
    match (from_service, response, error) {
        (Some(error), Some(response), _) => call::service_error(subsegment, response, error),
        (_, _, Some(error)) => {
            // Their own texts say only which of these it is.
            let source = error.source().unwrap_or(error);
            call::failure(subsegment, kind(error), source);
        }
        _ => {}
    }
}

/// What the SDK calls it where users meet it (`SdkError`).
fn kind(error: &OrchestratorError<Error>) -> &'static str {
    let connector = error.as_connector_error();
    if error.is_timeout_error() || connector.is_some_and(|e| e.is_timeout()) {
        "TimeoutError"
    } else if connector.is_some() {
        "DispatchFailure"
    } else if error.is_response_error() {
        "ResponseError"
    } else {
        "ConstructionFailure"
    }
}
