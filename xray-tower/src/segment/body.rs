//! The body: its end is the segment's.

use super::open::Open;
use crate::status;
use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A response's body, with whose end the segment ends: see
    /// [`SegmentLayer`](super::SegmentLayer). All that the body says of itself is passed on.
    pub struct ResponseBody<B> {
        // Gone only while this is dropped, so that it is dropped within the context.
        #[pin]
        inner: Option<B>,
        open: Option<Open>,
        // Bytes up to the length that the head has promised.
        left: Option<u64>,
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
    pub(super) fn new(inner: B, open: Open, left: Option<u64>) -> Self {
        Self {
            inner: Some(inner),
            open: Some(open),
            left,
        }
    }

    /// Of a request that has no segment.
    pub(super) fn untouched(inner: B) -> Self {
        Self {
            inner: Some(inner),
            open: None,
            left: None,
        }
    }
}

impl<B: Body> Body for ResponseBody<B> {
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
        if open.segment().is_some() {
            look(open, this.left, polled.as_ref(), inner.is_end_stream());
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

/// Ends the segment where this is the last of the body. Servers do not ask again after the frame
/// that they know to be the last.
fn look<D: Buf, E>(
    open: &mut Open,
    left: &mut Option<u64>,
    polled: Option<&Result<Frame<D>, E>>,
    is_end_stream: bool,
) {
    let frame = match polled {
        None => return open.end(),
        Some(Err(_)) => return open.failed::<E>("the response's body failed"),
        Some(Ok(frame)) => frame,
    };
    if let (Some(trailers), Some(segment)) = (frame.trailers_ref(), open.segment()) {
        status::record_grpc(segment, trailers);
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
