//! The shop with X-Ray.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use xray::reqwest::SendTraced;
use xray::tower::SegmentLayer;

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
    let _xray = xray::init("shop");
    let listener = TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, router(shop)).await?;
    Ok(())
}

pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/orders/{id}", get(order))
        .layer(SegmentLayer::new())
        .with_state(shop)
}

#[xray::subsegment("load-order", annotate(order = id))]
async fn order(State(shop): State<Shop>, Path(id): Path<u32>) -> Result<String, StatusCode> {
    let price = price(&shop, id)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("order {id} costs {price}"))
}

async fn price(shop: &Shop, id: u32) -> reqwest::Result<String> {
    let url = format!("{}/orders/{id}", shop.stock);
    let response = shop.client.get(url).send_traced().await?;
    response.error_for_status()?.text().await
}
