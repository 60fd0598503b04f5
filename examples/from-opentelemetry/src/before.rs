//! The shop with `tracing`, OpenTelemetry and the exporter of `opentelemetry-aws`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_aws::trace::{XrayIdGenerator, XrayPropagator};
use opentelemetry_aws::xray_exporter::XrayExporter;
use opentelemetry_aws::xray_exporter::daemon_client::XrayDaemonClient;
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::net::TcpListener;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Where the shop asks for prices.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) client: reqwest::Client,
    pub(crate) stock: String,
}

#[expect(
    dead_code,
    reason = "`main` of a program of its own: it serves until it is stopped"
)]
pub(crate) async fn serve(shop: Shop) -> Result<(), Box<dyn std::error::Error>> {
    let provider = init(XrayDaemonClient::default());
    let listener = TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, router(shop)).await?;
    Ok(provider.shutdown()?)
}

pub(crate) fn init(client: XrayDaemonClient) -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder()
        .with_id_generator(XrayIdGenerator::default())
        .with_batch_exporter(XrayExporter::new(client))
        .with_resource(Resource::builder().with_service_name("shop").build())
        .build();
    opentelemetry::global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(XrayPropagator::default()),
    ]));
    let filter = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("otel::tracing", LevelFilter::TRACE);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .init();
    provider
}

pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/orders/{id}", get(order))
        .layer(OtelAxumLayer::default())
        .with_state(shop)
}

#[tracing::instrument("load-order", skip_all, fields(order = id))]
async fn order(State(shop): State<Shop>, Path(id): Path<u32>) -> Result<String, StatusCode> {
    let price = price(&shop, id)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("order {id} costs {price}"))
}

#[tracing::instrument("stock", skip_all, err, fields(otel.kind = "client"))]
async fn price(shop: &Shop, id: u32) -> reqwest::Result<String> {
    let mut headers = HeaderMap::new();
    let context = tracing::Span::current().context();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut HeaderInjector(&mut headers));
    });
    let url = format!("{}/orders/{id}", shop.stock);
    let response = shop.client.get(url).headers(headers).send().await?;
    response.error_for_status()?.text().await
}
