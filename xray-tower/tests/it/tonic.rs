//! A server of tonic's, whose service is written out by hand.

use crate::raw::Raw;
use crate::support::{LONG, Shop};
use ::tonic::Status;
use ::tonic::body::Body;
use ::tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use ::tonic::transport::server::{Server, TcpConnectInfo, TcpIncoming};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

/// Answers what it is asked, and fails when that is nothing.
struct Echo;

impl UnaryService<Bytes> for Echo {
    type Response = Bytes;
    type Future = Ready<Result<tonic::Response<Bytes>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        xray_core::subsegment("echo").end();
        let message = request.into_inner();
        ready(if message.is_empty() {
            Err(Status::invalid_argument("nothing"))
        } else {
            Ok(tonic::Response::new(message))
        })
    }
}

/// Breaks off in the middle.
struct Listing;

impl ServerStreamingService<Bytes> for Listing {
    type Response = Bytes;
    type ResponseStream = BoxStream<'static, Result<Bytes, Status>>;
    type Future = Ready<Result<tonic::Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let items = [
            Ok(request.into_inner()),
            Err(Status::resource_exhausted("enough")),
        ];
        ready(Ok(tonic::Response::new(Box::pin(stream::iter(items)))))
    }
}

#[derive(Clone)]
struct Carts;

impl NamedService for Carts {
    const NAME: &'static str = "shop.Carts";
}

impl Service<Request<Body>> for Carts {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = futures_util::future::BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(Raw);
            Ok(match request.uri().path() {
                "/shop.Carts/Echo" => grpc.unary(Echo, request).await,
                "/shop.Carts/List" => grpc.server_streaming(Listing, request).await,
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

/// A message in its frame.
fn message(text: &str) -> Full<Bytes> {
    let mut framed = vec![0];
    framed.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    framed.extend(text.as_bytes());
    Full::new(framed.into())
}

#[tokio::test]
async fn c41_a_server_of_tonic() {
    let shop = Shop::new();
    let layer = shop.layer().peer(|request| {
        let info: &TcpConnectInfo = request.extensions.get()?;
        Some(info.remote_addr()?.ip())
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().layer(layer).add_service(Carts);
    let serving = tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream);
    let (mut sender, connection) = handshake.await.unwrap();
    let connection = tokio::spawn(connection);
    for (method, text, status) in [
        ("Echo", "a", "0"),
        ("Echo", "", "3"),
        ("List", "a", "8"),
        ("Lost", "a", "12"),
    ] {
        let request = Request::post(format!("http://carts.internal/shop.Carts/{method}"))
            .version(Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        let request = request.body(message(text)).unwrap();
        let response = tokio::time::timeout(LONG, sender.send_request(request)).await;
        let (head, body) = response.unwrap().unwrap().into_parts();
        assert!(head.headers.contains_key("x-amzn-trace-id"));
        let read = body.collect().await.unwrap();
        let early = head.headers.get("grpc-status");
        let told = early.or_else(|| read.trailers()?.get("grpc-status"));
        assert_eq!(told.unwrap(), status, "{method} {text:?}");
    }
    let at = "http=POST http://carts.internal/shop.Carts";
    assert_eq!(
        shop.tree(6).await,
        format!(
            "shop {at}/Echo 200 annotations={{grpc_status: 0}}\n  echo\n\
             shop error {at}/Echo 200 annotations={{grpc_status: 3}}\n  echo\n\
             shop error throttle {at}/List 200 annotations={{grpc_status: 8}}\n\
             shop fault {at}/Lost 200 annotations={{grpc_status: 12}}\n"
        )
    );
    for segment in shop.emitter.values() {
        assert_eq!(segment["http"]["request"]["client_ip"], "127.0.0.1");
    }
    serving.abort();
    connection.abort();
}
