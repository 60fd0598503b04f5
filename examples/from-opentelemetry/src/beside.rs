//! Both in one process, while the one is still there and the other already.

use crate::before::Shop;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use xray::reqwest::SubsegmentMiddleware;
use xray::tower::SegmentLayer;

#[derive(Clone)]
struct Both {
    client: ClientWithMiddleware,
    stock: String,
}

pub(crate) fn client(client: reqwest::Client) -> ClientWithMiddleware {
    ClientBuilder::new(client)
        .with(SubsegmentMiddleware::new().traceparent(true))
        .build()
}

pub(crate) fn router(shop: Shop) -> Router {
    let state = Both {
        client: client(shop.client),
        stock: shop.stock,
    };
    Router::new()
        .route("/orders/{id}", get(order))
        .layer(OtelAxumLayer::default())
        .layer(SegmentLayer::new())
        .with_state(state)
}

#[tracing::instrument("load-order", skip_all, fields(order = id))]
#[xray::subsegment("load-order", annotate(order = id))]
async fn order(State(shop): State<Both>, Path(id): Path<u32>) -> Result<String, StatusCode> {
    let url = format!("{}/orders/{id}", shop.stock);
    let response = shop.client.get(url).send().await;
    let response = response.map_err(|_| StatusCode::BAD_GATEWAY)?;
    response.text().await.map_err(|_| StatusCode::BAD_GATEWAY)
}
