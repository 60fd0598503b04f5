//! The layer around clients: hyper-util's on real sockets, and services in place where a test is
//! about one poll.

use crate::support::{Server, Shop, serve};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::StreamExt;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::convert::Infallible;
use tower::{Layer, Service, ServiceExt};
use xray_core::TraceFuture;
use xray_tower::{EndAt, ResponseBody, SubsegmentLayer, SubsegmentService};

pub(crate) type Hyper = Client<HttpConnector, Body>;

pub(crate) fn hyper() -> Hyper {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Answers with the headers that it was sent.
pub(crate) async fn upstream() -> Server {
    let echo = async |headers: HeaderMap| {
        let told = |name: &str| {
            let all = headers.get_all(name).iter();
            let all: Vec<_> = all.map(|value| value.to_str().unwrap()).collect();
            all.join("+")
        };
        format!("{}|{}", told("x-amzn-trace-id"), told("traceparent"))
    };
    let endless = async || {
        let chunks = stream::repeat_with(|| Ok::<_, Infallible>("chunk"));
        Body::from_stream(chunks.take(3))
    };
    let router = Router::new()
        .route("/echo", get(echo))
        .route("/chunks", get(endless))
        .route("/404", get(async || StatusCode::NOT_FOUND))
        .route("/429", get(async || StatusCode::TOO_MANY_REQUESTS))
        .route("/503", get(async || StatusCode::SERVICE_UNAVAILABLE));
    serve(router.route("/empty", get(async || StatusCode::NO_CONTENT))).await
}

pub(crate) async fn send<S, R>(
    service: SubsegmentService<S>,
    request: Request<Body>,
) -> Result<Response<ResponseBody<R>>, S::Error>
where
    S: Service<Request<Body>, Response = Response<R>>,
    S::Error: 'static,
    R: http_body::Body,
{
    service.oneshot(request).await
}

/// Makes a call from within a segment, and reads the response; its status and text.
pub(crate) async fn fetch(shop: &Shop, layer: &SubsegmentLayer, url: &str) -> (StatusCode, String) {
    let request = Request::get(url).body(Body::empty()).unwrap();
    fetch_as(shop, layer, request).await
}

pub(crate) async fn fetch_as(
    shop: &Shop,
    layer: &SubsegmentLayer,
    request: Request<Body>,
) -> (StatusCode, String) {
    let client = layer.layer(hyper());
    let segment = shop.recorder.segment("shop").start();
    read(send(client, request).within(segment).await).await
}

pub(crate) async fn read<B, E>(response: Result<Response<B>, E>) -> (StatusCode, String)
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
    E: std::fmt::Debug,
{
    let response = response.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn a_call_is_a_remote_subsegment_named_after_the_host() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!(
        "http://ann:secret@localhost:{}/echo?token=abc#part",
        server.address.port()
    );
    let (status, _) = fetch(&shop, &SubsegmentLayer::new(), &url).await;
    assert_eq!(status, StatusCode::OK);
    let shown = format!("http://localhost:{}/echo", server.address.port());
    assert_eq!(
        shop.tree(2).await,
        format!("shop\n  localhost namespace=remote http=GET {shown} 200\n")
    );
    let call = &shop.emitter.values()[0]["subsegments"][0];
    assert_eq!(call["http"]["response"]["content_length"], 75);
    assert_eq!(call["http"]["request"].get("traced"), None);
    let all = shop.emitter.documents().concat();
    assert!(!all.contains("secret") && !all.contains("token"), "{all}");
}

#[tokio::test]
async fn the_status_says_whose_doing_it_was() {
    let server = upstream().await;
    for (path, flags) in [
        ("404", "error "),
        ("429", "error throttle "),
        ("503", "fault "),
        ("empty", ""),
    ] {
        let shop = Shop::new();
        let url = format!("http://{}/{path}", server.address);
        let (status, _) = fetch(&shop, &SubsegmentLayer::new(), &url).await;
        let tree = shop.tree(2).await;
        let call = format!(
            "127.0.0.1 {flags}namespace=remote http=GET {url} {}",
            status.as_u16()
        );
        assert_eq!(tree, format!("shop\n  {call}\n"));
    }
}

#[tokio::test]
async fn names_can_be_better_than_hosts() {
    let server = upstream().await;
    let layer = SubsegmentLayer::new().name(|request| {
        let path = request.uri.path().strip_prefix('/')?;
        (path != "empty").then(|| format!("shard ({path})").into())
    });
    for (path, name) in [("echo", "shard echo"), ("empty", "127.0.0.1")] {
        let shop = Shop::new();
        let url = format!("http://{}/{path}", server.address);
        fetch(&shop, &layer, &url).await;
        let tree = shop.tree(2).await;
        assert!(
            tree.starts_with(&format!("shop\n  {name} namespace=remote ")),
            "{tree}"
        );
    }
}

#[tokio::test]
async fn hooks_that_panic_change_no_result() {
    let (shop, server) = (Shop::new(), upstream().await);
    let layer = SubsegmentLayer::new()
        .name(|_| std::panic::resume_unwind(Box::new("no name")))
        .propagate_to(|_| std::panic::resume_unwind(Box::new("no idea")));
    let url = format!("http://{}/echo", server.address);
    let (status, sent) = fetch(&shop, &layer, &url).await;
    assert_eq!((status, &*sent), (StatusCode::OK, "|"));
    let tree = shop.tree(2).await;
    assert!(tree.contains("  127.0.0.1 namespace=remote"), "{tree}");
}

#[tokio::test]
async fn what_is_traced_says_so_in_both_places() {
    let (shop, server) = (Shop::new(), upstream().await);
    let url = format!("http://{}/echo", server.address);
    fetch(&shop, &SubsegmentLayer::new().traced(true), &url).await;
    shop.tree(2).await;
    let call = &shop.emitter.values()[0]["subsegments"][0];
    assert_eq!(
        (&call["traced"], &call["http"]["request"]["traced"]),
        (&true.into(), &true.into())
    );
}

#[tokio::test]
async fn a_host_that_nobody_knows_has_a_name_that_x_ray_takes() {
    let shop = Shop::new();
    let client = SubsegmentLayer::new().layer(tower::service_fn(async |_| {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let request = Request::get("/articles").body(Body::empty()).unwrap();
    let segment = shop.recorder.segment("shop").start();
    let answer = send(client, request).within(segment).await;
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
    assert_eq!(
        shop.tree(2).await,
        "shop\n  unknown namespace=remote http=GET /articles 200\n"
    );
}

#[tokio::test]
async fn a_call_ends_with_the_head_unless_it_is_to_end_with_the_body() {
    let server = upstream().await;
    for (end_at, open) in [(EndAt::Head, 0), (EndAt::Body, 1)] {
        let shop = Shop::new();
        let client = SubsegmentLayer::new().end_at(end_at).layer(hyper());
        let url = format!("http://{}/chunks", server.address);
        let request = Request::get(&url).body(Body::empty()).unwrap();
        let segment = shop.recorder.segment("shop").start();
        let response = send(client, request).within(segment).await;
        assert_eq!(shop.recorder.stats().open(), open);
        let (_, text) = read(response).await;
        assert_eq!(text, "chunkchunkchunk");
        let tree = shop.tree(2).await;
        assert!(
            tree.ends_with(&format!("127.0.0.1 namespace=remote http=GET {url} 200\n")),
            "{tree}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_waited_for_may_be_given_up() {
    let (shop, server) = (Shop::new(), upstream().await);
    let client = SubsegmentLayer::new().end_at(EndAt::Body).layer(hyper());
    let url = format!("http://{}/chunks", server.address);
    let request = Request::get(&url).body(Body::empty()).unwrap();
    let segment = shop.recorder.segment("shop").start();
    let mut body = send(client, request)
        .within(segment)
        .await
        .unwrap()
        .into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    drop(body);
    let tree = shop.tree(2).await;
    assert!(
        tree.ends_with("200 annotations={aborted: \"response\"}\n"),
        "{tree}"
    );
    assert!(tree.contains("127.0.0.1 error namespace=remote"), "{tree}");
}

#[tokio::test]
async fn what_the_client_does_is_inside_of_the_call_and_reading_is_not() {
    let shop = Shop::new();
    let client = tower::service_fn(|_| {
        xray_core::subsegment("call").end();
        async {
            xray_core::subsegment("poll").end();
            Ok::<_, Infallible>(Response::new(Body::from_stream(stream::once(async {
                xray_core::subsegment("read").end();
                Ok::<_, Infallible>("x")
            }))))
        }
    });
    let client = SubsegmentLayer::new().layer(client);
    let request = Request::get("http://a/").body(Body::empty()).unwrap();
    let segment = shop.recorder.segment("shop").start();
    let answer = async { read(send(client, request).await).await };
    assert_eq!(answer.within(segment).await.1, "x");
    assert_eq!(
        shop.tree(5).await,
        "shop\n  a namespace=remote http=GET http://a/ 200\n    call\n    poll\n  read\n"
    );
}
