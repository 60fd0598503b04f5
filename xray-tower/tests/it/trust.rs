//! How far callers are believed, and whose decision counts.

use crate::support::{Asked, PARENT, ROOT, Shop, get, greet};
use std::time::Duration;
use xray_core::TraceHeader;
use xray_core::test_util::ManualClock;
use xray_tower::{SegmentLayer, Trust};

async fn ask(layer: &SegmentLayer, decision: &str) {
    let header = format!("Root={ROOT};Parent={PARENT}{decision}");
    greet(layer, get("/").header(TraceHeader::NAME, header)).await;
}

#[tokio::test]
async fn c33_the_callers_decision_takes_nothing_from_the_reservoir() {
    let asked = Asked::answering(true);
    let shop = Shop::with(|b| b.sampler(asked.clone()));
    ask(&shop.layer(), ";Sampled=1").await;
    ask(&shop.layer(), ";Sampled=0").await;
    assert_eq!((asked.times(), shop.recorder.stats().begun), (0, 1));
    ask(&shop.layer(), ";Sampled=?").await;
    ask(&shop.layer(), "").await;
    assert_eq!((asked.times(), shop.recorder.stats().begun), (2, 3));
}

#[tokio::test]
async fn internet_facing_services_begin_their_own_traces() {
    let asked = Asked::answering(true);
    let shop = Shop::with(|b| b.sampler(asked.clone()));
    let layer = shop.layer().internet_facing();
    for decision in [";Sampled=1", ";Sampled=0", ";Sampled=?", ""] {
        ask(&layer, decision).await;
    }
    assert_eq!(asked.times(), 4);
    let segments = shop.emitter.values();
    assert_eq!(segments.len(), 4);
    for segment in segments {
        assert_ne!(segment["trace_id"], ROOT);
        assert_eq!(segment.get("parent_id"), None);
    }
}

#[tokio::test]
async fn the_trace_may_be_continued_without_the_callers_wish() {
    let asked = Asked::answering(false);
    let shop = Shop::with(|b| b.sampler(asked.clone()));
    let layer = shop.layer().trust(Trust::TraceOnly);
    ask(&layer, ";Sampled=1").await;
    assert_eq!((asked.times(), shop.recorder.stats().begun), (1, 0));
    ask(&layer, ";Sampled=0").await;
    assert_eq!((asked.times(), shop.recorder.stats().begun), (1, 0));
    let shop = Shop::new();
    ask(&shop.layer().trust(Trust::TraceOnly), ";Sampled=1").await;
    let segment = shop.segment().await;
    assert_eq!(segment["trace_id"], ROOT);
    assert_eq!(segment["parent_id"], PARENT);
}

#[tokio::test]
async fn callers_may_have_so_many_recorded_in_a_second() {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let asked = Asked::answering(false);
    let shop = Shop::with(|b| b.sampler(asked.clone()).clock(clock.clone()));
    let layer = shop.layer().trust(Trust::UpTo(2));
    for _ in 0..5 {
        ask(&layer.clone(), ";Sampled=1").await;
    }
    assert_eq!((shop.recorder.stats().begun, asked.times()), (2, 3));
    clock.advance(Duration::from_secs(1));
    ask(&layer, ";Sampled=1").await;
    assert_eq!((shop.recorder.stats().begun, asked.times()), (3, 3));
}
