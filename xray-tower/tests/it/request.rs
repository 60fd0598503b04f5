//! What a document says of a request.

use crate::support::{ROOT, Shop, get, greet, serve};
use axum::Router;
use axum::extract::Path;
use axum::routing;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use xray_core::{Ended, Observer, Recorder, TraceHeader};

fn router() -> Router {
    let user = async |Path(id): Path<u32>| format!("user {id}");
    Router::new().route("/users/{id}", routing::get(user))
}

#[tokio::test]
async fn the_whole_block_of_a_request_to_axum() {
    let shop = Shop::new();
    let server = serve(router().layer(shop.layer())).await;
    server
        .get("GET /users/7?token=secret", "\r\nUser-Agent: curl/8")
        .await;
    let segment = shop.segment().await;
    assert_eq!(
        segment["http"],
        json!({
            "request": {
                "method": "GET",
                "url": "http://shop.example/users/7",
                "user_agent": "curl/8",
                "client_ip": "127.0.0.1",
            },
            "response": { "status": 200, "content_length": 6 },
        })
    );
    assert_eq!(segment["annotations"], json!({ "route": "/users/{id}" }));
    assert_eq!(segment.get("parent_id"), None);
}

#[tokio::test]
async fn outside_of_the_router_there_is_no_route() {
    let shop = Shop::new();
    let inner = router().layer(shop.layer());
    let outer = Router::new().fallback_service(tower::Layer::layer(&shop.layer(), router()));
    for (router, expected) in [(inner, json!("/users/{id}")), (outer, Value::Null)] {
        let server = serve(router).await;
        let response = server.get("GET /users/7", "").await;
        assert!(response.ends_with("user 7"), "{response}");
        let segment = shop.emitter.values().pop().unwrap();
        assert_eq!(segment["annotations"]["route"], expected);
    }
}

#[tokio::test]
async fn an_extractor_finds_the_route_of_any_framework() {
    let shop = Shop::new();
    let layer = shop.layer().route(|request| {
        let first = request.uri.path().split('/').nth(1)?;
        (!first.is_empty()).then(|| format!("/{first}/…").into())
    });
    greet(&layer, get("/carts/9/items")).await;
    greet(&layer, get("/")).await;
    let segments = shop.emitter.values();
    assert_eq!(segments[0]["annotations"]["route"], "/carts/…");
    assert_eq!(segments[1].get("annotations"), None);
}

#[derive(Clone, Default)]
struct Operations(Arc<Mutex<Vec<String>>>);

impl Observer for Operations {
    fn ended(&self, ended: &Ended<'_>) {
        let Ended {
            operation,
            method,
            status,
            sampled,
            ..
        } = ended;
        let seen = format!("{operation:?} {method:?} {status:?} {sampled}");
        self.0.lock().unwrap().push(seen);
    }
}

#[tokio::test]
async fn observers_see_the_operation_whether_sampled_or_not() {
    let seen = Operations::default();
    let shop = Shop::with(|b| b.observer(seen.clone()));
    let server = serve(router().layer(shop.layer())).await;
    for decision in [1, 0] {
        let header = format!("\r\nX-Amzn-Trace-Id: Root={ROOT};Sampled={decision}");
        server.get("GET /users/7", &header).await;
    }
    let operation = r#"Some("GET /users/{id}") Some("GET") Some(200)"#;
    let expected = [true, false].map(|sampled| format!("{operation} {sampled}"));
    assert_eq!(*seen.0.lock().unwrap(), expected);
    assert_eq!(shop.emitter.documents().len(), 1);
}

async fn client(shop: &Shop, headers: &str, hops: Option<usize>) -> Value {
    let layer = shop.layer();
    let layer = match hops {
        Some(hops) => layer.trusted_hops(hops),
        None => layer,
    };
    let server = serve(router().layer(layer)).await;
    server.get("GET /users/7", headers).await;
    let mut segment = shop.emitter.values().pop().unwrap();
    segment["http"]["request"].take()
}

