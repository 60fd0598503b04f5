//! The service behind: knows what an article costs.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use tracing::info;
use xray::Recorder;
use xray::tower::SegmentLayer;

pub(crate) fn router(recorder: &Recorder) -> Router {
    Router::new()
        .route("/prices/{article}", get(price))
        .layer(SegmentLayer::new().recorder(recorder))
}

async fn price(Path(article): Path<u32>) -> Result<String, StatusCode> {
    xray::annotate("article", article);
    info!(article, "asked for a price");
    match article {
        404 => Err(StatusCode::NOT_FOUND),
        _ => Ok((article * 100).to_string()),
    }
}
