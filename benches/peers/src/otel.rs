//! OpenTelemetry with the X-Ray exporter of `opentelemetry-aws`, set up as its README does it.

use benches::works::Running;
use benches::{NAME, REQUEST};
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_aws::trace::XrayIdGenerator;
use opentelemetry_aws::xray_exporter::daemon_client::XrayDaemonClient;
use opentelemetry_aws::xray_exporter::{SegmentTranslator, XrayExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use std::net::SocketAddr;

/// What is to become an annotation; all other attributes are those the exporter knows.
const ANNOTATIONS: [&str; 8] = [
    "tenant",
    "order",
    "user",
    "attempt",
    "table",
    "rows",
    "statement",
    "millis",
];

/// The exporter, of which each contender here makes use.
pub(crate) fn exporter(to: SocketAddr) -> XrayExporter<XrayDaemonClient> {
    translated(to, translator())
}

fn translator() -> SegmentTranslator {
    SegmentTranslator::new().with_indexed_attrs(ANNOTATIONS.map(str::to_owned))
}

fn translated(to: SocketAddr, translator: SegmentTranslator) -> XrayExporter<XrayDaemonClient> {
    let client = XrayDaemonClient::new(to).expect("a UDP socket");
    XrayExporter::new(client).with_translator(translator)
}

/// Without it the exporter names segments after their span.
pub(crate) fn resource() -> Resource {
    Resource::builder().with_service_name(NAME).build()
}

/// Spans wait for the SDK's thread, which exports them in batches.
///
/// # Panics
///
/// If there is no socket to be had.
#[must_use]
pub fn provider(to: SocketAddr, sampler: Sampler) -> SdkTracerProvider {
    exporting(exporter(to), sampler)
}

fn exporting(exporter: XrayExporter<XrayDaemonClient>, sampler: Sampler) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_id_generator(XrayIdGenerator::default())
        .with_batch_exporter(exporter)
        .with_resource(resource())
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .build()
}

/// Runs, and has what waits exported when it is asked to settle.
pub(crate) fn settling(provider: SdkTracerProvider, run: impl Fn(u64) + 'static) -> Running {
    Running {
        run: Box::new(run),
        settle: Box::new(move || {
            let _ = provider.force_flush();
        }),
    }
}

/// W1.
#[inline(never)]
fn one(tracer: &SdkTracer, i: u64) {
    let child = |name, parent: &Context, attributes: [KeyValue; 2]| {
        let builder = tracer.span_builder(name).with_attributes(attributes);
        parent.with_span(builder.start_with_context(tracer, parent))
    };
    let [method, url, user_agent, client_ip] = REQUEST;
    let root = tracer
        .span_builder(NAME)
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.full", url),
            KeyValue::new("user_agent.original", user_agent),
            KeyValue::new("client.address", client_ip),
            KeyValue::new("tenant", "acme"),
            KeyValue::new("order", i as i64),
        ])
        .start_with_context(tracer, &Context::new());
    let root = Context::new().with_span(root);
    let user = [KeyValue::new("user", "u-17"), KeyValue::new("attempt", 1)];
    child("auth", &root, user).span().end();
    let table = [
        KeyValue::new("table", "orders"),
        KeyValue::new("rows", (i % 100) as i64),
    ];
    let db = child("db", &root, table);
    let statement = [
        KeyValue::new("statement", "select"),
        KeyValue::new("millis", 3),
    ];
    child("query", &db, statement).span().end();
    db.span().end();
    let segment = root.span();
    segment.set_attribute(KeyValue::new("http.response.status_code", 200));
    segment.set_attribute(KeyValue::new("http.response.body.size", 1234));
    segment.end();
}

fn traced(provider: SdkTracerProvider) -> Running {
    let tracer = provider.tracer("benches");
    settling(provider, move |n| {
        (0..n).for_each(|i| one(&tracer, std::hint::black_box(i)));
    })
}

/// W1 by the API.
#[must_use]
pub fn w1(to: SocketAddr) -> Running {
    traced(provider(to, Sampler::AlwaysOn))
}

/// W1 by the API, in one document: subsegments that are in the same batch as their parent are put into it.
/// Off unless asked for.
#[must_use]
pub fn w1_nested(to: SocketAddr) -> Running {
    let nesting = translator().always_nest_subsegments();
    traced(exporting(translated(to, nesting), Sampler::AlwaysOn))
}

/// W1 decided against.
#[must_use]
pub fn unsampled(to: SocketAddr) -> Running {
    traced(provider(to, Sampler::AlwaysOff))
}
