//! axum with the layers of others.

use crate::{bridge, otel};
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use benches::axum::{router, serving};
use benches::works::Running;
use opentelemetry_instrumentation_tower::http::server;
use opentelemetry_sdk::trace::Sampler;
use std::net::SocketAddr;

/// `axum-tracing-opentelemetry` over [`bridge`].
fn through_tracing(to: SocketAddr, sampler: Sampler) -> Running {
    let settling = bridge::installed(to, sampler, |layer| layer);
    let serving = serving(router().layer(OtelAxumLayer::default()));
    settling(serving.run)
}

/// `opentelemetry-instrumentation-tower` over [`otel`].
fn through_otel(to: SocketAddr, sampler: Sampler) -> Running {
    let provider = otel::provider(to, sampler);
    opentelemetry::global::set_tracer_provider(provider.clone());
    let serving = serving(router().layer(server::Layer::new()));
    otel::settling(provider, serving.run)
}

/// Everything sampled.
#[must_use]
pub fn tracing_all(to: SocketAddr) -> Running {
    through_tracing(to, Sampler::AlwaysOn)
}

/// A twentieth sampled.
#[must_use]
pub fn tracing_some(to: SocketAddr) -> Running {
    through_tracing(to, Sampler::TraceIdRatioBased(0.05))
}

/// Nothing sampled.
#[must_use]
pub fn tracing_none(to: SocketAddr) -> Running {
    through_tracing(to, Sampler::AlwaysOff)
}

/// Everything sampled.
#[must_use]
pub fn otel_all(to: SocketAddr) -> Running {
    through_otel(to, Sampler::AlwaysOn)
}

/// A twentieth sampled.
#[must_use]
pub fn otel_some(to: SocketAddr) -> Running {
    through_otel(to, Sampler::TraceIdRatioBased(0.05))
}

/// Nothing sampled.
#[must_use]
pub fn otel_none(to: SocketAddr) -> Running {
    through_otel(to, Sampler::AlwaysOff)
}
