//! The contenders, the SDK's own among them, and the floors.

use crate::{axum, bridge, fast, lite, official, otel};
use benches::works::{Work, work};
use benches::{floor, ours};

/// A trace that is sent, few at a time, as in the other table.
const SENT: (u64, u64, u64) = (64, 100, 4 * 64);
/// `xray-lite` sends each subsegment twice.
const SENT_TWICE: (u64, u64, u64) = (64, 100, 7 * 64);
/// The JVM counts its CPU time in hundredths of a second.
const SENT_LONG: (u64, u64, u64) = (64, 400, 4 * 64);
/// As many as one thread can, without a pause.
const BURST: (u64, u64, u64) = (5_000, 1, 4 * 5_000);
const BURST_TWICE: (u64, u64, u64) = (5_000, 1, 7 * 5_000);
/// A trace that is not sent.
const UNSENT: (u64, u64, u64) = (1024, 50, 0);
/// Requests, some at a time.
const REQUESTS: (u64, u64, u64) = (256, 20, 0);
/// The same, sent.
const REQUESTS_SENT: (u64, u64, u64) = (256, 20, 256);

const W1: &str = "w1 floor";
/// The floor of what is made without a pause.
pub(crate) const LOST: &str = "burst floor";
const UNSAMPLED: &str = "unsampled floor";
/// The router without a layer.
pub(crate) const AXUM: &str = "axum floor";

const fn in_lambda(work: Work) -> Work {
    Work {
        program: Some(lite::program),
        ..work
    }
}

const fn elsewhere(work: Work) -> Work {
    Work {
        program: Some(official::program),
        ..work
    }
}

/// W1, and what is left of it at the receiver when there is no pause.
const TRACES: &[Work] = &[
    work(W1, W1, SENT, floor::w1),
    work("w1 aws-xray, handles", W1, SENT, ours::w1_handles),
    work("w1 aws-xray, context", W1, SENT, ours::w1_context),
    work("w1 aws-xray, queued", W1, SENT, ours::w1_context_queued),
    work("w1 opentelemetry-aws", W1, SENT, otel::w1),
    work("w1 opentelemetry-aws, nested", W1, SENT, otel::w1_nested),
    work("w1 tracing-opentelemetry", W1, SENT, bridge::w1),
    work("w1 tracing-opentelemetry, lean", W1, SENT, bridge::w1_lean),
    work("w1 fastrace", W1, SENT, fast::w1),
    in_lambda(work("w1 xray-lite", W1, SENT_TWICE, lite::w1)),
    elsewhere(work("w1 official, java", W1, SENT_LONG, official::never)),
    elsewhere(work("w1 official, go", W1, SENT, official::never)),
    elsewhere(work("w1 official, node", W1, SENT, official::never)),
    elsewhere(work("w1 official, python", W1, SENT, official::never)),
    work(LOST, LOST, BURST, floor::w1),
    work("burst aws-xray, context", LOST, BURST, ours::w1_context),
    work(
        "burst aws-xray, queued",
        LOST,
        BURST,
        ours::w1_context_queued,
    ),
    work("burst opentelemetry-aws", LOST, BURST, otel::w1),
    work("burst tracing-opentelemetry", LOST, BURST, bridge::w1),
    work("burst fastrace", LOST, BURST, fast::w1),
    in_lambda(work("burst xray-lite", LOST, BURST_TWICE, lite::w1)),
];

/// W1 decided against.
const DECIDED_AGAINST: &[Work] = &[
    work(UNSAMPLED, UNSAMPLED, UNSENT, floor::unsampled),
    work(
        "unsampled aws-xray, handles",
        UNSAMPLED,
        UNSENT,
        ours::unsampled_handles,
    ),
    work(
        "unsampled aws-xray, context",
        UNSAMPLED,
        UNSENT,
        ours::unsampled_context,
    ),
    work(
        "unsampled opentelemetry-aws",
        UNSAMPLED,
        UNSENT,
        otel::unsampled,
    ),
    work(
        "unsampled tracing-opentelemetry",
        UNSAMPLED,
        UNSENT,
        bridge::unsampled,
    ),
    work("unsampled fastrace", UNSAMPLED, UNSENT, fast::unsampled),
    // It looks at no decision.
    in_lambda(work("unsampled xray-lite", UNSAMPLED, SENT_TWICE, lite::w1)),
];

/// Requests to axum.
const SERVED: &[Work] = &[
    work(AXUM, AXUM, REQUESTS, benches::axum::floor),
    work(
        "axum aws-xray, 100 %",
        AXUM,
        REQUESTS_SENT,
        benches::axum::all,
    ),
    work(
        "axum aws-xray, queued, 100 %",
        AXUM,
        REQUESTS_SENT,
        benches::axum::all_queued,
    ),
    work(
        "axum tracing-opentelemetry, 100 %",
        AXUM,
        REQUESTS_SENT,
        axum::tracing_all,
    ),
    work(
        "axum instrumentation-tower, 100 %",
        AXUM,
        REQUESTS_SENT,
        axum::otel_all,
    ),
    work("axum aws-xray, 5 %", AXUM, REQUESTS, benches::axum::some),
    work(
        "axum tracing-opentelemetry, 5 %",
        AXUM,
        REQUESTS,
        axum::tracing_some,
    ),
    work(
        "axum instrumentation-tower, 5 %",
        AXUM,
        REQUESTS,
        axum::otel_some,
    ),
    work("axum aws-xray, 0 %", AXUM, REQUESTS, benches::axum::none),
    work(
        "axum tracing-opentelemetry, 0 %",
        AXUM,
        REQUESTS,
        axum::tracing_none,
    ),
    work(
        "axum instrumentation-tower, 0 %",
        AXUM,
        REQUESTS,
        axum::otel_none,
    ),
];

/// All, each floor before what is compared with it.
#[must_use]
pub fn all() -> Vec<&'static Work> {
    [TRACES, DECIDED_AGAINST, SERVED]
        .into_iter()
        .flatten()
        .collect()
}

/// The work of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Work> {
    all().into_iter().find(|work| work.name == name)
}
