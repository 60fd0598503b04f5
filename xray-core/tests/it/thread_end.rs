//! Destructors of thread-locals, which run when some of ours are gone.

use crate::support::with;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;
use xray_core::sampling::{Always, Never};
use xray_core::{
    Context, Datagram, EmitError, Emitter, Entered, LogId, Metrics, Recorder, Segment,
};

/// Counts documents, without thread-locals of its own.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Emitter for Count {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        self.0.fetch_add(1, SeqCst);
        Ok(())
    }
}

/// Works on, when its thread ends, in what it has kept open.
#[derive(Default)]
struct Late(Option<(Recorder, Segment, Entered<'static>)>);

impl Drop for Late {
    fn drop(&mut self) {
        let Some((recorder, segment, entered)) = self.0.take() else {
            return;
        };
        xray_core::annotate("late", 1);
        xray_core::subsegment("late").end();
        assert_eq!(LogId::current(), LogId::of(&segment.context()));
        drop((entered, segment));
        assert!(Context::current().is_missing());
        let segment = recorder.segment("another").start();
        let entered = segment.enter();
        drop(xray_core::subsegment("late").entered());
        drop(entered);
    }
}

thread_local!(static LATE: RefCell<Late> = RefCell::default());

/// Whichever was there first, ours or the user's: they are dropped in that order, or the other.
#[test]
fn a_thread_that_ends_loses_nothing() {
    for case in 0..8 {
        let (users_first, sampled, metered) = (case & 1 > 0, case & 2 > 0, case & 4 > 0);
        let count = Count::default();
        let (recorder, _) = with(|b| {
            let b = b.emitter(count.clone());
            let b = if sampled {
                b.sampler(Always)
            } else {
                b.sampler(Never)
            };
            if metered {
                b.metrics(Metrics::to_writer(std::io::sink()))
            } else {
                b
            }
        });
        let theirs = recorder.clone();
        let work = move || {
            if users_first {
                LATE.with(|late| late.borrow_mut().0 = None);
            }
            for _ in 0..40 {
                let segment = theirs.segment("api").start();
                drop(segment.subsegment("work").entered());
            }
            let segment = theirs.segment("kept").start();
            let context: &Context = Box::leak(Box::new(segment.context()));
            let entered = context.enter();
            LATE.with(|late| late.borrow_mut().0 = Some((theirs, segment, entered)));
        };
        thread::spawn(work).join().unwrap();
        let expected = if sampled { 42 } else { 0 };
        assert_eq!(count.0.load(SeqCst), expected, "{case:03b}");
        assert_eq!(recorder.stats().open(), 0);
        assert!(recorder.flush_metrics(Duration::from_secs(30)));
    }
}
