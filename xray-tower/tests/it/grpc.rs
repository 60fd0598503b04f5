//! gRPC, whose status is not HTTP's.

use crate::support::{Shop, call, get};
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use tokio::net::{TcpListener, TcpStream};
use tower::Layer;

fn headers(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, value.parse().unwrap());
    headers
}

fn grpc<B>(body: B) -> Response<B> {
    let response = Response::builder().header("content-type", "application/grpc");
    response.body(body).unwrap()
}

/// A message, and then the status in trailers.
fn with_trailers(status: &str) -> Response<Body> {
    let frames = [
        Frame::data(Bytes::from_static(b"\0\0\0\0\x01a")),
        Frame::trailers(headers("grpc-status", status)),
    ];
    let frames = frames.map(Ok::<_, Infallible>);
    grpc(Body::new(StreamBody::new(stream::iter(frames))))
}

/// A status that was known before anything was sent.
fn with_headers(status: &str) -> Response<Body> {
    let mut response = grpc(Body::empty());
    response
        .headers_mut()
        .extend(headers("grpc-status", status));
    response
}

async fn flags(make: fn(&str) -> Response<Body>, status: &str) -> String {
    let shop = Shop::new();
    let service = tower::service_fn(async |_: Request<Body>| Ok::<_, Infallible>(make(status)));
    let request = Request::post("/shop.Carts/Get")
        .body(Body::empty())
        .unwrap();
    let response = call(&shop.layer(), service, request).await.unwrap();
    let read = response.into_body().collect().await.unwrap();
    let in_trailers = read
        .trailers()
        .is_some_and(|t| t.contains_key("grpc-status"));
    assert_eq!(in_trailers, make(status).headers().len() == 1);
    let tree = shop.tree(1).await;
    assert!(tree.contains(" 200 annotations={grpc_status: "), "{tree}");
    tree
}

#[tokio::test]
async fn c41_every_status_is_an_error_a_throttle_or_a_fault() {
    for status in 0..=16 {
        let expected = match status {
            0 => "shop ",
            8 => "shop error throttle ",
            1 | 3 | 5 | 6 | 7 | 9 | 10 | 11 | 16 => "shop error ",
            _ => "shop fault ",
        };
        let text = status.to_string();
        for make in [with_trailers, with_headers] {
            let tree = flags(make, &text).await;
            assert!(tree.starts_with(&format!("{expected}http=")), "{tree}");
            assert!(tree.contains(&format!("{{grpc_status: {text}}}")), "{tree}");
        }
    }
    assert!(
        flags(with_trailers, "odd")
            .await
            .starts_with("shop fault http=")
    );
}

#[tokio::test]
async fn a_call_without_its_status_has_broken_off() {
    let shop = Shop::new();
    let service = tower::service_fn(async |_| Ok::<_, Infallible>(with_trailers("0")));
    let request = get("/shop.Carts/Get").body(Body::empty()).unwrap();
    let mut body = call(&shop.layer(), service, request)
        .await
        .unwrap()
        .into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    assert_eq!(shop.recorder.stats().open(), 1);
    drop(body);
    let tree = shop.tree(1).await;
    assert!(
        tree.ends_with("annotations={aborted: \"response\"}\n"),
        "{tree}"
    );
}

#[tokio::test]
async fn the_status_arrives_over_http2() {
    let shop = Shop::new();
    let service = tower::service_fn(async |request: Request<hyper::body::Incoming>| {
        Ok::<_, Infallible>(match request.uri().path() {
            "/shop.Carts/Get" => with_trailers("5"),
            _ => with_headers("12"),
        })
    });
    let service = TowerToHyperService::new(shop.layer().layer(service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        let _ = builder
            .serve_connection(TokioIo::new(stream), service)
            .await;
    });
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    for (path, trailers) in [("Get", true), ("Put", false)] {
        let uri = format!("http://carts.internal/shop.Carts/{path}");
        let request = Request::post(uri).body(Empty::<Bytes>::new()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert!(response.headers().contains_key("x-amzn-trace-id"));
        let read = response.into_body().collect().await.unwrap();
        assert_eq!(read.trailers().is_some(), trailers);
    }
    let at = "http=POST http://carts.internal/shop.Carts/";
    assert_eq!(
        shop.tree(2).await,
        format!(
            "shop error {at}Get 200 annotations={{grpc_status: 5}}\n\
             shop fault {at}Put 200 annotations={{grpc_status: 12}}\n"
        )
    );
    serving.abort();
    connection.abort();
}
