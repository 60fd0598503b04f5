//! The list, but for calls.

use super::{Work, queued, work};
use crate::{attribute, axum, floor, metrics, ours, place, rules};

/// A trace that is sent. Few at a time, so that the receiver keeps up: what its full buffer drops costs
/// less than what is read.
const SENT: (u64, u64, u64) = (64, 200, 4 * 64);
/// As many that a second thread need not be started often; nobody counts what that one sends.
const SENT_LONG: (u64, u64, u64) = (4096, 5, 0);
/// Subsegments of a segment that they leave with.
const CALLS: (u64, u64, u64) = (64, 500, 65);
/// Requests, some at a time.
const REQUESTS: (u64, u64, u64) = (256, 20, 0);
/// Something of a few nanoseconds.
const SMALL: (u64, u64, u64) = (4096, 50, 0);
/// As many that a second thread need not be started often.
const LONG: (u64, u64, u64) = (65_536, 5, 0);
/// Subsegments of one segment, which is sent too; the floor leaves it out.
const MANY: (u64, u64, u64) = (10_000, 1, 10_001);
const MANY_ALONE: (u64, u64, u64) = (10_000, 1, 10_000);

const W1: &str = "w1 floor";
const W1_HANDLES: &str = "w1 inline, handles";
const W1_TOGETHER: &str = "w1 floor, two threads";
const HAND_OFF: &str = "w1 hand-off floor";
const UNSAMPLED: &str = "unsampled floor";
const EMPTY: &str = "empty call";
const POLL: &str = "poll floor";
const BIG: &str = "10,000 floor";
const PARSE: &str = "header parse floor";
const FORMAT: &str = "header format floor";
const FUNCTION: &str = "attribute floor";
const AXUM: &str = "axum floor";
const RULES_10: &str = "rules, 10 floor";
const RULES_100: &str = "rules, 100 floor";
const REQUEST: &str = "request, unsampled";
const COUNTED: &str = "request, unsampled, metrics";
const HANDLES: &str = "unsampled, handles";
const CONTEXT: &str = "unsampled, context";
const OF_100: &str = "rules, 100";

/// Works, each floor before what is compared with it.
pub(super) const WORKS: &[Work] = &[
    work(W1, W1, SENT, floor::w1),
    work(W1_HANDLES, W1, SENT, ours::w1_handles),
    work("w1 inline, context", W1, SENT, ours::w1_context),
    work("w1 inline, plugins", W1, SENT, place::w1_plugins),
    work(W1_TOGETHER, W1, SENT_LONG, floor::w1_together),
    work(
        "w1 inline, two threads",
        W1_HANDLES,
        SENT_LONG,
        ours::w1_together,
    ),
    queued(work(HAND_OFF, HAND_OFF, SENT, floor::hand_off), W1),
    queued(
        work(
            "w1 queued, handles",
            HAND_OFF,
            SENT,
            ours::w1_handles_queued,
        ),
        W1,
    ),
    queued(
        work(
            "w1 queued, context",
            HAND_OFF,
            SENT,
            ours::w1_context_queued,
        ),
        W1,
    ),
    work(UNSAMPLED, UNSAMPLED, SMALL, floor::unsampled),
    work(
        "unsampled, handles",
        UNSAMPLED,
        SMALL,
        ours::unsampled_handles,
    ),
    work(
        "unsampled, context",
        UNSAMPLED,
        SMALL,
        ours::unsampled_context,
    ),
    work(REQUEST, REQUEST, SMALL, metrics::without),
    work(COUNTED, REQUEST, SMALL, metrics::with),
    work(
        "request, unsampled, metrics, two threads",
        COUNTED,
        LONG,
        metrics::together,
    ),
    work(
        "unsampled, handles, metrics",
        HANDLES,
        SMALL,
        metrics::handles,
    ),
    work(
        "unsampled, context, metrics",
        CONTEXT,
        SMALL,
        metrics::context,
    ),
    work(
        "w1 inline, handles, metrics",
        W1_HANDLES,
        SENT,
        metrics::sampled,
    ),
    work(EMPTY, EMPTY, SMALL, floor::empty),
    work("no context", EMPTY, SMALL, ours::no_context),
    work(
        "no context, installed",
        EMPTY,
        SMALL,
        ours::no_context_installed,
    ),
    work(POLL, POLL, SMALL, floor::poll),
    work("poll, unsampled", POLL, SMALL, ours::poll_unsampled),
    work("poll, recording", POLL, SMALL, ours::poll_recording),
    work(BIG, BIG, MANY_ALONE, floor::big),
    work("10,000 inline", BIG, MANY, ours::big_inline),
    work("10,000 queued", BIG, MANY, ours::big_queued),
    work(PARSE, PARSE, SMALL, floor::parse),
    work("header parse", PARSE, SMALL, ours::parse),
    work(FORMAT, FORMAT, SMALL, floor::format),
    work("header format", FORMAT, SMALL, ours::format),
    work(FUNCTION, FUNCTION, SMALL, attribute::floor),
    work(
        "attribute, no context",
        FUNCTION,
        SMALL,
        attribute::no_context,
    ),
    work(
        "attribute, unsampled",
        FUNCTION,
        SMALL,
        attribute::unsampled,
    ),
    work("attribute, sampled", FUNCTION, CALLS, attribute::sampled),
    work(AXUM, AXUM, REQUESTS, axum::floor),
    work("axum, empty layer", AXUM, REQUESTS, axum::empty),
    work("axum, 0 %, no answer", AXUM, REQUESTS, axum::unanswered),
    work("axum, 0 % sampled", AXUM, REQUESTS, axum::none),
    work("axum, 5 % sampled", AXUM, REQUESTS, axum::some),
    work("axum, 100 % sampled", AXUM, REQUESTS, axum::all),
    work(RULES_10, RULES_10, SMALL, floor::rules_10),
    work("rules, 10", RULES_10, SMALL, rules::of_10),
    work(RULES_100, RULES_100, SMALL, floor::rules_100),
    work(OF_100, RULES_100, SMALL, rules::of_100),
    work("rules, 100 alike", RULES_100, SMALL, rules::of_100_alike),
    work("rules, 100, two threads", OF_100, LONG, rules::together),
];
