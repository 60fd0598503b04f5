//! The body: its end is the segment's, or the subsegment's.

use crate::failure::Known;
use crate::status;
use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use xray_core::__private::Open;

/// Where in a response its segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndAt {
    /// With the head: status and headers.
    Head,
    /// With the last of the body, or the trailers after it.
    Body,
}

/// Polls what is there, and drops it once it is ready.
#[inline]
pub(crate) fn poll_once<F: Future>(
    mut inner: Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let Some(future) = inner.as_mut().as_pin_mut() else {
        return Poll::Pending;
    };
    let output = ready!(future.poll(cx));
    inner.set(None);
    Poll::Ready(output)
}

pin_project! {
    /// A response's body, with whose end its segment or subsegment ends: see
    /// [`SegmentLayer`](crate::SegmentLayer) and [`SubsegmentLayer`](crate::SubsegmentLayer). All that
    /// the body says of itself is passed on.
    pub struct ResponseBody<B> {
        // Gone only while this is dropped, so that it is dropped within the context.
        #[pin]
        inner: Option<B>,
        open: Option<Open>,
        // Bytes up to the length that the head has promised.
        left: Option<u64>,
        known: Known,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut open) = this.open.take() {
                open.within(|| this.inner.set(None));
                open.aborted("response");
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, open: Open, left: Option<u64>, known: Known) -> Self {
        Self {
            inner: Some(inner),
            open: Some(open),
            left,
            known,
        }
    }

    /// Of a request that has none.
    pub(crate) fn untouched(inner: B) -> Self {
        Self {
            inner: Some(inner),
            open: None,
            left: None,
            known: Known::default(),
        }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(open) = this.open else {
            return inner.poll_frame(cx);
        };
        let polled = ready!(open.within(|| inner.as_mut().poll_frame(cx)));
        if open.entity().is_some() {
            if let Some(Err(error)) = &polled {
                this.known.failed(open, error, "the response's body failed");
            } else {
                let frame = polled.as_ref().and_then(|frame| frame.as_ref().ok());
                look(open, this.left, frame, inner.is_end_stream());
            }
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(B::size_hint).unwrap_or_default()
    }
}

/// Ends the entity where this is the last of the body. Servers do not ask again after the frame that
/// they know to be the last.
fn look<D: Buf>(
    open: &mut Open,
    left: &mut Option<u64>,
    frame: Option<&Frame<D>>,
    is_end_stream: bool,
) {
    let Some(frame) = frame else {
        return open.end();
    };
    if let (Some(trailers), Some(entity)) = (frame.trailers_ref(), open.entity()) {
        status::record_grpc(entity, trailers);
        return open.end();
    }
    if let (Some(left), Some(data)) = (left.as_mut(), frame.data_ref()) {
        *left = left.saturating_sub(data.remaining() as u64);
    }
    if is_end_stream || *left == Some(0) {
        open.end();
    }
}

impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::untouched(B::default())
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}
