//! Requests that nobody waits for any longer, and handlers that panic.

use crate::support::{Shop, call, get, read_until, serve};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::{Router, routing};
use futures_util::stream;
use http::Response;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::panic::resume_unwind;
use std::pin::pin;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::{Layer, Service, ServiceExt};

#[tokio::test]
async fn c31_a_client_that_leaves_its_handler_is_an_error() {
    let shop = Shop::new();
    let (entered, mut entries) = mpsc::unbounded_channel();
    let handler = async move || {
        let _working = xray_core::subsegment("work");
        entered.send(()).unwrap();
        std::future::pending::<()>().await;
    };
    let router = Router::new().route("/", routing::get(handler));
    let server = serve(router.layer(shop.layer())).await;
    let stream = server.ask("GET /").await;
    entries.recv().await.unwrap();
    drop(stream);
    assert_eq!(
        shop.tree(2).await,
        "shop error http=GET http://shop.example/ \
         annotations={aborted: \"request\", route: \"/\"}\n  work\n"
    );
}

#[tokio::test]
async fn c31_a_client_that_leaves_a_stream_is_an_error() {
    let shop = Shop::new();
    let handler = async || {
        let first = stream::iter([Ok::<_, io::Error>(Bytes::from("one"))]);
        let endless = futures_util::StreamExt::chain(first, stream::pending());
        Body::from_stream(endless)
    };
    let router = Router::new().route("/", routing::get(handler));
    let server = serve(router.layer(shop.layer())).await;
    let mut stream = server.ask("GET /").await;
    read_until(&mut stream, "one").await;
    drop(stream);
    assert_eq!(
        shop.tree(1).await,
        "shop error http=GET http://shop.example/ 200 \
         annotations={aborted: \"response\", route: \"/\"}\n"
    );
}

#[tokio::test]
async fn c31_less_than_the_promised_length_is_an_error() {
    let shop = Shop::new();
    let promised = |text: &'static str| {
        tower::service_fn(move |_: Request| {
            let frames = [Ok::<_, io::Error>(Bytes::from(text)), Ok("rest".into())];
            let body = Body::from_stream(stream::iter(frames));
            let response = Response::builder().header("content-length", 5);
            std::future::ready(Ok::<_, io::Error>(response.body(body).unwrap()))
        })
    };
    for (text, tree) in [
        (
            "four",
            "shop error http=GET /a 200 annotations={aborted: \"response\"}\n",
        ),
        ("hello", "shop http=GET /a 200\n"),
    ] {
        let request = get("/a").body(Body::empty()).unwrap();
        let response = call(&shop.layer(), promised(text), request).await.unwrap();
        let mut body = response.into_body();
        let frame = http_body_util::BodyExt::frame(&mut body).await;
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), text);
        drop(body);
        assert_eq!(xray_core::test_util::tree(&shop.emitter.take()), tree);
    }
}

#[tokio::test]
async fn c31_a_response_that_nobody_reads_is_an_error() {
    let shop = Shop::new();
    let service = tower::service_fn(crate::support::hello);
    let request = get("/a").body(Body::empty()).unwrap();
    drop(call(&shop.layer(), service, request).await.unwrap());
    let tree = "shop error http=GET /a 200 annotations={aborted: \"response\"}\n";
    assert_eq!(shop.tree(1).await, tree);
}

#[tokio::test]
async fn a_future_that_is_never_polled_is_an_error() {
    let shop = Shop::new();
    let mut service = shop.layer().layer(tower::service_fn(crate::support::hello));
    let service = service.ready().await.unwrap();
    drop(service.call(get("/a").body(Body::empty()).unwrap()));
    let tree = "shop error http=GET /a annotations={aborted: \"request\"}\n";
    assert_eq!(shop.tree(1).await, tree);
}

