//! Where members stand in requests and responses, by protocol and by service.

use super::{Parameter, Take, json};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::Headers;
use serde_json::Value;
use std::borrow::Cow;

/// Hands over the wanted members of the input that the request shows.
pub(super) fn request(
    service: &str,
    request: &HttpRequest,
    wanted: &[&Parameter],
    mut found: impl FnMut(&Parameter, &Value),
) {
    let kind = request.headers().get("content-type").unwrap_or_default();
    // A user may send objects that look like AWS's own JSON.
    let body = request.body().bytes().filter(|_| !has_users_body(service));
    match (kind, body) {
        (kind, Some(body)) if is_json(kind) => json::members(body, wanted, found),
        (kind, Some(body)) if kind.starts_with("application/x-www-form-urlencoded") => {
            let body = std::str::from_utf8(body).unwrap_or_default();
            simple(wanted, &mut found, |member| form(body, member));
        }
        _ => {
            let Some(rest) = Rest::new(request.uri(), request.headers()) else {
                return;
            };
            simple(wanted, &mut found, |member| rest.member(service, member));
        }
    }
}

/// Hands over the wanted members of the output that the response shows.
pub(super) fn response(
    service: &str,
    response: &HttpResponse,
    wanted: &[&Parameter],
    mut found: impl FnMut(&Parameter, &Value),
) {
    if has_users_body(service) {
        for parameter in wanted {
            let value = match &*parameter.member {
                "StatusCode" | "Status" if service == "Lambda" => {
                    Some(Value::from(response.status().as_u16()))
                }
                "FunctionError" => {
                    let error = response.headers().get("x-amz-function-error");
                    error.map(Value::from)
                }
                _ => None,
            };
            if let Some(value) = value {
                found(parameter, &value);
            }
        }
        return;
    }
    let kind = response.headers().get("content-type").unwrap_or_default();
    if let (true, Some(body)) = (is_json(kind), response.body().bytes()) {
        json::members(body, wanted, found);
    }
}

/// Whether bodies are the user's, and not the service's.
pub(super) fn has_users_body(service: &str) -> bool {
    matches!(service, "Lambda" | "S3" | "SageMakerRuntime")
}

fn is_json(content_type: &str) -> bool {
    content_type.starts_with("application/x-amz-json")
        || content_type.starts_with("application/json")
}

fn simple<'a>(
    wanted: &[&Parameter],
    found: &mut impl FnMut(&Parameter, &Value),
    value: impl Fn(&str) -> Option<Cow<'a, str>>,
) {
    let values = wanted
        .iter()
        .filter(|parameter| parameter.take == Take::Value);
    for parameter in values {
        if let Some(value) = value(&parameter.member) {
            found(parameter, &Value::String(value.into_owned()));
        }
    }
}

/// A member of a form, or of a query.
fn form<'a>(text: &'a str, member: &str) -> Option<Cow<'a, str>> {
    let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == member)?;
    Some(percent_decoded(value, true))
}

/// A request whose members stand in its URL and its headers.
struct Rest<'a> {
    host: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a Headers,
}

impl<'a> Rest<'a> {
    fn new(uri: &'a str, headers: &'a Headers) -> Option<Self> {
        let (host, rest) = match uri.split_once("://") {
            Some((_, rest)) => rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())),
            // Before its endpoint is resolved.
            None => ("", uri),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Some(Self {
            host,
            path: path.strip_prefix('/').unwrap_or(path),
            query,
            headers,
        })
    }

    fn member(&self, service: &str, member: &str) -> Option<Cow<'a, str>> {
        let found = match (service, member) {
            ("S3", "Bucket") => self.bucket_and_key().0.map(Cow::Borrowed),
            ("S3", "Key") => self
                .bucket_and_key()
                .1
                .map(|key| percent_decoded(key, false)),
            ("S3", "VersionId") => form(self.query, "versionId"),
            ("S3", "Prefix") => form(self.query, "prefix"),
            ("S3", "CopySource") => self.header("x-amz-copy-source"),
            ("Lambda", "FunctionName") => self.after("functions"),
            ("Lambda", "InvocationType") => self.header("x-amz-invocation-type"),
            ("Lambda", "LogType") => self.header("x-amz-log-type"),
            ("Lambda", "Qualifier") => form(self.query, "Qualifier"),
            ("SageMakerRuntime", "EndpointName") => self.after("endpoints"),
            _ => None,
        };
        found.filter(|value| !value.is_empty())
    }

    /// The bucket is the host's first label, or the path's first segment; before there is an
    /// endpoint the path has only the key.
    fn bucket_and_key(&self) -> (Option<&'a str>, Option<&'a str>) {
        if self.host.is_empty() {
            return (None, Some(self.path));
        }
        let bucket = self.host.find(".s3").map(|end| &self.host[..end]);
        match bucket {
            Some(bucket) if self.host.contains(".amazonaws.") => (Some(bucket), Some(self.path)),
            _ => {
                let (bucket, key) = self.path.split_once('/').unwrap_or((self.path, ""));
                (Some(bucket), Some(key))
            }
        }
    }

    /// The segment of the path after this one.
    fn after(&self, segment: &str) -> Option<Cow<'a, str>> {
        let mut segments = self.path.split('/');
        segments.find(|s| *s == segment)?;
        segments.next().map(|value| percent_decoded(value, false))
    }

    fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        self.headers.get(name).map(Cow::Borrowed)
    }
}

