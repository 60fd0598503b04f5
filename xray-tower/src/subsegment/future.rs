//! The future: waits for the head of the response.

use super::settings::Plan;
use crate::body::{EndAt, ResponseBody, poll_once};
use crate::status;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use xray_core::__private::Open;

pin_project! {
    /// Waits for a response within its call's subsegment: see
    /// [`SubsegmentLayer`](super::SubsegmentLayer).
    #[must_use = "futures do nothing unless polled"]
    pub struct CallFuture<F> {
        // Gone once it is ready, so that it is dropped within the context.
        #[pin]
        inner: Option<F>,
        begun: Option<(Open, Plan)>,
    }

    impl<F> PinnedDrop for CallFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some((mut open, _)) = this.begun.take() {
                open.within(|| this.inner.set(None));
                open.aborted("request");
            }
        }
    }
}

impl<F> CallFuture<F> {
    pub(super) fn new(inner: F, begun: Option<(Open, Plan)>) -> Self {
        Self {
            inner: Some(inner),
            begun,
        }
    }
}

impl<F, B, E> Future for CallFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: 'static,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let inner = this.inner.as_mut();
        let result = ready!(match this.begun.as_mut() {
            Some((open, _)) => open.within(|| poll_once(inner, cx)),
            None => poll_once(inner, cx),
        });
        let Some((mut open, plan)) = this.begun.take() else {
            return Poll::Ready(result.map(|response| response.map(ResponseBody::untouched)));
        };
        Poll::Ready(match result {
            Ok(response) => Ok(plan.answer(open, response)),
            Err(error) => {
                let known = &plan.known;
                known.failed(&mut open, &error, "the client returned an error");
                Err(error)
            }
        })
    }
}

impl Plan {
    /// Records the head, and ends there unless the body is to be waited for.
    fn answer<B: Body>(self, mut open: Open, response: Response<B>) -> Response<ResponseBody<B>> {
        let (head, body) = response.into_parts();
        let length = status::content_length(&head.headers).or_else(|| body.size_hint().exact());
        let grpc = status::is_grpc(&head.headers);
        let mut trailers = false;
        if let Some(subsegment) = open.entity() {
            subsegment.http_response(head.status.as_u16(), length);
            trailers = grpc && !status::record_grpc(subsegment, &head.headers);
        }
        let empty = self.head_only
            || status::is_bodiless(head.status)
            || body.is_end_stream()
            || (length == Some(0) && !trailers);
        let handed_over = head.status == StatusCode::SWITCHING_PROTOCOLS
            || (self.connect && head.status.is_success());
        let at_head = match self.end_at {
            Some(end_at) => end_at == EndAt::Head,
            None => !trailers,
        };
        let body = if empty || handed_over || at_head {
            open.end();
            // Whoever reads the body does not do so for the call any longer.
            ResponseBody::untouched(body)
        } else {
            // The length of what trailers follow is not the end.
            let left = length.filter(|_| !trailers);
            ResponseBody::new(body, open, left, self.known)
        };
        Response::from_parts(head, body)
    }
}

impl<F> fmt::Debug for CallFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture")
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}
