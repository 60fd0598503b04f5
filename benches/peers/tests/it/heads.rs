//! When a layer's segment ends: with the head of a response, or with its body.

use crate::receiver::Receiver;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use benches::poll::drive;
use opentelemetry::trace::TracerProvider;
use opentelemetry_instrumentation_tower::http::server;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use peers::otel;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;

/// What has arrived when the head is there and the body is still held.
fn at_the_head(provider: &SdkTracerProvider, daemon: &Receiver, router: Router) -> usize {
    let request = Request::get("/").body(Body::empty()).unwrap();
    let mut response = pin!(router.oneshot(request));
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(response)) = response.as_mut().poll(&mut cx) else {
        panic!("nothing to wait for");
    };
    let _ = provider.force_flush();
    let arrived = daemon.rest().len();
    drive(axum::body::to_bytes(response.into_body(), 64));
    arrived
}

fn router() -> Router {
    Router::new().route("/", get(async || "a body"))
}

#[test]
fn others_end_with_the_head() {
    let daemon = Receiver::new();
    let provider = otel::provider(daemon.address(), Sampler::AlwaysOn);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("heads"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let through_tracing = tracing::subscriber::with_default(subscriber, || {
        at_the_head(&provider, &daemon, router().layer(OtelAxumLayer::default()))
    });
    assert_eq!(through_tracing, 1);

    // The only test of this program that needs the global one.
    opentelemetry::global::set_tracer_provider(provider.clone());
    let by_otel = at_the_head(&provider, &daemon, router().layer(server::Layer::new()));
    assert_eq!(by_otel, 1);
}

#[test]
fn ours_ends_with_the_body() {
    let daemon = Receiver::new();
    let address = xray_core::DaemonAddress::parse(&daemon.address().to_string()).unwrap();
    let recorder = xray_core::Recorder::builder("heads")
        .daemon_address(address)
        .sampler(xray_core::sampling::Always)
        .build()
        .unwrap();
    let layer = xray::tower::SegmentLayer::new().recorder(&recorder);
    let nothing = SdkTracerProvider::builder().build();

    assert_eq!(at_the_head(&nothing, &daemon, router().layer(layer)), 0);

    assert_eq!(daemon.documents(1)[0]["name"], "heads");
}
