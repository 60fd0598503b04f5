//! Futures that are never polled, dropped halfway, or polled elsewhere.

use super::tree_of;
use futures_util::FutureExt as _;
use std::future::{pending, ready};
use std::pin::pin;
use xray::{TraceFuture, subsegment};

#[subsegment]
async fn quick() -> u8 {
    xray::annotate("from", "quick");
    1
}

#[subsegment]
async fn stuck() -> u8 {
    xray::annotate("from", "stuck");
    pending().await
}

#[subsegment(annotate(name))]
fn eager(name: String) -> impl Future<Output = ()> {
    xray::annotate("called", true);
    async move { drop(name) }
}

#[test]
fn one_that_is_not_polled_records_nothing() {
    let (_, tree) = tree_of(async {
        drop(quick());
        drop(eager("never".to_owned()));
        let _called = eager("polled".to_owned()).await;
    });
    // What the function does before its future is polled is the caller's.
    assert_eq!(
        tree,
        "test annotations={called: true}\n  eager annotations={name: \"polled\"}\n"
    );
}

#[test]
fn one_that_is_dropped_halfway_ends_there() {
    let (_, tree) = tree_of(async {
        {
            let mut stuck = pin!(stuck());
            assert!(stuck.as_mut().now_or_never().is_none());
        }
        quick().await
    });
    assert_eq!(
        tree,
        "test\n  stuck annotations={from: \"stuck\"}\n  quick annotations={from: \"quick\"}\n"
    );
}

#[test]
fn a_branch_that_lost_ends_and_leaves_nothing_behind() {
    let (first, tree) = tree_of(async {
        let first = futures_util::select_biased! {
            lost = stuck().fuse() => lost,
            won = quick().fuse() => won,
        };
        xray::annotate("first", first);
        first
    });
    assert_eq!(first, 1);
    assert_eq!(
        tree,
        "test annotations={first: 1}\n  stuck annotations={from: \"stuck\"}\n  \
         quick annotations={from: \"quick\"}\n"
    );
}

#[subsegment]
async fn outer() {
    futures_util::join!(inner(1), inner(2));
}

#[subsegment(annotate(n))]
async fn inner(n: u8) {
    ready(()).await;
    leaf();
}

#[subsegment]
fn leaf() {}

#[test]
fn futures_that_run_at_the_same_time_keep_apart() {
    let (_, tree) = tree_of(outer());
    assert_eq!(
        tree,
        "test\n  outer\n    inner annotations={n: 1}\n      leaf\n    \
         inner annotations={n: 2}\n      leaf\n"
    );
}

#[test]
fn a_spawned_task_joins_where_it_is_told_to() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let captured = runtime.block_on(xray::test_util::captured(async {
        let joined = tokio::spawn(outer().within(xray::current()));
        joined.await.unwrap();
        tokio::spawn(quick()).await.unwrap();
    }));
    assert_eq!(
        captured.tree(),
        "test\n  outer\n    inner annotations={n: 1}\n      leaf\n    \
         inner annotations={n: 2}\n      leaf\n"
    );
}
