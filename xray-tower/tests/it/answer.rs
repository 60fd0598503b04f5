//! What responses say of the trace.

use crate::support::{Asked, PARENT, ROOT, Shop, call, get, greet, hello};
use axum::body::Body;
use http::Response;
use std::convert::Infallible;
use xray_core::{TraceHeader, TraceId};
use xray_tower::SegmentLayer;

async fn answer(layer: &SegmentLayer, header: Option<&str>) -> Option<String> {
    let mut request = get("/");
    if let Some(header) = header {
        request = request.header(TraceHeader::NAME, header);
    }
    let head = greet(layer, request).await;
    let values: Vec<_> = head.headers.get_all(TraceHeader::NAME).iter().collect();
    assert!(values.len() < 2, "{values:?}");
    let value = values.first()?.to_str().unwrap();
    Some(value.to_owned())
}

#[tokio::test]
async fn c29_the_root_always_and_the_decision_only_when_asked() {
    for sampled in [true, false] {
        let shop = Shop::with(|b| b.sampler(Asked::answering(sampled)));
        let digit = u8::from(sampled);
        for (decision, expected) in [
            ("", String::new()),
            (";Sampled=0", String::new()),
            (";Sampled=1", String::new()),
            (";Sampled=?", format!(";Sampled={digit}")),
        ] {
            for parent in [String::new(), format!(";Parent={PARENT}")] {
                let header = format!("Root={ROOT}{parent}{decision}");
                let answer = answer(&shop.layer(), Some(&header)).await;
                assert_eq!(
                    answer.unwrap(),
                    format!("Root={ROOT}{expected}"),
                    "{header}"
                );
            }
        }
    }
}

#[tokio::test]
async fn c29_without_a_caller_the_new_trace_is_told() {
    for sampled in [true, false] {
        let shop = Shop::with(|b| b.sampler(Asked::answering(sampled)));
        for header in [None, Some(""), Some("Root=nonsense")] {
            let answer = answer(&shop.layer(), header).await.unwrap();
            let root = answer.strip_prefix("Root=").unwrap();
            assert!(root.parse::<TraceId>().is_ok(), "{answer}");
        }
        for document in shop.emitter.values() {
            assert!(document["trace_id"].is_string());
        }
    }
}

#[tokio::test]
async fn c29_nothing_is_told_where_nothing_is_open() {
    let shop = Shop::with(|b| b.enabled(false));
    let header = format!("Root={ROOT};Sampled=?");
    assert_eq!(answer(&shop.layer(), Some(&header)).await, None);
    assert_eq!(answer(&SegmentLayer::new(), Some(&header)).await, None);
    let shop = Shop::new();
    let layer = shop.layer();
    assert_eq!(
        answer(&layer.clone().internet_facing(), Some(&header)).await,
        None
    );
    assert_eq!(
        answer(&layer.clone().answer(false), Some(&header)).await,
        None
    );
    assert_eq!(answer(&layer.ignore_path("/"), Some(&header)).await, None);
}

#[tokio::test]
async fn c29_what_the_service_has_set_itself_is_replaced() {
    let shop = Shop::new();
    let service = tower::service_fn(async |_| {
        let response = Response::builder()
            .header(
                TraceHeader::NAME,
                "Root=1-67891233-abcdef012345678912345678",
            )
            .header(TraceHeader::NAME, "again");
        Ok::<_, Infallible>(response.body(Body::empty()).unwrap())
    });
    let request = get("/").header(TraceHeader::NAME, format!("Root={ROOT}"));
    let request = request.body(Body::empty()).unwrap();
    let response = call(&shop.layer(), service, request).await.unwrap();
    let values: Vec<_> = response
        .headers()
        .get_all(TraceHeader::NAME)
        .iter()
        .collect();
    assert_eq!(values, [&format!("Root={ROOT}")]);
}

#[tokio::test]
async fn a_second_layer_opens_and_answers_nothing() {
    for sampled in [true, false] {
        let asked = Asked::answering(sampled);
        let shop = Shop::with(|b| b.sampler(asked.clone()));
        let layers = tower::ServiceBuilder::new()
            .layer(shop.layer())
            .layer(shop.layer().internet_facing());
        let service = layers.service_fn(hello);
        let request = get("/").body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(service, request).await.unwrap();
        assert!(response.headers().contains_key(TraceHeader::NAME));
        drop(http_body_util::BodyExt::collect(response.into_body()).await);
        assert_eq!(asked.times(), 1);
        assert_eq!(shop.recorder.stats().begun, u64::from(sampled));
        let expected = if sampled { "shop http=GET / 200\n" } else { "" };
        assert_eq!(shop.emitter.tree(), expected);
    }
}

/// Two services in one process, of which the first passes its request on as it is.
#[tokio::test]
async fn a_request_that_is_passed_on_has_a_segment_of_the_other_service() {
    let (shop, stock) = (Shop::new(), Shop::new());
    use tower::Layer as _;
    let inner = stock.layer().layer(tower::service_fn(hello));
    let inner = xray_tower::SubsegmentLayer::new().layer(inner);
    let response = call(
        &shop.layer(),
        inner,
        get("http://stock/a").body(Body::empty()).unwrap(),
    )
    .await
    .unwrap();
    drop(
        http_body_util::BodyExt::collect(response.into_body())
            .await
            .unwrap(),
    );
    assert_eq!(stock.emitter.tree(), "shop http=GET http://stock/a 200\n");
}
