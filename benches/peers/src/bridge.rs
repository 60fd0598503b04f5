//! `tracing` with `tracing-opentelemetry`, and [`otel`](crate::otel) behind it.

use crate::otel;
use benches::works::Running;
use benches::{NAME, REQUEST};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracer};
use std::hint::black_box;
use std::net::SocketAddr;
use tracing::field::Empty;
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;

type Layer = OpenTelemetryLayer<Registry, SdkTracer>;

/// Installs the subscriber, which is the process's, and settles by flushing.
pub(crate) fn installed(
    to: SocketAddr,
    sampler: Sampler,
    choose: fn(Layer) -> Layer,
) -> impl FnOnce(Box<dyn Fn(u64)>) -> Running {
    let provider = otel::provider(to, sampler);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("benches"));
    // As services filter: without it each event that the exporter logs on its way costs too. The layer
    // for axum has a target of its own, which is to be let through.
    let filter = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("otel::tracing", LevelFilter::TRACE);
    let layer = choose(layer).with_filter(filter);
    let subscriber = tracing_subscriber::registry().with(layer);
    subscriber.try_init().expect("the first subscriber");
    move |run| otel::settling(provider, run)
}

/// W1.
#[inline(never)]
fn one(i: u64) {
    let [method, url, user_agent, client_ip] = REQUEST;
    let segment = info_span!(
        "request",
        otel.name = NAME,
        otel.kind = "server",
        http.request.method = method,
        url.full = url,
        user_agent.original = user_agent,
        client.address = client_ip,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        tenant = "acme",
        // What is unsigned becomes a text.
        order = i as i64,
    );
    let _segment = segment.enter();
    {
        let _auth = info_span!("auth", user = "u-17", attempt = 1).entered();
    }
    {
        let _db = info_span!("db", table = "orders", rows = (i % 100) as i64).entered();
        let _query = info_span!("query", statement = "select", millis = 3).entered();
    }
    segment.record("http.response.status_code", 200);
    segment.record("http.response.body.size", 1234);
}

fn traced(to: SocketAddr, sampler: Sampler, choose: fn(Layer) -> Layer) -> Running {
    let run = |n| (0..n).for_each(|i| one(black_box(i)));
    installed(to, sampler, choose)(Box::new(run))
}

/// The least that can be asked of the layer: no place in the code, no thread, no busy and idle times.
fn lean(layer: Layer) -> Layer {
    layer
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
}

/// W1, with the layer's defaults.
#[must_use]
pub fn w1(to: SocketAddr) -> Running {
    traced(to, Sampler::AlwaysOn, |layer| layer)
}

/// W1, with the attributes left out that no segment has.
#[must_use]
pub fn w1_lean(to: SocketAddr) -> Running {
    traced(to, Sampler::AlwaysOn, lean)
}

/// W1 decided against.
#[must_use]
pub fn unsampled(to: SocketAddr) -> Running {
    traced(to, Sampler::AlwaysOff, |layer| layer)
}
