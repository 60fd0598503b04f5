//! What a service says when it does not do what it was asked for, and whose doing that is.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::Value;
use xray_core::{Exception, Subsegment};

/// Codes by which services say that they are asked too often, whatever the status; those at which
/// the SDKs of AWS wait longer before they try again (`sdk-core`, "retry behavior").
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Bytes of an error's body that are looked at.
const LARGEST: usize = 64 << 10;

/// An error as the service described it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ServiceError {
    pub(crate) code: Option<String>,
    message: Option<String>,
}

impl ServiceError {
    /// Reads it off the response, in whichever of AWS's protocols it is.
    pub(crate) fn of(response: &HttpResponse) -> Self {
        let header = response.headers().get("x-amzn-errortype");
        let body = response.body().bytes().unwrap_or_default();
        let mut read = Self::read(&body[..body.len().min(LARGEST)]);
        if let Some(code) = header.or(read.code.as_deref()).map(bare) {
            read.code = Some(code.to_owned());
        }
        read
    }

    fn read(body: &[u8]) -> Self {
        if let Ok(json) = serde_json::from_slice::<Value>(body) {
            // Some services have numbers for codes, which say less than nothing.
            let text = |keys: &[&str]| keys.iter().find_map(|key| json[*key].as_str());
            return Self {
                code: text(&["__type", "code", "Code"]).map(str::to_owned),
                message: text(&["message", "Message", "errorMessage"]).map(str::to_owned),
            };
        }
        let text = std::str::from_utf8(body).unwrap_or_default();
        Self {
            code: element(text, "Code"),
            message: element(text, "Message"),
        }
    }

    pub(crate) fn is_throttling(&self, status: u16) -> bool {
        let code = self.code.as_deref();
        status == 429 || code.is_some_and(|code| THROTTLING.contains(&code))
    }

    /// Records it. `otherwise` is what the SDK says of it.
    pub(crate) fn record(&self, subsegment: &Subsegment, status: u16, otherwise: &str) {
        let message = self.message.as_deref().filter(|text| !text.is_empty());
        let message = message.unwrap_or(otherwise);
        let code = self.code.as_deref().unwrap_or("ServiceError");
        let exception = Exception::message(&message).named(code).remote();
        subsegment.record(match status {
            status if self.is_throttling(status) => exception.as_throttle(),
            // What was asked for has not changed: nobody's failure.
            304 => exception.unmarked(),
            300..500 => exception.as_error(),
            _ => exception,
        });
    }
}

/// `com.amazonaws.sqs#QueueDoesNotExist` and `NotFound:http://…` without what is around the name.
fn bare(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, name)| name);
    code.split_once(':').map_or(code, |(name, _)| name).trim()
}

/// The text of the first such element of an XML document.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let mut text = text.trim().to_owned();
    // The ampersand last: what it makes is not to be read again.
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ] {
        if text.contains(entity) {
            text = text.replace(entity, character);
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::body::SdkBody;

    fn read(header: Option<&'static str>, body: &'static str) -> (Option<String>, Option<String>) {
        let status = 400.try_into().unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-errortype", header);
        }
        let error = ServiceError::of(&response);
        (error.code, error.message)
    }

    #[test]
    fn codes_and_messages_of_all_protocols() {
        for (header, body, code, message) in [
            (
                None,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}"#,
                Some("ResourceNotFoundException"),
                Some("no"),
            ),
            (
                None,
                r#"{"code":"Bad","Message":"no"}"#,
                Some("Bad"),
                Some("no"),
            ),
            (None, r#"{"code":17,"errorMessage":"no"}"#, None, Some("no")),
            (
                Some("ResourceNotFoundException:http://internal.amazon.com/coral/"),
                r#"{"Message":"Function not found"}"#,
                Some("ResourceNotFoundException"),
                Some("Function not found"),
            ),
            (
                None,
                "<?xml version='1.0'?>\n<Error><Code>NoSuchKey</Code><Message>a &amp;lt; b</Message></Error>",
                Some("NoSuchKey"),
                Some("a &lt; b"),
            ),
            (
                None,
                "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code></Error></ErrorResponse>",
                Some("NotFound"),
                None,
            ),
            (None, "", None, None),
            (None, "null", None, None),
            (None, "<Code>", None, None),
            (None, "[1]", None, None),
        ] {
            let expected = (code.map(str::to_owned), message.map(str::to_owned));
            assert_eq!(read(header, body), expected, "{body}");
        }
    }

    #[test]
    fn c38_throttling_is_known_by_its_code_or_by_429() {
        let error = |code: &str| ServiceError {
            code: Some(code.to_owned()),
            message: None,
        };
        for code in THROTTLING {
            assert!(error(code).is_throttling(400), "{code}");
        }
        assert!(error("SlowDown").is_throttling(503));
        assert!(!error("ValidationException").is_throttling(400));
        assert!(error("ValidationException").is_throttling(429));
        assert!(ServiceError::default().is_throttling(429));
    }
}
