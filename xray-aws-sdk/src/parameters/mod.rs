//! Which members of a call's input and output are recorded, and where they are found.
//!
//! The SDK hands over some members of the input by name; all others, and those of the output, are
//! read off the request and the response.

mod catalogue;
mod json;
mod snake;
mod wire;

use crate::names;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::telemetry::CapturedTelemetryAttributes;
use snake::snake_case;
use std::borrow::Cow;
use std::sync::Arc;
use xray_core::Subsegment;

/// A member of a call's input or output that is recorded in the `aws` block of its subsegment.
///
/// Members have the names of the service's API reference (`TableName`), what is recorded has the
/// same in snake case (`table_name`) unless [said otherwise](Self::named).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    member: Cow<'static, str>,
    side: Side,
    take: Take,
    key: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Take {
    Value,
    Keys,
    Count,
}

impl Parameter {
    /// A member of the input.
    pub fn request(member: impl Into<Cow<'static, str>>) -> Self {
        Self::new(member, Side::Request)
    }

    /// A member of the output. Only of services that answer in JSON is it seen.
    pub fn response(member: impl Into<Cow<'static, str>>) -> Self {
        Self::new(member, Side::Response)
    }

    fn new(member: impl Into<Cow<'static, str>>, side: Side) -> Self {
        let member = member.into();
        Self {
            key: Cow::Owned(snake_case(&member)),
            member,
            side,
            take: Take::Value,
        }
    }

    /// Only the keys of a map.
    #[must_use]
    pub fn keys(mut self) -> Self {
        self.take = Take::Keys;
        self
    }

    /// Only the number of elements.
    #[must_use]
    pub fn count(mut self) -> Self {
        self.take = Take::Count;
        self
    }

    /// Another name for what is recorded.
    #[must_use]
    pub fn named(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.key = key.into();
        self
    }
}

/// Additions to the catalogue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Additions(Arc<Vec<(String, String, Parameter)>>);

impl Additions {
    pub(crate) fn add(
        &mut self,
        service: &str,
        operation: &str,
        parameters: impl IntoIterator<Item = Parameter>,
    ) {
        let service = names::canonical(service).into_owned();
        let new = parameters
            .into_iter()
            .map(|p| (service.clone(), operation.to_owned(), p));
        Arc::make_mut(&mut self.0).extend(new);
    }

    /// Members of any input that the SDK is to hand over besides [`CAPTURED`].
    pub(crate) fn captured(&self) -> impl Iterator<Item = &str> {
        let ours = self.0.iter().map(|(_, _, parameter)| parameter);
        ours.filter(|p| p.side == Side::Request && p.take == Take::Value)
            .map(|p| &*p.member)
    }

    fn wanted<'a>(&'a self, service: &str, operation: &str, side: Side) -> Vec<&'a Parameter> {
        let added = self
            .0
            .iter()
            .filter(|(s, o, _)| s == service && o == operation);
        let mut wanted: Vec<&'a Parameter> = catalogue::parameters(service, operation).collect();
        wanted.extend(added.map(|(_, _, parameter)| parameter));
        wanted.retain(|parameter| parameter.side == side);
        wanted
    }
}

/// What the SDK is asked to hand over of every input that has it: what all calls of a service have,
/// so that the body need not be read for it, and what the path of a request may hide.
pub(crate) const CAPTURED: &[&str] = &[
    "Bucket",
    "CopySource",
    "EndpointName",
    "FunctionName",
    "Key",
    "Prefix",
    "Qualifier",
    "QueueUrl",
    "StreamName",
    "TableName",
    "TopicArn",
    "VersionId",
];

/// Records members of the input.
pub(crate) fn record_request(
    subsegment: &Subsegment,
    (service, operation): (&str, &str),
    additions: &Additions,
    captured: Option<&CapturedTelemetryAttributes>,
    request: &HttpRequest,
) {
    let mut wanted = additions.wanted(service, operation, Side::Request);
    wanted.retain(|parameter| {
        let value = captured.filter(|_| parameter.take == Take::Value);
        let value = value.and_then(|all| all.get(&parameter.member));
        if let Some(value) = value {
            subsegment.aws(&parameter.key, value);
        }
        value.is_none()
    });
    if !wanted.is_empty() {
        wire::request(service, request, &wanted, |p, value| {
            subsegment.aws(&p.key, value);
        });
    }
}

/// Whether there are members of the output to be recorded, for which the body is needed.
pub(crate) fn needs_body(additions: &Additions, service: &str, operation: &str) -> bool {
    let wanted = additions.wanted(service, operation, Side::Response);
    !wanted.is_empty() && !wire::has_users_body(service)
}

/// Records members of the output.
pub(crate) fn record_response(
    subsegment: &Subsegment,
    (service, operation): (&str, &str),
    additions: &Additions,
    response: &HttpResponse,
) {
    let wanted = additions.wanted(service, operation, Side::Response);
    if !wanted.is_empty() {
        wire::response(service, response, &wanted, |p, value| {
            subsegment.aws(&p.key, value);
        });
    }
}
