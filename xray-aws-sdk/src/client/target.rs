//! What a signed request is for, read off the request.

use crate::call::Call;
use crate::names;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use xray_core::Context;

/// The name of the operation, by an interceptor that every generated operation brings along.
pub(super) fn operation(components: &RuntimeComponents) -> Option<String> {
    let names = components.interceptors().filter_map(|interceptor| {
        let name = interceptor.name();
        name.strip_suffix("EndpointParamsInterceptor")
    });
    let mut names = names.filter(|name| !name.is_empty());
    names.next().map(str::to_owned)
}

/// What a request is for.
#[derive(Debug)]
pub(super) struct Target<'a> {
    service: String,
    operation: &'a str,
    region: Option<&'a str>,
    pub(super) attempt: u32,
}

impl<'a> Target<'a> {
    /// None for requests that no AWS client makes: those to metadata services, for instance.
    pub(super) fn of(request: &'a HttpRequest, operation: Option<&'a str>) -> Option<Self> {
        let headers = request.headers();
        let agents = [headers.get("x-amz-user-agent"), headers.get("user-agent")];
        let id = agents.into_iter().flatten().find_map(|agent| {
            let api = agent
                .split(' ')
                .find_map(|word| word.strip_prefix("api/"))?;
            api.split('/').next()
        })?;
        let operation = operation
            .or_else(|| headers.get("x-amz-target")?.rsplit('.').next())
            .unwrap_or_else(|| request.method());
        let attempt = headers.get("amz-sdk-request").and_then(|parts| {
            let mut parts = parts.split(';').map(str::trim);
            parts
                .find_map(|part| part.strip_prefix("attempt="))?
                .parse()
                .ok()
        });
        Some(Self {
            service: names::of_small_letters(id).into_owned(),
            operation,
            region: headers.get("authorization").and_then(region),
            attempt: attempt.unwrap_or(1),
        })
    }

    pub(super) fn begin(&self, context: &Context) -> Option<Call> {
        Call::begin(context, &self.service, self.operation, self.region)
    }
}

/// The region of a signature's scope: `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn region(authorization: &str) -> Option<&str> {
    // Signatures for several regions have none in their scope.
    let authorization = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split([',', ' ']).next()?.split('/').nth(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_what_it_is_for() {
        let mut request = HttpRequest::get("https://sqs.eu-west-1.amazonaws.com/").unwrap();
        assert!(Target::of(&request, None).is_none(), "of no AWS client");
        let headers = request.headers_mut();
        headers.insert("user-agent", "aws-sdk-rust/1.4.0 os/linux");
        assert!(
            Target::of(&request, None).is_none(),
            "of no client for a service"
        );
        let headers = request.headers_mut();
        headers.insert(
            "x-amz-user-agent",
            "aws-sdk-rust/1.4.0 ua/2.1 api/sqs/1.119.0 os/linux",
        );
        headers.insert("amz-sdk-request", "attempt=2; max=3");
        let target = Target::of(&request, None).unwrap();
        assert_eq!(
            (&*target.service, target.operation, target.region),
            ("SQS", "GET", None)
        );
        assert_eq!(target.attempt, 2);
        let headers = request.headers_mut();
        headers.insert("x-amz-target", "AmazonSQS.SendMessage");
        headers.insert(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKID/20261125/eu-west-1/sqs/aws4_request, SignedHeaders=h",
        );
        let target = Target::of(&request, None).unwrap();
        assert_eq!(
            (target.operation, target.region),
            ("SendMessage", Some("eu-west-1"))
        );
        assert_eq!(
            Target::of(&request, Some("Other")).unwrap().operation,
            "Other"
        );
    }

    #[test]
    fn scopes_that_are_none_have_no_region() {
        for authorization in [
            "",
            "Bearer x",
            "AWS4-HMAC-SHA256 Credential=",
            "AWS4-HMAC-SHA256 x",
        ] {
            assert_eq!(region(authorization), None, "{authorization}");
        }
        assert_eq!(
            region("AWS4-ECDSA-P256-SHA256 Credential=a/20261125/s3/aws4_request"),
            None
        );
    }
}
