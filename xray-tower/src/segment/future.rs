//! The future: waits for the head of the response.

use super::begin::Plan;
use crate::body::{EndAt, ResponseBody, poll_once};
use crate::failure::{self, Known};
use crate::status;
use http::header::{HeaderName, HeaderValue};
use http::response::Parts;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use xray_core::__private::Open;
use xray_core::TraceHeader;

pin_project! {
    /// Waits for a response within its request's segment: see [`SegmentLayer`](super::SegmentLayer).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        // Gone once it is ready, so that it is dropped within the context.
        #[pin]
        inner: Option<F>,
        begun: Option<(Open, Plan)>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some((mut open, _)) = this.begun.take() {
                open.within(|| this.inner.set(None));
                open.aborted("request");
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, begun: Option<(Open, Plan)>) -> Self {
        Self {
            inner: Some(inner),
            begun,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
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
                failure::of_unknown::<E>(&mut open, "the service returned an error");
                Err(error)
            }
        })
    }
}

impl Plan {
    /// Records the head, and wraps the body.
    fn answer<B: Body>(self, mut open: Open, response: Response<B>) -> Response<ResponseBody<B>> {
        let (mut head, body) = response.into_parts();
        let left = self.read(&mut open, &head, &body);
        if let Some(value) = self.header(&open) {
            const NAME: HeaderName = HeaderName::from_static(TraceHeader::NAME);
            head.headers.insert(NAME, value);
        }
        Response::from_parts(head, ResponseBody::new(body, open, left, Known::default()))
    }

    /// Records the head, and ends there unless the body is to be waited for: so many bytes of it, if
    /// it is known. Of what nobody hears of, the head is not looked at.
    fn read<B: Body>(self, open: &mut Open, head: &Parts, body: &B) -> Option<u64> {
        let segment = open.entity()?;
        let length = status::content_length(&head.headers).or_else(|| body.size_hint().exact());
        segment.http_response(head.status.as_u16(), length);
        let trailers =
            status::is_grpc(&head.headers) && !status::record_grpc(segment, &head.headers);
        let empty = self.head_only
            || status::is_bodiless(head.status)
            || body.is_end_stream()
            || (length == Some(0) && !trailers);
        let handed_over = head.status == StatusCode::SWITCHING_PROTOCOLS
            || (self.connect && head.status.is_success());
        let at_head = match self.end_at {
            Some(end_at) => end_at == EndAt::Head,
            None => status::is_event_stream(&head.headers),
        };
        if empty || handed_over || at_head {
            open.end();
        }
        // The length of what trailers follow is not the end.
        length.filter(|_| !trailers)
    }

    fn header(self, open: &Open) -> Option<HeaderValue> {
        let asked = self.answer?;
        let context = open.context();
        let decision = asked.then(|| context.is_recording());
        let value = xray_core::HeaderValue::answer(context.trace_id()?, decision);
        HeaderValue::from_bytes(value.as_bytes()).ok()
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}
