//! The service: begins the subsegment of a call and makes the call within it.

use super::future::CallFuture;
use super::settings::Settings;
use crate::body::ResponseBody;
use http::{Request, Response};
use http_body::Body;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A client whose calls have subsegments: see [`SubsegmentLayer`](super::SubsegmentLayer).
#[derive(Clone, Debug)]
pub struct SubsegmentService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> SubsegmentService<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for SubsegmentService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = CallFuture<S::Future>;

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
        CallFuture::new(future, begun)
    }
}