#[tokio::test]
async fn c28_the_first_forwarded_address_is_the_clients_and_marked() {
    let shop = Shop::new();
    for (headers, address) in [
        (
            "\r\nX-Forwarded-For:  203.0.113.7 , 10.0.0.1",
            "203.0.113.7",
        ),
        ("\r\nX-Forwarded-For: [2001:db8::1]:443", "2001:db8::1"),
        (
            "\r\nX-Forwarded-For: 203.0.113.7:80\r\nX-Forwarded-For: 10.0.0.1",
            "203.0.113.7",
        ),
    ] {
        let request = client(&shop, headers, None).await;
        assert_eq!(request["client_ip"], address, "{headers}");
        assert_eq!(request["x_forwarded_for"], true, "{headers}");
    }
}

#[tokio::test]
async fn c28_garbage_yields_to_the_connections_address() {
    let shop = Shop::new();
    for headers in [
        "",
        "\r\nX-Forwarded-For: unknown",
        "\r\nX-Forwarded-For: \u{e9}",
    ] {
        let request = client(&shop, headers, None).await;
        assert_eq!(request["client_ip"], "127.0.0.1", "{headers}");
        assert_eq!(request.get("x_forwarded_for"), None, "{headers}");
    }
}

#[tokio::test]
async fn c28_trusted_hops_are_counted_from_the_end() {
    let shop = Shop::new();
    let headers = "\r\nX-Forwarded-For: 1.1.1.1, 203.0.113.7\r\nX-Forwarded-Proto: https";
    for (hops, address, scheme) in [
        (None, "1.1.1.1", "http"),
        (Some(0), "127.0.0.1", "http"),
        (Some(1), "203.0.113.7", "https"),
        (Some(2), "1.1.1.1", "https"),
    ] {
        let request = client(&shop, headers, hops).await;
        assert_eq!(request["client_ip"], address, "{hops:?}");
        assert_eq!(request["url"], format!("{scheme}://shop.example/users/7"));
    }
}

#[tokio::test]
async fn c28_an_extractor_finds_the_peer_of_any_server() {
    let shop = Shop::new();
    let layer = shop
        .layer()
        .peer(|request| request.extensions.get::<IpAddr>().copied());
    let address: IpAddr = "::ffff:198.51.100.4".parse().unwrap();
    greet(&layer, get("/").extension(address)).await;
    let segment = shop.segment().await;
    assert_eq!(segment["http"]["request"]["client_ip"], "198.51.100.4");
}

#[tokio::test]
async fn c30_the_url_has_neither_query_nor_credentials() {
    let shop = Shop::new();
    for (uri, host, expected) in [
        ("/a?token=secret", "shop.example", "http://shop.example/a"),
        ("/a", "ann:secret@shop.example", "http://shop.example/a"),
        (
            "http://ann:secret@shop.example:8080/a?secret",
            "x",
            "http://shop.example:8080/a",
        ),
        (
            "https://shop.example:443/?secret",
            "x",
            "https://shop.example/",
        ),
        ("/a%3Fb", "shop.example:80", "http://shop.example/a%3Fb"),
    ] {
        greet(&shop.layer(), get(uri).header("host", host)).await;
        let document = shop.emitter.take().remove(0);
        let segment: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(segment["http"]["request"]["url"], expected, "{uri}");
        assert!(!document.contains("secret"), "{document}");
    }
}

#[tokio::test]
async fn without_a_host_the_path_is_left() {
    let shop = Shop::new();
    greet(&shop.layer(), get("/a?q")).await;
    let segment = shop.segment().await;
    assert_eq!(segment["http"]["request"]["url"], "/a");
}

#[tokio::test]
async fn a_layer_without_a_recorder_takes_the_current_one() {
    let layer = xray_tower::SegmentLayer::new();
    // In this process none is installed, but a test may bring one.
    let captured = xray_core::test_util::captured(greet(&layer, get("/a"))).await;
    assert_eq!(captured.tree(), "test\ntest http=GET /a 200\n");
    let shop = Shop::new();
    xray_core::test_util::scoped(&shop.recorder, greet(&layer, get("/a"))).await;
    assert_eq!(shop.tree(1).await, "shop http=GET /a 200\n");
    assert!(Recorder::current().is_none());
    assert_eq!(
        greet(&layer, get("/a"))
            .await
            .headers
            .get(TraceHeader::NAME),
        None
    );
}
