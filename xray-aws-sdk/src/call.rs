//! One call to a service, or one attempt at it, as its subsegment tells it.

use crate::failure::ServiceError;
use crate::names;
use aws_smithy_runtime_api::client::http::telemetry::{
    CaptureHttpAttemptTelemetry, ConnectionUsage,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::request_id::RequestId;
use serde_json::json;
use std::error::Error;
use xray_core::{__private, Context, Exception, Namespace, Subsegment};

/// The annotation on calls that nobody waited for, which says where they broke off.
const ABORTED: &str = "aborted";

/// A subsegment that ends as aborted where nobody ends it otherwise.
#[derive(Debug)]
pub(crate) struct Call {
    subsegment: Option<Subsegment>,
    pub(crate) service: String,
    pub(crate) operation: String,
}

impl Call {
    /// Opens the subsegment of a call; none for calls of X-Ray's own.
    pub(crate) fn begin(
        context: &Context,
        service: &str,
        operation: &str,
        region: Option<&str>,
    ) -> Option<Self> {
        if names::is_own(service, operation) {
            return None;
        }
        let subsegment = context.subsegment(service);
        if subsegment.is_recording() {
            subsegment.namespace(Namespace::Aws);
            subsegment.aws("operation", operation);
            if let Some(region) = region {
                subsegment.aws("region", region);
            }
        }
        Some(Self::of(subsegment, service, operation))
    }

    /// Opens the subsegment of one attempt below the call's.
    pub(crate) fn attempt(&self) -> Option<Self> {
        let subsegment = self.subsegment.as_ref()?.subsegment("attempt");
        Some(Self::of(subsegment, &self.service, &self.operation))
    }

    fn of(subsegment: Subsegment, service: &str, operation: &str) -> Self {
        // Both are only looked at to record more.
        let kept = |text: &str| {
            if subsegment.is_recording() {
                text.to_owned()
            } else {
                String::new()
            }
        };
        Self {
            service: kept(service),
            operation: kept(operation),
            subsegment: Some(subsegment),
        }
    }

    /// The subsegment, where something is to be recorded on it.
    pub(crate) fn recording(&self) -> Option<&Subsegment> {
        self.subsegment.as_ref().filter(|s| s.is_recording())
    }

    /// Service and operation.
    pub(crate) fn what(&self) -> (&str, &str) {
        (&self.service, &self.operation)
    }

    /// The trace header for the request.
    pub(crate) fn header(&self) -> Option<String> {
        let value = self.subsegment.as_ref()?.header_value()?;
        Some((*value).to_owned())
    }

    /// Ends it: it was waited for.
    pub(crate) fn end(mut self) {
        drop(self.subsegment.take());
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(subsegment) = self.subsegment.take() {
            // Dropped by a panic, it is a fault, and marked so by its own end.
            if !std::thread::panicking() {
                subsegment.mark_error();
                subsegment.annotate(ABORTED, "request");
            }
        }
    }
}

/// Records ids, status and length.
pub(crate) fn response(subsegment: &Subsegment, response: &HttpResponse, failed: bool) {
    let headers = response.headers();
    let status = response.status().as_u16();
    let length = headers
        .get("content-length")
        .and_then(|v| v.trim().parse().ok());
    let length = length.or_else(|| response.body().content_length());
    if failed {
        // Its code says more than the status.
        __private::http_response_unmarked(&subsegment.context(), status, length);
    } else {
        subsegment.http_response(status, length);
    }
    let id = response.request_id().filter(|id| *id != "UNKNOWN");
    let id = id.or_else(|| headers.get("x-amz-request-id"));
    if let Some(id) = id.filter(|id| *id != "UNKNOWN") {
        subsegment.aws("request_id", id);
    }
    if let Some(id) = headers.get("x-amz-id-2") {
        subsegment.aws("id_2", id);
    }
}

/// Records an error that the service described.
pub(crate) fn service_error(
    subsegment: &Subsegment,
    response: &HttpResponse,
    says: &(dyn Error + 'static),
) {
    let status = response.status();
    let error = ServiceError::of(response);
    if status.is_success() && error.code.is_none() {
        // It was no error that was described, but something that the SDK could not read.
        return failure(subsegment, "ResponseError", says.source().unwrap_or(says));
    }
    error.record(subsegment, status.as_u16(), &says.to_string());
}

/// Records what kept the call from being answered: a fault, since nobody knows of a fault of the
/// caller's.
pub(crate) fn failure(subsegment: &Subsegment, kind: &str, error: &(dyn Error + 'static)) {
    subsegment.record(Exception::new(error).named(kind));
}

/// Records what the HTTP client tells of the connection.
pub(crate) fn connection(subsegment: &Subsegment, captured: &CaptureHttpAttemptTelemetry) {
    let facts = captured.get();
    let Some(acquired) = facts.acquisition() else {
        return;
    };
    let remote = facts.connection().and_then(|c| c.remote_addr());
    let waited = acquired.duration().map(|d| d.as_secs_f64());
    subsegment.metadata_in(
        "aws_sdk",
        "connection",
        &json!({
            "reused": acquired.usage() == ConnectionUsage::Reused,
            "acquired_after_seconds": waited,
            "remote_address": remote.map(|address| address.to_string()),
        }),
    );
}
