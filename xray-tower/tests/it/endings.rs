//! Each way in which a response ends, over real sockets.

use crate::support::{Shop, in_time, read_until, serve};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use futures_util::stream;
use http::StatusCode;
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use xray_tower::EndAt;

/// A body of what is sent, which ends when the sender is dropped.
fn channel() -> (mpsc::UnboundedSender<&'static str>, Body) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let next = async |mut receiver: mpsc::UnboundedReceiver<&'static str>| {
        let text = receiver.recv().await?;
        Some((Ok::<_, io::Error>(Bytes::from(text)), receiver))
    };
    (sender, Body::from_stream(stream::unfold(receiver, next)))
}

/// Serves one response.
fn once(response: Response) -> Router {
    let response = Arc::new(Mutex::new(Some(response)));
    let handler = move || {
        let response = response.lock().unwrap().take();
        std::future::ready(response.unwrap_or_else(|| StatusCode::GONE.into_response()))
    };
    Router::new().route("/", routing::get(handler))
}

#[tokio::test]
async fn c31_a_fixed_body_ends_with_its_only_frame() {
    let shop = Shop::new();
    let server = serve(once("hello".into_response()).layer(shop.layer())).await;
    let response = server.get("GET /", "").await;
    assert!(response.contains("content-length: 5\r\n"), "{response}");
    let segment = shop.segment().await;
    assert_eq!(segment["http"]["response"]["content_length"], 5);
    for flag in ["error", "fault", "throttle"] {
        assert_eq!(segment.get(flag), None);
    }
}

#[tokio::test]
async fn c31_head_promises_a_body_that_never_comes() {
    let shop = Shop::new();
    let server = serve(once("hello".into_response()).layer(shop.layer())).await;
    let response = server.get("HEAD /", "").await;
    assert!(response.contains("content-length: 5\r\n"), "{response}");
    let segment = shop.segment().await;
    assert_eq!(segment["http"]["response"]["content_length"], 5);
    assert_eq!(
        shop.emitter.tree(),
        "shop http=HEAD http://shop.example/ 200 annotations={route: \"/\"}\n"
    );
}

#[tokio::test]
async fn c31_responses_without_a_body_end_with_their_head() {
    let shop = Shop::new();
    let router = Router::new()
        .route("/none", routing::get(StatusCode::NO_CONTENT))
        .route("/same", routing::get(StatusCode::NOT_MODIFIED));
    let server = serve(router.layer(shop.layer())).await;
    for (head, status, flags) in [
        ("GET /none", "204", ""),
        ("GET /same", "304", ""),
        ("GET /missing", "404", " error"),
        ("POST /none", "405", " error"),
    ] {
        server.get(head, "").await;
        let tree = xray_core::test_util::tree(&shop.emitter.take());
        assert!(tree.starts_with(&format!("shop{flags} http=")), "{tree}");
        assert!(tree.contains(&format!(" {status}")), "{tree}");
        assert!(!tree.contains("aborted"), "{tree}");
    }
    assert_eq!(shop.recorder.stats().open(), 0);
}

#[tokio::test]
async fn c31_a_stream_ends_where_it_ends() {
    let shop = Shop::new();
    let (sender, body) = channel();
    let server = serve(once(Response::new(body)).layer(shop.layer())).await;
    let mut stream = server.ask("GET /").await;
    for text in ["one", "two"] {
        sender.send(text).unwrap();
        read_until(&mut stream, text).await;
        assert_eq!(shop.recorder.stats().open(), 1);
    }
    drop(sender);
    read_until(&mut stream, "0\r\n\r\n").await;
    let segment = shop.segment().await;
    assert_eq!(
        segment["http"]["response"],
        serde_json::json!({ "status": 200 })
    );
    assert_eq!(segment.get("error"), None);
}

#[tokio::test]
async fn c31_a_body_that_fails_is_a_fault() {
    let shop = Shop::new();
    let frames = [Ok(Bytes::from("one")), Err(io::Error::other("disk"))];
    let body = Body::from_stream(stream::iter(frames));
    let server = serve(once(Response::new(body)).layer(shop.layer())).await;
    let mut read = Vec::new();
    let mut stream = server.ask("GET /").await;
    stream.read_to_end(&mut read).await.unwrap();
    let tree = shop.tree(1).await;
    assert!(tree.starts_with("shop fault http="), "{tree}");
    assert!(
        tree.ends_with("cause=\"the response's body failed\"\n"),
        "{tree}"
    );
    let cause = &shop.segment().await["cause"]["exceptions"][0];
    assert_eq!(cause["type"], "axum_core::error::Error");
}

#[tokio::test]
async fn a_stream_of_events_ends_with_its_head() {
    for (end_at, open) in [(None, 0), (Some(EndAt::Head), 0), (Some(EndAt::Body), 1)] {
        let shop = Shop::new();
        let (sender, body) = channel();
        let response = Response::builder().header("content-type", "text/event-stream");
        let router = once(response.body(body).unwrap());
        let layer = match end_at {
            Some(end_at) => shop.layer().end_at(end_at),
            None => shop.layer(),
        };
        let server = serve(router.layer(layer)).await;
        let mut stream = server.ask("GET /").await;
        sender.send("data: 1\n\n").unwrap();
        read_until(&mut stream, "data: 1").await;
        assert_eq!(shop.recorder.stats().open(), open, "{end_at:?}");
        drop(sender);
        read_until(&mut stream, "0\r\n\r\n").await;
        assert_eq!(shop.segment().await.get("error"), None);
    }
}

#[tokio::test]
async fn any_response_ends_with_its_head_where_that_is_asked_for() {
    let shop = Shop::new();
    let (sender, body) = channel();
    let layer = shop.layer().end_at(EndAt::Head);
    let server = serve(once(Response::new(body)).layer(layer)).await;
    let mut stream = server.ask("GET /").await;
    read_until(&mut stream, "200 OK").await;
    assert_eq!(shop.segment().await["http"]["response"]["status"], 200);
    drop((sender, stream));
}

#[tokio::test]
async fn an_upgraded_connection_has_left_its_segment() {
    let shop = Shop::new();
    let upgrade = async |request: Request| {
        tokio::spawn(async move {
            let upgraded = hyper::upgrade::on(request).await.unwrap();
            let mut io = TokioIo::new(upgraded);
            let mut buffer = [0; 4];
            io.read_exact(&mut buffer).await.unwrap();
            io.write_all(&buffer).await.unwrap();
        });
        let response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header("connection", "upgrade")
            .header("upgrade", "echo");
        response.body(Body::empty()).unwrap()
    };
    let router = Router::new().route("/", routing::get(upgrade));
    let layer = shop.layer().end_at(EndAt::Body);
    let server = serve(router.layer(layer)).await;
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    let segment = shop.segment().await;
    assert_eq!(segment["http"]["response"]["status"], 101);
    assert_eq!(segment.get("error"), None);
    stream.write_all(b"ping").await.unwrap();
    in_time(read_until(&mut stream, "ping")).await;
}
