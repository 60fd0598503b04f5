//! Errors, and how they are told on their way up.

use crate::Scene;
use std::convert::Infallible;
use std::error::Error;
use std::fmt::{Display, Formatter, Result as Written};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An error that says this, because of that one.
#[derive(Debug)]
struct Failed(&'static str, Option<Box<Failed>>);

impl Failed {
    fn new(message: &'static str) -> Self {
        Self(message, None)
    }
}

impl Display for Failed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str(self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

pub(crate) fn chain(scene: &Scene) {
    let segment = scene.segment("svc");
    let source = Failed::new("root cause");
    segment.record_error(&Failed("while working", Some(Box::new(source))));
    segment.end();
}

/// From two levels below to the segment, each of which returns it.
pub(crate) async fn rethrown(scene: &Scene) {
    let work = async {
        xray::capture("outer", |_| {
            xray::capture("inner", |_| Err::<(), _>(Failed::new("boom")))
        })
    };
    let _ = scene.segment("svc").run(work).await;
}

pub(crate) fn two(scene: &Scene) {
    let segment = scene.segment("svc");
    segment.record_error(&Failed::new("one"));
    segment.record_error(&Failed::new("two"));
    segment.end();
}

/// One that was a child's already, then another.
pub(crate) fn two_with_reference(scene: &Scene) {
    let segment = scene.segment("svc");
    let child = segment.subsegment("sub");
    child.record_error(&Failed::new("one"));
    child.end();
    segment.record_error(&Failed::new("one"));
    segment.record_error(&Failed::new("two"));
    segment.end();
}

pub(crate) fn panic(scene: &Scene) {
    let segment = scene.segment("svc");
    let entered = segment.enter();
    let result = catch_unwind(AssertUnwindSafe(|| {
        xray::capture("panics", |_| -> Result<(), Infallible> { panic!("ouch") })
    }));
    assert!(result.is_err(), "a panic is passed on");
    drop(entered);
    segment.end();
}
