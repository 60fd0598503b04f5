//! Calls to other services.

use super::{Work, work};
use crate::calls;

/// Calls over loopback, one after the other.
const LOOPBACK: (u64, u64, u64) = (256, 20, 0);
/// The same, sent with their segment.
const LOOPBACK_SENT: (u64, u64, u64) = (256, 20, 257);

const SEND: &str = "send floor";
const MIDDLEWARE: &str = "middleware floor";

/// Works of reqwest.
pub(super) const WORKS: &[Work] = &[
    work(SEND, SEND, LOOPBACK, calls::send_floor),
    work(
        "send_traced, no context",
        SEND,
        LOOPBACK,
        calls::send_no_context,
    ),
    work(
        "send_traced, unsampled",
        SEND,
        LOOPBACK,
        calls::send_unsampled,
    ),
    work(
        "send_traced, sampled",
        SEND,
        LOOPBACK_SENT,
        calls::send_sampled,
    ),
    work(MIDDLEWARE, MIDDLEWARE, LOOPBACK, calls::middleware_floor),
    work(
        "middleware, no context",
        MIDDLEWARE,
        LOOPBACK,
        calls::middleware_no_context,
    ),
    work(
        "middleware, unsampled",
        MIDDLEWARE,
        LOOPBACK,
        calls::middleware_unsampled,
    ),
    work(
        "middleware, sampled",
        MIDDLEWARE,
        LOOPBACK_SENT,
        calls::middleware_sampled,
    ),
];
