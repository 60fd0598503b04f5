//! The current context: guards, futures, panics, cancellation.

use crate::support::{Arrived, balanced, recorder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context as Cx, Poll, Waker};
use xray_core::test_util::block_on;
use xray_core::{Context, TraceFuture, annotate, capture, capture_async, subsegment};

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Cx::from_waker(Waker::noop()))
}

#[test]
fn c26_a_panic_is_recorded_and_goes_on() {
    let (recorder, memory) = recorder();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let segment = recorder.segment("api").start();
        let _entered = segment.enter();
        capture("told", |_| -> Result<(), std::fmt::Error> {
            panic!("{} of stock", std::hint::black_box("out"))
        })
    }));
    assert_eq!(
        *caught.unwrap_err().downcast::<String>().unwrap(),
        "out of stock"
    );
    assert_eq!(
        memory.tree(),
        "api fault\n  told fault cause=\"out of stock\"\n"
    );
    assert!(Context::current().is_missing());
    balanced(&recorder.stats());
}

#[test]
fn c26_a_panic_without_a_segment_goes_on_as_it_is() {
    let caught = catch_unwind(|| {
        capture("nothing open", |_| -> Result<(), std::fmt::Error> {
            panic!("mine")
        })
    });
    assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "mine");
}

#[test]
fn c26_a_future_that_panics_tells_of_it_and_leaves_the_thread_as_it_was() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let mut future = Box::pin(async { panic!("in poll") }.within(segment.subsegment("work")));
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut()))).is_err());
    assert!(Context::current().is_missing());
    drop(future);
    segment.end();
    assert_eq!(memory.tree(), "api\n  work fault cause=\"in poll\"\n");
}

#[test]
fn a_cancelled_future_ends_and_its_destructors_see_the_context() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    {
        let future = async {
            struct Last;
            impl Drop for Last {
                fn drop(&mut self) {
                    annotate("in", "destructor");
                }
            }
            let _last = Last;
            std::future::pending::<()>().await;
        };
        let mut future = Box::pin(future.within(segment.subsegment("cancelled")));
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(Context::current().is_missing());
    }
    // Never polled, and dropped.
    drop(async { annotate("never", 1) }.within(segment.subsegment("unpolled")));
    segment.end();
    assert_eq!(
        memory.tree(),
        "api\n  cancelled annotations={in: \"destructor\"}\n  unpolled\n"
    );
    balanced(&recorder.stats());
}

#[test]
fn futures_polled_in_turns_keep_their_contexts_apart() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let step = |name: &'static str| async move {
        subsegment(name).end();
        yield_once().await;
        subsegment(name).end();
    };
    let mut a = pin!(step("in a").within(segment.subsegment("a")));
    let mut b = pin!(step("in b").within(segment.subsegment("b")));
    for expected in [Poll::Pending, Poll::Ready(())] {
        assert_eq!(poll_once(a.as_mut()), expected);
        assert!(Context::current().is_missing());
        assert_eq!(poll_once(b.as_mut()), expected);
    }
    segment.end();
    assert_eq!(
        memory.tree(),
        "api\n  a\n    in a\n    in a\n  b\n    in b\n    in b\n"
    );
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let (a, b) = (segment.subsegment("a"), segment.subsegment("b"));
    let (outer, middle, inner) = (segment.enter(), a.enter(), b.enter());
    drop(middle);
    subsegment("in b").end();
    drop(inner);
    subsegment("in segment").end();
    drop(outer);
    assert!(Context::current().is_missing());
    drop((a, b));
    segment.end();
    let arrived = Arrived::read(&memory.take());
    assert_eq!(arrived.parent_of("in b"), "b");
    assert_eq!(arrived.parent_of("in segment"), "api");
}

#[test]
fn an_entered_subsegment_is_left_and_ends() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let entered = segment.subsegment("a").entered();
    entered.annotate("k", 1);
    subsegment("inside").end();
    let left = entered.leave();
    assert!(Context::current().is_missing());
    left.end();
    segment.end();
    assert_eq!(memory.tree(), "api\n  a annotations={k: 1}\n    inside\n");
}

#[test]
fn a_closure_takes_its_context_to_another_thread() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let work = segment.context().wrap(|| subsegment("elsewhere").end());
    std::thread::spawn(work).join().unwrap();
    segment.end();
    assert_eq!(memory.tree(), "api\n  elsewhere\n");
}

#[test]
fn b15_results_of_futures_are_recorded_and_returned() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("worker").start();
    let sub = segment.subsegment("parse");
    let parsed = block_on(segment.run(async move {
        sub.run(async { "x".parse::<i32>() })
            .await
            .map_err(|e| e.to_string())
    }));
    assert_eq!(parsed.unwrap_err(), "invalid digit found in string");
    // Another type, the same error.
    let parse = "parse fault cause=\"invalid digit found in string\"";
    assert_eq!(
        memory.tree(),
        format!("worker fault cause=<ref>\n  {parse}\n")
    );
}

#[test]
fn capture_returns_what_the_closure_does_with_and_without_a_segment() {
    let boxed = |_: &xray_core::Subsegment| -> Result<u8, Box<dyn std::error::Error>> {
        Err("boxed".into())
    };
    assert_eq!(
        capture("nothing open", boxed).unwrap_err().to_string(),
        "boxed"
    );
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let entered = segment.enter();
    assert!(capture("sync", boxed).is_err());
    let ok = block_on(capture_async("async", async |context| {
        context.annotate("n", 1);
        subsegment("inside").end();
        Ok::<_, std::io::Error>(5)
    }));
    assert_eq!(ok.unwrap(), 5);
    drop(entered);
    segment.end();
    assert_eq!(
        memory.tree(),
        "api\n  sync fault cause=\"boxed\"\n  async annotations={n: 1}\n    inside\n"
    );
}

#[test]
fn handles_cross_threads_and_unwinding_and_guards_do_not() {
    fn everywhere<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    everywhere::<xray_core::Segment>();
    everywhere::<xray_core::Subsegment>();
    everywhere::<Context>();
    everywhere::<xray_core::Recorder>();
}

/// Nothing demands that a future can be sent where one thread polls all: there a guard can be held
/// while others are polled.
#[test]
fn guards_held_while_another_future_is_polled_stay_apart() {
    let (recorder, memory) = recorder();
    let serve = |name: &'static str| {
        let serving = async {
            let entered = subsegment("held").entered();
            let mut pending = true;
            std::future::poll_fn(|_| match std::mem::take(&mut pending) {
                true => Poll::Pending,
                false => Poll::Ready(()),
            })
            .await;
            drop(entered);
            subsegment("after").end();
        };
        Box::pin(serving.within(recorder.segment(name).start()))
    };
    let (mut a, mut b) = (serve("a"), serve("b"));
    for future in [&mut a, &mut b] {
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(Context::current().is_missing());
    }
    for future in [&mut a, &mut b] {
        assert!(poll_once(future.as_mut()).is_ready());
        assert!(Context::current().is_missing());
    }
    assert_eq!(memory.tree(), "a\n  held\n  after\nb\n  held\n  after\n");
    balanced(&recorder.stats());
}

#[test]
fn a_guard_forgotten_in_a_future_stays_in_it() {
    let (recorder, _) = recorder();
    let outer = recorder.segment("outer").start();
    let entered = outer.enter();
    let forgets = async {
        std::mem::forget(subsegment("forgotten").entered());
    };
    block_on(forgets.within(recorder.segment("inner").start()));
    assert_eq!(Context::current().id(), outer.id());
    drop(entered);
    assert!(Context::current().is_missing());
}
