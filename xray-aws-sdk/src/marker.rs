//! How the two forms know of each other.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// An extension of requests that have a subsegment already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traced;

pub(crate) fn is_traced(request: &HttpRequest) -> bool {
    request.extension::<Traced>().is_some()
}
