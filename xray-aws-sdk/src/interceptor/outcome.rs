//! How an operation, or an attempt, ended.

use crate::call;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use std::error::Error as _;
use xray_core::Subsegment;

/// Records how a call, or an attempt, ended.
pub(super) fn outcome(
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
