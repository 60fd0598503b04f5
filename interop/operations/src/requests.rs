//! Requests that a server answers.

use crate::{Error, Scene};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::get;
use axum::{Router, response::Response};
use tower::ServiceExt;
use xray::tower::SegmentLayer;

/// What is asked of every server.
pub(crate) fn request(header: Option<&str>) -> Result<Request<Body>, Error> {
    let mut request = Request::get("http://h.example/path?token=1")
        .header("host", "h.example")
        .header("user-agent", "ua")
        .header("x-forwarded-for", "192.0.2.1");
    if let Some(header) = header {
        request = request.header("x-amzn-trace-id", header);
    }
    Ok(request.body(Body::empty())?)
}

/// A server's answer to this, with its body read to the end.
pub(crate) async fn ask(
    scene: &Scene,
    router: Router,
    request: Request<Body>,
) -> Result<HeaderMap, Error> {
    let router = router.layer(SegmentLayer::new().recorder(&scene.recorder));
    let (head, body) = router.oneshot(request).await?.into_parts();
    to_bytes(body, 1024).await?;
    Ok(head.headers)
}

/// A body of the length that the others' had.
pub(crate) fn response(status: StatusCode) -> Response<String> {
    let mut response = Response::new("x".repeat(86));
    *response.status_mut() = status;
    response
}

pub(crate) async fn answered(scene: &Scene, status: u16) -> Result<(), Error> {
    let status = StatusCode::from_u16(status)?;
    let router = Router::new().fallback(get(async move || response(status)));
    ask(scene, router, request(None)?).await?;
    Ok(())
}
