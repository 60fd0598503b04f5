//! How a response tells its outcome: by its status, and in gRPC by a status of its own.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use xray_core::Context;

/// The annotation that holds gRPC's status, as a number.
const GRPC_STATUS: &str = "grpc_status";

/// Whether the content is gRPC's. gRPC-Web is not: its trailers are part of the body.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let rest = content_type(headers).and_then(|t| starting(t, "application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
}

/// Whether the response goes on for as long as the client listens.
pub(crate) fn is_event_stream(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|t| starting(t, "text/event-stream").is_some())
}

fn content_type(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(CONTENT_TYPE).map(|value| value.as_bytes())
}

/// What comes after `start`, which stands there in any case.
fn starting<'a>(text: &'a [u8], start: &str) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start.as_bytes()).then_some(rest)
}

/// The length that the header promises.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether a response of this status has no body, whatever its headers say (RFC 9110, 6.4.1).
pub(crate) fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// What gRPC's status means: whose doing it was.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Fine,
    Error,
    Throttle,
    Fault,
}

impl Outcome {
    /// By the numbers of the gRPC specification, sorted as in the SDK for Go; one that is not known
    /// counts as UNKNOWN.
    fn of(code: u32) -> Self {
        match code {
            0 => Self::Fine,
            // CANCELLED, INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED
            1 | 3 | 5 | 6 | 7 => Self::Error,
            // FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, UNAUTHENTICATED
            9 | 10 | 11 | 16 => Self::Error,
            // RESOURCE_EXHAUSTED
            8 => Self::Throttle,
            // UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS
            _ => Self::Fault,
        }
    }
}

/// Records gRPC's status, where it stands in these headers or trailers; whether it does.
pub(crate) fn record_grpc(entity: &Context, headers: &HeaderMap) -> bool {
    let Some(value) = headers.get("grpc-status") else {
        return false;
    };
    // What is no number is a status that nobody knows.
    let code = value.to_str().ok().and_then(|v| v.trim().parse().ok());
    let code = code.unwrap_or(2);
    entity.annotate(GRPC_STATUS, code);
    match Outcome::of(code) {
        Outcome::Fine => {}
        Outcome::Error => entity.mark_error(),
        Outcome::Throttle => entity.mark_throttle(),
        Outcome::Fault => entity.mark_fault(),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(content_type: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        headers
    }

    #[test]
    fn content_types_are_told_apart() {
        for grpc in [
            "application/grpc",
            "application/grpc+proto",
            "Application/GRPC;x=y",
        ] {
            assert!(is_grpc(&typed(grpc)), "{grpc}");
        }
        for other in ["application/grpc-web", "application/json", "application"] {
            assert!(!is_grpc(&typed(other)), "{other}");
        }
        assert!(is_event_stream(&typed("text/event-stream; charset=utf-8")));
        assert!(!is_event_stream(&typed("text/event")));
        assert!(!is_event_stream(&HeaderMap::new()) && !is_grpc(&HeaderMap::new()));
    }

    #[test]
    fn every_grpc_status_is_somebodys_doing() {
        let of = |outcome| (0..18).filter(|&c| Outcome::of(c) == outcome).collect();
        let errors: Vec<u32> = of(Outcome::Error);
        assert_eq!(errors, [1, 3, 5, 6, 7, 9, 10, 11, 16]);
        let faults: Vec<u32> = of(Outcome::Fault);
        assert_eq!(faults, [2, 4, 12, 13, 14, 15, 17]);
        assert_eq!(Outcome::of(8), Outcome::Throttle);
        assert_eq!(Outcome::of(0), Outcome::Fine);
    }
}
