//! The service in front: takes orders.

use crate::Error;
use crate::aws::Aws;
use crate::settings::settings;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, response};
use serde::Deserialize;
use tracing::{error, info};
use xray::reqwest::SendTraced;
use xray::tower::SegmentLayer;

#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) aws: Aws,
    pub(crate) http: reqwest::Client,
    pub(crate) prices: reqwest::Url,
}

#[derive(Debug, Deserialize)]
struct Order {
    cart: String,
    article: u32,
}

pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/checkout", post(checkout))
        .route("/cart/{id}", get(cart))
        .route("/archive/{id}", get(archived))
        // For whoever starts and stops this service. It asks nobody: what is behind may be down.
        .route("/health", get(async || "well"))
        .layer(SegmentLayer::new())
        .with_state(shop)
}

async fn checkout(State(shop): State<Shop>, Json(order): Json<Order>) -> Result<Response, Failed> {
    xray::user("u-17");
    let cents = shop.price(order.article).await?;
    if !shop.store(&order, cents).await? {
        info!(cart = order.cart, "paid already");
        return Ok((StatusCode::CONFLICT, "this cart was paid already").into_response());
    }
    // Neither waits for the other: two subsegments at the same time, side by side.
    tokio::try_join!(
        shop.write_invoice(&order, cents),
        shop.announce(&order, cents)
    )?;
    info!(cart = order.cart, cents, "paid");
    Ok(format!("cart {} costs {cents}", order.cart).into_response())
}

async fn cart(State(shop): State<Shop>, Path(id): Path<String>) -> response::Result<String> {
    let found = shop.load(&settings().map_err(Failed)?.table, &id).await;
    let found = found.map_err(Failed)?;
    info!(cart = id, found = found.is_some(), "looked up");
    match found {
        Some(cents) => Ok(format!("cart {id} costs {cents}")),
        None => Err(StatusCode::NOT_FOUND.into()),
    }
}

/// Nobody has made this table: DynamoDB answers 400, which is our fault, not the caller's.
async fn archived(State(shop): State<Shop>, Path(id): Path<String>) -> Result<String, Failed> {
    let found = shop.load("carts-archive", &id).await?;
    Ok(found.unwrap_or_default())
}

impl Shop {
    #[xray::subsegment("price-order", annotate(article))]
    async fn price(&self, article: u32) -> Result<u32, Error> {
        let url = self
            .prices
            .join(&format!("/prices/{article}?currency=EUR"))?;
        let response = self.http.get(url).send_traced().await?;
        Ok(response.error_for_status()?.text().await?.parse()?)
    }

    /// Whether the cart was not there yet.
    async fn store(&self, order: &Order, cents: u32) -> Result<bool, Error> {
        let put = self
            .aws
            .dynamodb
            .put_item()
            .table_name(&settings()?.table)
            .item("cart", AttributeValue::S(order.cart.clone()))
            .item("article", AttributeValue::N(order.article.to_string()))
            .item("cents", AttributeValue::N(cents.to_string()))
            .condition_expression("attribute_not_exists(cart)");
        match put.send().await.map_err(|error| error.into_service_error()) {
            Ok(_) => Ok(true),
            Err(error) if error.is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn load(&self, table: &str, cart: &str) -> Result<Option<String>, Error> {
        let get = self.aws.dynamodb.get_item().table_name(table);
        let get = get.key("cart", AttributeValue::S(cart.to_owned()));
        let item = get.consistent_read(true).send().await?.item;
        let cents = item.and_then(|mut item| item.remove("cents"));
        Ok(cents.and_then(|cents| cents.as_n().ok().cloned()))
    }

    async fn write_invoice(&self, order: &Order, cents: u32) -> Result<(), Error> {
        let text = format!("cart {}: {} cents", order.cart, cents);
        let put = self.aws.s3.put_object().bucket(&settings()?.bucket);
        let put = put.key(format!("2026/{}.txt", order.cart));
        put.body(text.into_bytes().into()).send().await?;
        Ok(())
    }

    /// SQS hands the trace on: whoever receives the message finds it in `AWSTraceHeader`.
    async fn announce(&self, order: &Order, cents: u32) -> Result<(), Error> {
        let message = serde_json::json!({ "cart": order.cart, "cents": cents });
        let send = self.aws.sqs.send_message().queue_url(&self.aws.queue_url);
        send.message_body(message.to_string()).send().await?;
        Ok(())
    }
}

/// What went wrong behind this service is a 502 of its own.
struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        xray::record_error(&*self.0);
        error!(error = %self.0, "failed");
        StatusCode::BAD_GATEWAY.into_response()
    }
}
