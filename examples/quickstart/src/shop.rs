//! The service in front: takes orders, and asks the stock about them.

use crate::Error;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode, header::HeaderValue};
use axum::routing::get;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use xray::tower::SegmentLayer;
use xray::{HttpRequest, Namespace, TraceFuture, TraceHeader};

pub(crate) fn router(stock: SocketAddr) -> Router {
    Router::new()
        .route("/orders/{id}", get(order))
        .layer(SegmentLayer::new())
        .with_state(stock)
}

async fn order(
    State(stock): State<SocketAddr>,
    Path(id): Path<u32>,
) -> Result<String, (StatusCode, String)> {
    xray::user("u-17");
    xray::annotate("order", id);
    let price = price(stock, id).await.map_err(|error| {
        let status = match error.downcast_ref() {
            Some(&NotFound) => StatusCode::NOT_FOUND,
            None => StatusCode::BAD_GATEWAY,
        };
        (status, error.to_string())
    })?;
    Ok(format!("order {id} costs {price}"))
}

/// An instrumented function: a subsegment, its argument an annotation, its `Err` recorded.
#[xray::subsegment("price-order", annotate(article = id))]
async fn price(stock: SocketAddr, id: u32) -> Result<u32, Error> {
    let url = format!("http://{stock}/articles/{id}");
    let call = xray::subsegment("stock");
    call.namespace(Namespace::Remote);
    call.http_request(&HttpRequest::new("GET", &url).traced(true));
    let header = call.header_value();
    let context = call.context();
    let (status, body) = async {
        let answer = fetch(&url, header.as_ref().map(|h| h.as_bytes())).await?;
        context.http_response(answer.0.as_u16(), Some(answer.1.len() as u64));
        Ok::<_, Error>(answer)
    }
    .within(call)
    .await?;
    match status {
        StatusCode::OK => Ok(body.parse()?),
        StatusCode::NOT_FOUND => Err(Box::new(NotFound)),
        other => Err(format!("the stock answered {other}").into()),
    }
}

#[derive(Debug)]
struct NotFound;

impl std::fmt::Display for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such article")
    }
}

impl std::error::Error for NotFound {}

/// A plain HTTP call; `header` tells the other side which trace it belongs to.
pub(crate) async fn fetch(url: &str, header: Option<&[u8]>) -> Result<(StatusCode, String), Error> {
    let mut request = Request::get(url);
    if let Some(header) = header {
        request = request.header(TraceHeader::NAME, HeaderValue::from_bytes(header)?);
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Empty::<Bytes>::new())?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
