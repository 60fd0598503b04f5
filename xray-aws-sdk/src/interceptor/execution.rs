//! What is kept of an operation while it lasts.

use crate::call::Call;
use crate::names;
use aws_runtime::auth::{HttpSignatureType, SigV4OperationSigningConfig};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_smithy_runtime_api::client::http::telemetry::CaptureHttpAttemptTelemetry;
use aws_smithy_runtime_api::client::interceptors::DisableInterceptor;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::region::Region;
use xray_core::Context;

/// What is kept of an operation, in its own configuration.
#[derive(Debug)]
pub(super) struct Execution {
    pub(super) context: Context,
    // The inner one ends first: fields are dropped in this order.
    pub(super) attempt: Option<Call>,
    pub(super) call: Option<Call>,
    pub(super) connection: Option<CaptureHttpAttemptTelemetry>,
}

impl Storable for Execution {
    type Storer = StoreReplace<Self>;
}

impl Execution {
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            attempt: None,
            call: None,
            connection: None,
        }
    }

    /// What an attempt's facts belong to: the attempt, where attempts have subsegments.
    pub(super) fn innermost(&self) -> Option<&Call> {
        self.attempt.as_ref().or(self.call.as_ref())
    }
}

/// Opens the subsegment, once it is known what is called.
pub(super) fn begin(cfg: &mut ConfigBag) {
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

/// Whether the request is only signed and never sent. The signature's own settings would say so,
/// too, but later than a subsegment is opened; what all presigning plugins do first is to do without
/// the headers that tell of the invocation and its attempts.
fn is_presigned(cfg: &ConfigBag) -> bool {
    let no_id = cfg.load::<DisableInterceptor<InvocationIdInterceptor>>();
    let no_attempts = cfg.load::<DisableInterceptor<RequestInfoInterceptor>>();
    (no_id.is_some() && no_attempts.is_some()) || is_signed_in_query(cfg)
}

pub(super) fn is_signed_in_query(cfg: &ConfigBag) -> bool {
    let config = cfg.load::<SigV4OperationSigningConfig>();
    let kind = config.map(|config| config.signing_options.signature_type);
    matches!(kind, Some(HttpSignatureType::HttpRequestQueryParams))
}
