//! The service: begins the segment of a request and calls what is inside within it.

use super::future::ResponseFuture;
use super::settings::Settings;
use crate::body::ResponseBody;
use http::{Request, Response};
use http_body::Body;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A server whose requests have segments: see [`SegmentLayer`](super::SegmentLayer).
#[derive(Clone, Debug)]
pub struct SegmentService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> SegmentService<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for SegmentService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let mut begun = self.settings.begin(&mut parts);
        let request = Request::from_parts(parts, body);
        let inner = &mut self.inner;
        let future = match &mut begun {
            Some((open, _)) => open.within(|| inner.call(request)),
            None => inner.call(request),
        };
        ResponseFuture::new(future, begun)
    }
}
