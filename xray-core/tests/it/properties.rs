//! Properties: whatever is recorded, in whatever order, every entity arrives once or is counted, in
//! documents that fit and are valid; and whatever is polled when, contexts stay where they belong.

use crate::support::{Arrived, Dice, Narrow, balanced, recorder, under};
use proptest::prelude::*;
use std::pin::Pin;
use std::task::{Context as Cx, Poll, Waker};
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, Subsegment, TraceFuture, current, sampling::Always};

#[derive(Clone, Debug)]
enum Step {
    Begin(usize),
    End(usize),
    Annotate(usize, String),
    Metadata(usize, usize),
    Fail(usize, usize),
    Status(usize, u16),
    EndSegment,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<usize>().prop_map(Step::Begin),
        4 => any::<usize>().prop_map(Step::End),
        3 => (any::<usize>(), ".{0,300}").prop_map(|(at, text)| Step::Annotate(at, text)),
        2 => (any::<usize>(), 0..120_000usize).prop_map(|(at, n)| Step::Metadata(at, n)),
        1 => (any::<usize>(), 0..9_000usize).prop_map(|(at, n)| Step::Fail(at, n)),
        1 => (any::<usize>(), 100..600u16).prop_map(|(at, s)| Step::Status(at, s)),
        1 => Just(Step::EndSegment),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Up to 10 MB of detail.
    #[test]
    fn c55_any_order_of_steps_loses_no_entity(
        steps in prop::collection::vec(step(), 1..250),
        limit in prop_oneof![Just(1_100usize), Just(9_216), Just(63 * 1024)],
        known in any::<bool>(),
        threshold in prop_oneof![Just(0u32), Just(3), Just(100)],
    ) {
        let memory = MemoryEmitter::new();
        let recorder = Recorder::builder("service")
            .emitter(Narrow(limit, memory.clone()))
            .sampler(Always)
            .size_limit(if known { limit } else { 63 * 1024 })
            .streaming_threshold(threshold)
            .build()
            .unwrap();
        let mut segment = Some(recorder.segment("segment").start());
        let top = segment.as_ref().unwrap().context();
        let mut open: Vec<Subsegment> = Vec::new();
        let mut begun = 1;
        for step in steps {
            let at = |n: usize| open.get(n % (open.len() + 1)).map_or(top.clone(), Subsegment::context);
            match step {
                Step::Begin(n) => {
                    let sub = under(&at(n));
                    begun += 1;
                    open.push(sub);
                }
                Step::End(n) if !open.is_empty() => drop(open.swap_remove(n % open.len())),
                Step::End(_) => {}
                Step::Annotate(n, text) => at(n).annotate("text", &text),
                Step::Metadata(n, size) => at(n).metadata("blob", &"\"".repeat(size)),
                Step::Fail(n, size) => at(n).record_error(&std::io::Error::other("é".repeat(size))),
                Step::Status(n, status) => at(n).http_response(status, None),
                Step::EndSegment => drop(segment.take()),
            }
        }
        drop(segment);
        drop(open);
        let documents = memory.take();
        prop_assert!(documents.iter().all(|d| d.len() <= limit));
        let arrived = Arrived::read(&documents);
        prop_assert_eq!(arrived.entities.len(), begun, "{:?}", recorder.stats());
        for (name, parent) in arrived.entities.values() {
            prop_assert_eq!(name.strip_prefix("under "), parent.as_deref());
        }
        balanced(&recorder.stats());
        prop_assert_eq!(recorder.stats().lost(), 0);
    }

    /// Tasks polled in any order, some of them dropped on the way.
    #[test]
    fn contexts_stay_with_their_tasks_under_any_schedule(seed in any::<u64>()) {
        let (recorder, memory) = recorder();
        let segment = recorder.segment("segment").start();
        let mut dice = Dice(seed);
        let mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
        for _ in 0..6 {
            let work = work(Dice(dice.roll(1 << 30)), 0);
            tasks.push(Box::pin(work.within(segment.context())));
        }
        let mut cx = Cx::from_waker(Waker::noop());
        while !tasks.is_empty() {
            let at = dice.roll(tasks.len() as u64) as usize;
            if dice.roll(40) == 0 || tasks[at].as_mut().poll(&mut cx).is_ready() {
                drop(tasks.swap_remove(at));
            }
            prop_assert!(current().is_missing());
        }
        segment.end();
        let arrived = Arrived::read(&memory.take());
        for (name, parent) in arrived.entities.values() {
            prop_assert_eq!(name.strip_prefix("under "), parent.as_deref());
        }
        balanced(&recorder.stats());
        prop_assert_eq!(recorder.stats().open(), 0);
    }
}

/// Opens subsegments below the current one, and looks after each turn whether that is still it.
async fn work(mut dice: Dice, depth: u32) {
    for _ in 0..dice.roll(4) {
        let mine = current().id();
        let sub = under(&current());
        let inner = sub.id();
        let mut dice = Dice(dice.roll(1 << 30));
        let child = async move {
            assert_eq!(current().id(), inner);
            turns(dice.roll(3)).await;
            assert_eq!(current().id(), inner);
            if depth < 3 {
                Box::pin(work(dice, depth + 1)).await;
            }
            assert_eq!(current().id(), inner);
        };
        child.within(sub).await;
        assert_eq!(current().id(), mine);
        turns(1).await;
        assert_eq!(current().id(), mine);
    }
}

async fn turns(mut n: u64) {
    std::future::poll_fn(|_| {
        n = n.saturating_sub(1);
        if n == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
