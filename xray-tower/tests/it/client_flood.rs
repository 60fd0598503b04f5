//! Ten thousand calls at once, with the same accidents as the requests.

use crate::flood::{Desk, FATES, Fate, REQUESTS, client, panics, random};
use crate::support::{Shop, in_time};
use tokio::sync::{mpsc, watch};
use tower::Layer;
use xray_core::TraceFuture;
use xray_tower::{EndAt, SubsegmentLayer};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_calls_leave_nothing_open() {
    let shop = Shop::new();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let (go, waiting) = watch::channel(false);
    let desk = Desk {
        arrived,
        go: waiting,
    };
    let layers = [EndAt::Head, EndAt::Body].map(|at| SubsegmentLayer::new().end_at(at));
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut tasks = Vec::with_capacity(REQUESTS);
    let mut expected = 0;
    for n in 0..REQUESTS {
        let fate = FATES[random(&mut state) % FATES.len()];
        expected += usize::from(!matches!(fate, Fate::NeverPolled | Fate::CallPanics));
        let service = layers[n % 2].layer(desk.clone());
        let segment = shop.recorder.segment("shop").start();
        tasks.push((fate, tokio::spawn(client(service, fate).within(segment))));
    }
    for _ in 0..expected {
        in_time(arrivals.recv()).await.unwrap();
    }
    for (fate, task) in &tasks {
        if *fate == Fate::Cancelled {
            task.abort();
        }
    }
    go.send(true).unwrap();
    for (fate, task) in tasks {
        match task.await {
            Ok(()) => assert!(!panics(fate), "{fate:?}"),
            Err(error) if error.is_panic() => assert!(panics(fate), "{fate:?}: {error}"),
            Err(_) => assert_eq!(fate, Fate::Cancelled),
        }
    }
    // What outlives its segment ends a little later.
    in_time(async {
        while shop.recorder.stats().open() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let stats = shop.recorder.stats();
    assert_eq!(stats.begun, stats.emitted + stats.lost(), "{stats:?}");
    assert_eq!((stats.lost(), stats.missing_context), (0, 0));
    assert!(stats.begun > 2 * REQUESTS as u64, "{stats:?}");
}
