//! Calls that fail or are given up; none of it changes their results.

use crate::support::{BOTH, By, Shop, upstream};
use reqwest::{Client, RequestBuilder};
use std::time::Duration;
use tokio::net::TcpListener;
use xray_reqwest::SubsegmentMiddleware;

/// Makes a call that fails; its error.
async fn failing(shop: &Shop, by: By, request: RequestBuilder) -> reqwest::Error {
    let middleware = SubsegmentMiddleware::new();
    shop.within(by.call(&middleware, request))
        .await
        .unwrap_err()
}

fn messages(call: &serde_json::Value) -> Vec<&str> {
    let exceptions = call["cause"]["exceptions"].as_array().unwrap();
    let messages = exceptions.iter().map(|e| e["message"].as_str().unwrap());
    messages.collect()
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_refused_connection_is_a_fault_without_a_response() {
    for by in BOTH {
        let (shop, url) = (Shop::new(), format!("http://{}/a", nobody().await));
        let error = failing(&shop, by, Client::new().get(&url)).await;
        assert!(error.is_connect(), "{error:?}");
        let call = shop.call();
        assert_eq!(call["fault"], true);
        assert_eq!(call["http"]["request"]["url"], url);
        assert_eq!(call["http"].get("response"), None);
        let messages = messages(&call);
        assert_eq!(
            messages[0],
            format!("error sending request for url ({url})")
        );
        assert!(messages.last().unwrap().contains("refused"), "{messages:?}");
        let name = &call["cause"]["exceptions"][0]["type"];
        assert!(name.as_str().unwrap().starts_with("reqwest"), "{name}");
    }
}

#[tokio::test]
async fn b10_a_failing_call_leaves_neither_its_token_nor_its_password() {
    let server = upstream().await;
    for by in BOTH {
        let shop = Shop::new();
        let client = Client::new();
        // By the builder reqwest makes a header of the password; by hand it stays in the URL.
        let host = nobody().await;
        let url = format!("http://ann:pass-word@{host}/a?token=to-ken&x=1#frag-ment");
        let by_hand = reqwest::Request::new(reqwest::Method::GET, url.parse().unwrap());
        let by_hand = RequestBuilder::from_parts(client.clone(), by_hand);
        let redirected = server.url("/loop?token=to-ken");
        let slow = server.url("/never?token=to-ken");
        let broken = "http://ann:pass-word@host:port/?token=to-ken";
        for (request, is) in [
            (client.get(&url), "is_connect"),
            (by_hand, "is_connect"),
            (client.get(redirected), "is_redirect"),
            (
                client.get(slow).timeout(Duration::from_millis(50)),
                "is_timeout",
            ),
            (client.get(broken), "is_builder"),
        ] {
            let error = failing(&shop, by, request).await;
            let kinds = [
                ("is_connect", error.is_connect()),
                ("is_redirect", error.is_redirect()),
                ("is_timeout", error.is_timeout()),
                ("is_builder", error.is_builder()),
            ];
            assert!(kinds.contains(&(is, true)), "{error:?}");
        }
        let documents = shop.emitter.documents();
        assert_eq!(documents.len(), 5);
        for document in documents {
            for secret in ["to-ken", "token", "pass-word", "ann", "frag-ment"] {
                assert!(!document.contains(secret), "{secret} in {document}");
            }
        }
    }
}

#[tokio::test]
async fn a_timeout_of_the_client_is_an_exception() {
    let server = upstream().await;
    for by in BOTH {
        let (shop, url) = (Shop::new(), server.url("/never"));
        let client = Client::builder().timeout(Duration::from_millis(50));
        let client = client.build().unwrap();
        let error = failing(&shop, by, client.get(&url)).await;
        assert!(error.is_timeout());
        let call = shop.call();
        assert_eq!(call["fault"], true);
        assert!(messages(&call).contains(&"operation timed out"), "{call}");
    }
}

#[tokio::test]
async fn redirects_without_end_are_an_exception() {
    let server = upstream().await;
    for by in BOTH {
        let (shop, url) = (Shop::new(), server.url("/loop"));
        let error = failing(&shop, by, Client::new().get(&url)).await;
        assert!(error.is_redirect());
        let call = shop.call();
        assert_eq!(call["fault"], true);
        let messages = messages(&call);
        assert_eq!(
            messages[0],
            format!("error following redirect for url ({url})")
        );
        assert!(messages[1].contains("redirects"), "{messages:?}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_built_is_an_exception() {
    let shop = Shop::new();
    let error = failing(&shop, By::Send, Client::new().get("no url")).await;
    assert!(error.is_builder());
    assert_eq!(
        shop.tree(),
        "shop\n  unknown fault namespace=remote cause=\"builder error\" <- \"relative URL without a base\"\n"
    );
}

#[tokio::test]
async fn a_call_that_is_given_up_is_aborted() {
    let server = upstream().await;
    for by in BOTH {
        let (shop, url) = (Shop::new(), server.url("/never"));
        let middleware = SubsegmentMiddleware::new();
        shop.within(async {
            let call = by.call(&middleware, Client::new().get(&url));
            let given_up = tokio::time::timeout(Duration::from_millis(50), call);
            assert!(given_up.await.is_err());
        })
        .await;
        let line = "127.0.0.1 error namespace=remote http=GET";
        assert_eq!(
            shop.tree(),
            format!("shop\n  {line} {url} annotations={{aborted: \"request\"}}\n")
        );
    }
}

/// A middleware that fails before anything is sent.
struct Refusing;

impl reqwest_middleware::Middleware for Refusing {
    fn handle<'a, 'b, 'c, 'd>(
        &'a self,
        _: reqwest::Request,
        _: &'b mut axum::http::Extensions,
        _: reqwest_middleware::Next<'c>,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = reqwest_middleware::Result<reqwest::Response>> + Send + 'd>,
    >
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
    {
        Box::pin(async {
            let error = std::io::Error::other("no credit for http://a/?token=abc");
            Err(reqwest_middleware::Error::middleware(error))
        })
    }
}

#[tokio::test]
async fn an_error_of_another_middleware_is_an_exception() {
    let shop = Shop::new();
    let client = reqwest_middleware::ClientBuilder::new(Client::new());
    let client = client
        .with(SubsegmentMiddleware::new())
        .with(Refusing)
        .build();
    let error = shop
        .within(client.get("http://a/b").send())
        .await
        .unwrap_err();
    assert!(error.is_middleware());
    assert_eq!(
        shop.tree(),
        "shop\n  a fault namespace=remote http=GET http://a/b cause=\"no credit for http://a/\"\n"
    );
}