/// As URLs encode it; in forms and queries a `+` is a blank. What is no text then stays as it was.
fn percent_decoded(text: &str, plus: bool) -> Cow<'_, str> {
    let encoded = text.contains('%') || (plus && text.contains('+'));
    if !encoded {
        return Cow::Borrowed(text);
    }
    let hex = |at: usize| char::from(*text.as_bytes().get(at)?).to_digit(16);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        at += 1;
        match (byte, hex(at), hex(at + 1)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) if plus => out.push(b' '),
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(uri: &str, service: &str, member: &str) -> Option<String> {
        let headers = Headers::new();
        let rest = Rest::new(uri, &headers).unwrap();
        rest.member(service, member).map(Cow::into_owned)
    }

    #[test]
    fn c36_buckets_and_keys_of_all_styles() {
        for (uri, bucket, key) in [
            (
                "https://b-1.s3.eu-west-1.amazonaws.com/a/b%20c?x-id=GetObject",
                Some("b-1"),
                Some("a/b c"),
            ),
            (
                "https://b.dots.s3.amazonaws.com/k",
                Some("b.dots"),
                Some("k"),
            ),
            (
                "https://s3.eu-west-1.amazonaws.com/b-1/a/b+c",
                Some("b-1"),
                Some("a/b+c"),
            ),
            ("http://127.0.0.1:4566/b-1?list-type=2", Some("b-1"), None),
            ("http://127.0.0.1:4566/b-1/", Some("b-1"), None),
            ("http://127.0.0.1:4566", None, None),
            ("/a/b?x-id=GetObject", None, Some("a/b")),
            ("/", None, None),
            ("", None, None),
        ] {
            assert_eq!(member(uri, "S3", "Bucket").as_deref(), bucket, "{uri}");
            assert_eq!(member(uri, "S3", "Key").as_deref(), key, "{uri}");
        }
        let uri = "http://h/b/k?versionId=3%2FL4&prefix=p%20q&x";
        assert_eq!(member(uri, "S3", "VersionId").as_deref(), Some("3/L4"));
        assert_eq!(member(uri, "S3", "Prefix").as_deref(), Some("p q"));
    }

    #[test]
    fn c36_functions_and_endpoints() {
        let uri = "http://h/2015-03-31/functions/arn%3Aaws%3Alambda%3Af/invocations?Qualifier=PROD";
        let name = member(uri, "Lambda", "FunctionName");
        assert_eq!(name.as_deref(), Some("arn:aws:lambda:f"));
        assert_eq!(member(uri, "Lambda", "Qualifier").as_deref(), Some("PROD"));
        let uri = "http://h/endpoints/model-1/invocations";
        let name = member(uri, "SageMakerRuntime", "EndpointName");
        assert_eq!(name.as_deref(), Some("model-1"));
        assert_eq!(member("http://h/functions", "Lambda", "FunctionName"), None);
    }

    #[test]
    fn decoding_never_fails() {
        for (text, decoded) in [
            ("a+b%20c", "a b c"),
            ("%", "%"),
            ("%2", "%2"),
            ("%zz%41", "%zzA"),
            ("%ff", "%ff"),
            ("é+%C3%A9", "é é"),
        ] {
            assert_eq!(percent_decoded(text, true), decoded);
        }
        assert_eq!(percent_decoded("a+b", false), "a+b");
    }
}
