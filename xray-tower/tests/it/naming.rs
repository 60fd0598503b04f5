//! What segments are called.

use crate::support::{Shop, get, greet};
use xray_core::{Env, Naming};

async fn name(shop: &Shop, uri: &str, host: Option<&str>) -> String {
    let mut request = get(uri);
    if let Some(host) = host {
        request = request.header("host", host);
    }
    greet(&shop.layer(), request).await;
    let mut segments = shop.emitter.values();
    let segment = segments.pop().unwrap();
    segment["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn c27_a_fixed_name_is_the_same_for_every_host() {
    let shop = Shop::new();
    for host in [Some("api.example.com"), Some("evil.org"), None] {
        assert_eq!(name(&shop, "/", host).await, "shop");
    }
}

#[tokio::test]
async fn c27_a_dynamic_name_is_the_host_where_it_matches() {
    let shop = Shop::with(|b| b.naming(Naming::host("*.example.com", "other")));
    for (uri, host, expected) in [
        ("/", Some("api.example.com"), "api.example.com"),
        ("/", Some("API.Example.com:8080"), "API.Example.com"),
        (
            "http://www.example.com/",
            Some("evil.org"),
            "www.example.com",
        ),
        ("/", Some("evil.org"), "other"),
        ("/", Some(""), "other"),
        ("/", None, "other"),
    ] {
        assert_eq!(name(&shop, uri, host).await, expected, "{uri} {host:?}");
    }
}

#[tokio::test]
async fn c27_the_environment_overrides_both() {
    let env = || Env::of([("AWS_XRAY_TRACING_NAME", "named")]);
    let dynamic = Shop::with(|b| b.naming(Naming::host("*", "other")).env(env()));
    for shop in [Shop::with(|b| b.env(env())), dynamic] {
        assert_eq!(name(&shop, "/", Some("api.example.com")).await, "named");
    }
}
