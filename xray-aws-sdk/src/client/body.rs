//! A look at bodies that the SDK would read as a whole anyway.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::byte_stream::error::Error;
use bytes::Bytes;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Longer ones are left alone.
const LONGEST: u64 = 64 << 10;

/// The response with its body in memory, where it is known to be short. What breaks off is handed on
/// as a body that fails the same way.
pub(super) async fn held(mut response: HttpResponse) -> HttpResponse {
    let stated = response.headers().get("content-length");
    let length = stated.and_then(|length| length.trim().parse::<u64>().ok());
    let length = length.or_else(|| response.body().content_length());
    let held = response.body().bytes().is_some();
    if held || length.is_none_or(|length| length == 0 || length > LONGEST) {
        return response;
    }
    let body = response.take_body();
    match ByteStream::new(body).collect().await {
        Ok(bytes) => *response.body_mut() = SdkBody::from(bytes.into_bytes()),
        Err(error) => *response.body_mut() = SdkBody::from_body_1_x(Broken(Some(error))),
    }
    response
}

/// A body of which nothing more will come.
struct Broken(Option<Error>);

impl Body for Broken {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use xray_core::test_util::block_on;

    fn response(length: u64, body: SdkBody) -> HttpResponse {
        let status = StatusCode::try_from(400).unwrap();
        let mut response = HttpResponse::new(status, body);
        let length = length.to_string();
        response.headers_mut().insert("content-length", length);
        response
    }

    struct Once(Option<Bytes>, Option<Error>);

    impl Body for Once {
        type Data = Bytes;
        type Error = Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            Poll::Ready(match self.0.take() {
                Some(bytes) => Some(Ok(Frame::data(bytes))),
                None => self.1.take().map(Err),
            })
        }
    }

    fn streaming(text: &'static str, error: Option<Error>) -> SdkBody {
        SdkBody::from_body_1_x(Once(Some(Bytes::from(text)), error))
    }

    async fn read(body: SdkBody) -> Result<Bytes, Error> {
        Ok(ByteStream::new(body).collect().await?.into_bytes())
    }

    #[test]
    fn short_bodies_are_held_and_whole() {
        let mut response = block_on(held(response(4, streaming("text", None))));
        assert_eq!(response.body().bytes(), Some(&b"text"[..]));
        assert_eq!(block_on(read(response.take_body())).unwrap(), "text");
    }

    #[test]
    fn long_ones_are_left_alone() {
        let response = block_on(held(response(LONGEST + 1, streaming("text", None))));
        assert_eq!(response.body().bytes(), None);
    }

    #[test]
    fn what_breaks_off_still_does() {
        let error = Error::from(std::io::Error::other("broken"));
        let mut response = block_on(held(response(9, streaming("text", Some(error)))));
        let error = block_on(read(response.take_body())).unwrap_err();
        let error: &dyn std::error::Error = &error;
        let texts = std::iter::successors(Some(error), |e| e.source());
        assert!(
            texts
                .map(ToString::to_string)
                .any(|text| text.contains("broken"))
        );
    }
}
