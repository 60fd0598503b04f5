//! Ten thousand calls that end in every way there is leave nothing open.

use crate::support::{BOTH, LONG, Shop, upstream};
use reqwest::Client;
use std::time::Duration;
use tokio::task::JoinSet;
use xray_core::TraceFuture;
use xray_reqwest::SubsegmentMiddleware;

const CALLS: u64 = 10_000;
const TASKS: u64 = 8;

/// Knuth's generator; which calls fail is chance, but the same in every run.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_calls_nothing_stays_open() {
    let (shop, server) = (Shop::new(), upstream().await);
    let (client, middleware) = (Client::new(), SubsegmentMiddleware::new());
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let recorder = shop.recorder.clone();
        let (client, middleware) = (client.clone(), middleware.clone());
        let [echo, missing, broken, never] =
            ["/echo", "/404", "/503", "/never"].map(|path| server.url(path));
        let mut chance = task;
        let calls = async move {
            for _ in 0..CALLS / TASKS {
                let by = BOTH[(next(&mut chance) % 2) as usize];
                let request = match next(&mut chance) % 50 {
                    0 => client.get(&never).timeout(Duration::from_millis(1)),
                    1 => client.get("no url"),
                    2..10 => client.get(&missing),
                    10..20 => client.get(&broken),
                    _ => client.get(&echo),
                };
                let call = by.call(&middleware, request);
                // Some are given up at their first pending poll.
                let call = async {
                    let now = match next(&mut chance) % 10 {
                        0 => Duration::ZERO,
                        _ => LONG,
                    };
                    drop(tokio::time::timeout(now, call).await);
                };
                call.within(recorder.segment("shop").start()).await;
            }
        };
        tasks.spawn(calls);
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let stats = shop.recorder.stats();
    assert_eq!((stats.open(), stats.lost()), (0, 0), "{stats:?}");
    assert_eq!(stats.begun, stats.emitted);
    assert!(stats.begun > CALLS + CALLS / 2, "{stats:?}");
}
