//! The service behind: knows articles and their prices.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use std::time::Duration;
use xray::Recorder;
use xray::tower::SegmentLayer;

pub(crate) fn router(recorder: &Recorder) -> Router {
    Router::new()
        .route("/articles/{id}", get(article))
        .layer(SegmentLayer::new().recorder(recorder))
}

async fn article(Path(id): Path<u32>) -> Result<String, StatusCode> {
    let found = look_up(id)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let cents = found.ok_or(StatusCode::NOT_FOUND)?;
    Ok(cents.to_string())
}

/// Stands for a query; article 13 breaks the shelf.
#[xray::subsegment("query-articles", annotate(article = id))]
async fn look_up(id: u32) -> Result<Option<u32>, std::io::Error> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    xray::metadata(
        "shelf",
        &serde_json::json!({ "row": id % 10, "checked": true }),
    );
    match id {
        13 => Err(std::io::Error::other("shelf 13 is broken")),
        404 => Ok(None),
        _ => Ok(Some(id * 100)),
    }
}