#[tokio::test]
async fn c26_a_panic_is_a_fault_and_goes_on() {
    let shop = Shop::new();
    // Without the hook, which would write to the output of the tests.
    let panics = async || -> &'static str { resume_unwind(Box::new("no stock")) };
    let router = Router::new().route("/", routing::get(panics));
    let server = serve(router.layer(shop.layer())).await;
    let mut response = Vec::new();
    let mut stream = server.ask("GET /").await;
    stream.read_to_end(&mut response).await.unwrap();
    assert!(response.is_empty());
    assert_eq!(
        shop.tree(1).await,
        "shop fault http=GET http://shop.example/ \
         annotations={route: \"/\"} cause=\"no stock\"\n"
    );
}

#[tokio::test]
async fn c26_a_panic_in_the_call_itself_is_a_fault() {
    let shop = Shop::new();
    let service = tower::service_fn(|_: Request| -> std::future::Ready<_> {
        if shop.recorder.is_enabled() {
            resume_unwind(Box::new("no stock".to_owned()));
        }
        std::future::ready(Ok::<_, io::Error>(Response::new(Body::empty())))
    });
    let mut service = shop.layer().layer(service);
    let request = get("/a").body(Body::empty()).unwrap();
    let called = std::panic::AssertUnwindSafe(|| drop(service.call(request)));
    let payload = std::panic::catch_unwind(called).unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "no stock");
    assert_eq!(
        shop.tree(1).await,
        "shop fault http=GET /a cause=\"no stock\"\n"
    );
}

#[tokio::test]
async fn c26_a_panic_that_is_caught_outside_is_a_fault_all_the_same() {
    let shop = Shop::new();
    let panics = tower::service_fn(async |request: Request| {
        if request.uri().path() == "/a" {
            resume_unwind(Box::new("no stock"));
        }
        Ok::<_, io::Error>(Response::new(Body::empty()))
    });
    let request = get("/a").body(Body::empty()).unwrap();
    let layer = shop.layer();
    let mut future = Box::pin(call(&layer, panics, request));
    let caught = std::panic::AssertUnwindSafe(&mut future);
    assert!(futures_util::FutureExt::catch_unwind(caught).await.is_err());
    // Over with the panic, not only with the future.
    let tree = "shop fault http=GET /a cause=\"no stock\"\n";
    assert_eq!(shop.tree(1).await, tree);
    drop(future);
    assert_eq!(shop.recorder.stats().late, 0);
}

#[tokio::test]
async fn dropped_by_a_panic_elsewhere_it_is_a_fault() {
    let shop = Shop::new();
    let pending = tower::service_fn(async |_: Request| {
        std::future::pending::<()>().await;
        Ok::<_, io::Error>(Response::new(Body::empty()))
    });
    let layer = shop.layer();
    let task = tokio::spawn(async move {
        let request = get("/a").body(Body::empty()).unwrap();
        let mut future = pin!(call(&layer, pending, request));
        assert!(futures_util::poll!(&mut future).is_pending());
        resume_unwind(Box::new("elsewhere"));
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(shop.tree(1).await, "shop fault http=GET /a\n");
}

#[derive(Debug)]
struct Unspeakable;

impl From<Unspeakable> for Box<dyn std::error::Error + Send + Sync> {
    fn from(_: Unspeakable) -> Self {
        "unspeakable".into()
    }
}

#[tokio::test]
async fn an_error_of_the_service_is_a_fault() {
    let shop = Shop::new();
    let service = tower::service_fn(async |_: http::Request<hyper::body::Incoming>| {
        Err::<Response<Body>, _>(Unspeakable)
    });
    let service = TowerToHyperService::new(shop.layer().layer(service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        serving.await.unwrap_err().to_string()
    });
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request)
        .await
        .unwrap();
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    assert!(serving.await.unwrap().contains("user"));
    assert_eq!(
        shop.tree(1).await,
        "shop fault http=GET http://shop.example/a cause=\"the service returned an error\"\n"
    );
    let exception = &shop.segment().await["cause"]["exceptions"][0];
    let name = exception["type"].as_str().unwrap();
    assert!(name.ends_with("disconnect::Unspeakable"), "{name}");
}
