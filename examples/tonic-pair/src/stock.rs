//! The server: `shop.Stock` with `Price`, which is unary, and `Shelves`, which streams back.

use crate::text::Text;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};
use tower::Service;

#[derive(Clone, Debug)]
pub(crate) struct Stock;

/// Stands for a query.
#[xray::subsegment("query-articles")]
async fn look_up(article: &str) -> Result<u32, Status> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    match article {
        "unicorn" => Err(Status::not_found("no such article")),
        _ => Ok(1900),
    }
}

struct Price;

impl UnaryService<String> for Price {
    type Response = String;
    type Future = BoxFuture<'static, Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        Box::pin(async move {
            let cents = look_up(request.get_ref()).await?;
            Ok(Response::new(format!("{cents} cents")))
        })
    }
}

struct Shelves;

impl ServerStreamingService<String> for Shelves {
    type Response = String;
    type ResponseStream = BoxStream<'static, Result<String, Status>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        // The segment lasts until the stream has ended, and is current while it is read.
        let shelves = stream::iter([3, 7]).then(|shelf| async move {
            let counting = xray::subsegment("count-shelf");
            counting.annotate("shelf", shelf);
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(format!("shelf {shelf}"))
        });
        Box::pin(async move {
            look_up(request.get_ref()).await?;
            Ok(Response::new(shelves.boxed()))
        })
    }
}

impl NamedService for Stock {
    const NAME: &'static str = "shop.Stock";
}

impl Service<http::Request<Body>> for Stock {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/shop.Stock/Price" => Grpc::new(Text).unary(Price, request).await,
                "/shop.Stock/Shelves" => Grpc::new(Text).server_streaming(Shelves, request).await,
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}
