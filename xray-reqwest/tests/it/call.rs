//! What is recorded of calls that are answered.

use crate::support::{BOTH, By, Shop, fetch, upstream};
use reqwest::{Client, StatusCode};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use xray_reqwest::SubsegmentMiddleware;

#[tokio::test]
async fn a_call_is_a_remote_subsegment_named_after_the_host() {
    let server = upstream().await;
    let port = server.address.port();
    for by in BOTH {
        let shop = Shop::new();
        let url = format!("http://ann:secret@localhost:{port}/echo?token=abc#part");
        shop.within(fetch(by, &Client::new(), &url)).await;
        assert_eq!(
            shop.tree(),
            format!(
                "shop\n  localhost namespace=remote http=GET http://localhost:{port}/echo 200\n"
            )
        );
        let call = shop.call();
        assert_eq!(call["http"]["response"]["content_length"], 75);
        assert_eq!(call["http"]["request"].get("traced"), None);
        let all = shop.emitter.documents().concat();
        assert!(!all.contains("secret") && !all.contains("token"), "{all}");
    }
}

#[tokio::test]
async fn the_status_says_whose_doing_it_was() {
    let server = upstream().await;
    let client = Client::new();
    for by in BOTH {
        for (path, flags) in [
            ("/404", "error "),
            ("/429", "error throttle "),
            ("/503", "fault "),
        ] {
            let (shop, url) = (Shop::new(), server.url(path));
            let middleware = SubsegmentMiddleware::new();
            let call = by.call(&middleware, client.get(&url));
            let status = shop.within(call).await.unwrap().status();
            assert_eq!(path[1..], *status.as_str());
            let line = format!(
                "127.0.0.1 {flags}namespace=remote http=GET {url} {}",
                &path[1..]
            );
            assert_eq!(shop.tree(), format!("shop\n  {line}\n"));
        }
    }
}

#[tokio::test]
async fn the_url_is_the_one_that_answered() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::new();
        let middleware = SubsegmentMiddleware::new().traced(true);
        let request = Client::new().get(server.url("/moved"));
        let response = shop.within(by.call(&middleware, request)).await.unwrap();
        assert_eq!(response.url().query(), Some("token=abc"));
        let final_url = format!("http://localhost:{}/echo", server.address.port());
        assert_eq!(
            shop.tree(),
            format!("shop\n  127.0.0.1 namespace=remote http=GET {final_url} 200\n")
        );
        assert_eq!(shop.call()["traced"], true);
        assert_eq!(shop.call()["http"]["request"]["traced"], true);
        // The redirected request has the header, too.
        assert!(response.text().await.unwrap().contains(";Sampled=1"));
    }
}

#[tokio::test]
async fn names_can_be_better_than_hosts() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::new();
        let middleware = SubsegmentMiddleware::new().name(|request| {
            let shard = request.url().path().strip_prefix('/')?;
            (shard == "echo").then(|| format!("shard ({shard})").into())
        });
        let client = Client::new();
        shop.within(async {
            for path in ["/echo", "/404"] {
                let call = by.call(&middleware, client.get(server.url(path)));
                call.await.unwrap();
            }
        })
        .await;
        let tree = shop.tree();
        assert!(tree.starts_with("shop\n  shard echo namespace"), "{tree}");
        assert!(tree.contains("\n  127.0.0.1 error namespace"), "{tree}");
    }
}

/// A middleware of somebody else's.
struct Inner;

impl Middleware for Inner {
    fn handle<'a, 'b, 'c, 'd>(
        &'a self,
        request: reqwest::Request,
        extensions: &'b mut axum::http::Extensions,
        next: Next<'c>,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = reqwest_middleware::Result<reqwest::Response>> + Send + 'd>,
    >
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
    {
        Box::pin(async move {
            xray_core::subsegment("inner").end();
            next.run(request, extensions).await
        })
    }
}

#[tokio::test]
async fn what_comes_after_the_middleware_is_inside_of_the_call() {
    let (shop, server) = (Shop::new(), upstream().await);
    let client = ClientBuilder::new(Client::new());
    let client = client.with(SubsegmentMiddleware::new()).with(Inner).build();
    let url = server.url("/echo");
    let call = client.get(&url).send();
    assert_eq!(shop.within(call).await.unwrap().status(), StatusCode::OK);
    let line = format!("127.0.0.1 namespace=remote http=GET {url} 200");
    assert_eq!(shop.tree(), format!("shop\n  {line}\n    inner\n"));
}

#[tokio::test]
async fn a_second_middleware_records_nothing_twice() {
    let (shop, server) = (Shop::new(), upstream().await);
    let client = ClientBuilder::new(Client::new());
    let twice = client
        .with(SubsegmentMiddleware::new())
        .with(SubsegmentMiddleware::new());
    let call = twice.build().get(server.url("/echo")).send();
    shop.within(call).await.unwrap();
    assert_eq!(shop.call()["name"], "127.0.0.1");
    assert_eq!(shop.call().get("subsegments"), None);
}

#[tokio::test]
async fn the_response_is_as_it_was() {
    let server = upstream().await;
    let client = Client::new();
    let plain = client.get(server.url("/echo")).send().await.unwrap();
    for by in BOTH {
        let shop = Shop::new();
        let middleware = SubsegmentMiddleware::new().propagate_to(|_| false);
        let call = by.call(&middleware, client.get(server.url("/echo")));
        let traced = shop.within(call).await.unwrap();
        assert_eq!(traced.status(), plain.status());
        assert_eq!(traced.url(), plain.url());
        assert_eq!(traced.content_length(), plain.content_length());
        assert_eq!(traced.version(), plain.version());
        let names = |response: &reqwest::Response| -> Vec<_> {
            response.headers().keys().cloned().collect()
        };
        assert_eq!(names(&traced), names(&plain), "{by:?}");
        assert_eq!(traced.text().await.unwrap(), "|");
    }
    assert_eq!(fetch(By::Send, &client, &server.url("/echo")).await, "|");
}
