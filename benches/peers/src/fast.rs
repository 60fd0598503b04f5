//! `fastrace`, whose reporter for OpenTelemetry's exporters hands its records to the X-Ray exporter.

use crate::otel;
use benches::works::Running;
use benches::{NAME, REQUEST};
use fastrace::collector::{Config, SpanContext, SpanId, TraceId};
use fastrace::local::LocalSpan;
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use std::borrow::Cow;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// X-Ray's begin with the time, which the exporter looks at; fastrace's own are random.
fn trace_id() -> TraceId {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = u128::from(since.unwrap_or_default().as_secs());
    TraceId(seconds << 96 | TraceId::random().0 >> 32)
}

/// W1. Every property is a text.
#[inline(never)]
fn one(i: u64, sampled: bool) {
    let [method, url, user_agent, client_ip] = REQUEST;
    let context = SpanContext::new(trace_id(), SpanId::default()).sampled(sampled);
    let segment = fastrace::Span::root(NAME, context).with_properties(|| {
        [
            ("span.kind", Cow::Borrowed("server")),
            ("http.request.method", Cow::Borrowed(method)),
            ("url.full", Cow::Borrowed(url)),
            ("user_agent.original", Cow::Borrowed(user_agent)),
            ("client.address", Cow::Borrowed(client_ip)),
            ("tenant", Cow::Borrowed("acme")),
            ("order", Cow::Owned(i.to_string())),
        ]
    });
    let _segment = segment.set_local_parent();
    {
        let properties = [("user", "u-17"), ("attempt", "1")];
        let _auth = LocalSpan::enter_with_local_parent("auth").with_properties(|| properties);
    }
    {
        let _db = LocalSpan::enter_with_local_parent("db").with_properties(|| {
            let rows = Cow::Owned((i % 100).to_string());
            [("table", Cow::Borrowed("orders")), ("rows", rows)]
        });
        let properties = [("statement", "select"), ("millis", "3")];
        let _query = LocalSpan::enter_with_local_parent("query").with_properties(|| properties);
    }
    segment.add_properties(|| {
        [
            ("http.response.status_code", "200"),
            ("http.response.body.size", "1234"),
        ]
    });
}

fn traced(to: SocketAddr, sampled: bool) -> Running {
    let reporter = OpenTelemetryReporter::new(
        otel::exporter(to),
        Cow::Owned(otel::resource()),
        InstrumentationScope::builder("benches").build(),
    );
    fastrace::set_reporter(reporter, Config::default());
    Running {
        run: Box::new(move |n| (0..n).for_each(|i| one(black_box(i), sampled))),
        settle: Box::new(fastrace::flush),
    }
}

/// W1.
#[must_use]
pub fn w1(to: SocketAddr) -> Running {
    traced(to, true)
}

/// W1 decided against.
#[must_use]
pub fn unsampled(to: SocketAddr) -> Running {
    traced(to, false)
}
