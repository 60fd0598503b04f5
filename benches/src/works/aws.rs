//! Calls of the AWS SDK.

use super::{Work, work};
use crate::aws;

/// Calls one after the other.
const CALLS: (u64, u64, u64) = (64, 20, 0);
/// The same, sent with their segment.
const CALLS_SENT: (u64, u64, u64) = (64, 20, 65);

const INTERCEPTOR: &str = "aws interceptor floor";
const CLIENT: &str = "aws http client floor";

/// Works of the AWS SDK.
pub(super) const WORKS: &[Work] = &[
    work(INTERCEPTOR, INTERCEPTOR, CALLS, aws::interceptor_floor),
    work(
        "aws interceptor, no context",
        INTERCEPTOR,
        CALLS,
        aws::interceptor_no_context,
    ),
    work(
        "aws interceptor, unsampled",
        INTERCEPTOR,
        CALLS,
        aws::interceptor_unsampled,
    ),
    work(
        "aws interceptor, sampled",
        INTERCEPTOR,
        CALLS_SENT,
        aws::interceptor_sampled,
    ),
    work(CLIENT, CLIENT, CALLS, aws::client_floor),
    work(
        "aws http client, no context",
        CLIENT,
        CALLS,
        aws::client_no_context,
    ),
    work(
        "aws http client, unsampled",
        CLIENT,
        CALLS,
        aws::client_unsampled,
    ),
    work(
        "aws http client, sampled",
        CLIENT,
        CALLS_SENT,
        aws::client_sampled,
    ),
];
