//! Functions on the current context, which instrumented code calls without holding a handle.

use super::{THREAD, TraceFuture, here, with};
use crate::handle::{
    AnnotationValue, Context, Exception, Failure, Here, Place, Recordable, Subsegment, panicked,
};
use crate::recorder;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

/// The current context of this thread or task; an empty one where nothing is open.
#[must_use]
pub fn current() -> Context {
    Context::current()
}

/// Opens a subsegment of the current context.
///
/// ```
/// let rendering = xray_core::subsegment("render");
/// rendering.annotate("template", "invoice");
/// rendering.end();
/// ```
#[inline(always)]
#[track_caller]
pub fn subsegment(name: &str) -> Subsegment {
    // Only words leave the thread-local: an unsampled place that is copied right after it was
    // written is waited for.
    match here() {
        Here::Unsampled(trace, id) => Subsegment::new(Place::unsampled(trace, id)),
        Here::Kept => kept(name),
        Here::Nothing => {
            // Not told of while the thread-local is borrowed: a logger may come back here.
            missing("a subsegment was asked for");
            Subsegment::new(Place::Missing)
        }
    }
}

#[inline(never)]
fn kept(name: &str) -> Subsegment {
    let mut opened = Subsegment::new(Place::Missing);
    let _ = THREAD.try_with(|t| opened = Subsegment::new(t.borrow().current.0.child(name)));
    opened
}

/// Opens a subsegment of the current context that already says something.
#[inline]
#[track_caller]
pub(crate) fn open(name: &str, annotations: &[(&str, AnnotationValue<'_>)]) -> Subsegment {
    open_at(name, annotations, Location::caller())
}

#[inline]
fn open_at(
    name: &str,
    annotations: &[(&str, AnnotationValue<'_>)],
    place: &'static Location<'static>,
) -> Subsegment {
    match here() {
        Here::Unsampled(trace, id) => Subsegment::new(Place::unsampled(trace, id)),
        Here::Kept => Subsegment::new(with(|c| c.0.child_saying(name, annotations))),
        Here::Nothing => {
            if recorder::is_any() {
                recorder::missing("a subsegment was asked for", place);
            }
            Subsegment::new(Place::Missing)
        }
    }
}

/// Tells of a missing context, where there is somebody to be told.
#[inline]
#[track_caller]
fn missing(what: &str) {
    if recorder::is_any() {
        recorder::missing(what, Location::caller());
    }
}

/// Adds a value that X-Ray indexes to the current context: see [`Context::annotate`].
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::test_util::captured_sync;
///
/// let captured = captured_sync(|| xray_core::annotate("order", 7));
/// assert_eq!(captured.tree(), "test annotations={order: 7}\n");
/// # }
/// ```
#[inline]
#[track_caller]
pub fn annotate<'v>(key: &str, value: impl Into<AnnotationValue<'v>>) {
    // The conversion may be the user's, and so comes before the borrow.
    let value = value.into();
    let open = with(|c| {
        c.annotate(key, value);
        !c.is_missing()
    });
    if !open {
        missing("an annotation was given");
    }
}

/// Adds a value that is stored but not indexed: see [`Context::metadata`].
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::test_util::captured_sync;
///
/// let captured = captured_sync(|| xray_core::metadata("found", &[7, 8]));
/// assert_eq!(captured.tree(), "test metadata={default.found: [7,8]}\n");
/// # }
/// ```
#[track_caller]
pub fn metadata(key: &str, value: &(impl serde::Serialize + ?Sized)) {
    let current = current();
    if current.is_missing() {
        return missing("metadata was given");
    }
    current.metadata(key, value);
}

/// Records an error and its sources, and marks a fault: see [`Context::record_error`].
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::test_util::captured_sync;
///
/// let captured = captured_sync(|| xray_core::record_error(&std::fmt::Error));
/// assert_eq!(captured.tree(), "test fault cause=\"an error occurred when formatting an argument\"\n");
/// # }
/// ```
#[track_caller]
pub fn record_error(error: &(impl Recordable + ?Sized)) {
    let current = current();
    if current.is_missing() {
        return missing("an error was recorded");
    }
    current.record(Exception::new(error));
}

/// Says who the request is for, on the segment, from whatever depth: see [`Context::user`].
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::test_util::captured_sync;
///
/// let captured = captured_sync(|| {
///     let _entered = xray_core::subsegment("log-in").entered();
///     xray_core::user("ann");
/// });
/// assert_eq!(captured.tree(), "test user=ann\n  log-in\n");
/// # }
/// ```
#[track_caller]
pub fn user(user: &str) {
    let current = current();
    if current.is_missing() {
        return missing("a user was given");
    }
    current.user(user);
}

/// The HTTP response of the current context: see [`Context::http_response`].
#[track_caller]
pub fn http_response(status: u16, content_length: Option<u64>) {
    let current = current();
    if current.is_missing() {
        return missing("a response was given");
    }
    current.http_response(status, content_length);
}

/// Runs `f` in a subsegment of the current context: records its `Err` or its panic, ends, and
/// returns its result.
///
/// `f` always runs, whether anything is open or not.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// # use xray_core::{Recorder, sampling::Always, test_util::MemoryEmitter};
/// # let emitter = MemoryEmitter::new();
/// # let recorder = Recorder::builder("import").emitter(emitter.clone()).sampler(Always).build()?;
/// # let segment = recorder.segment("import").start();
/// # let entered = segment.enter();
/// let count = xray_core::capture("parse", |subsegment| {
///     subsegment.annotate("format", "csv");
///     "12".parse::<i32>()
/// });
/// # drop(entered);
/// # segment.end();
/// assert_eq!(count, Ok(12));
/// assert_eq!(emitter.tree(), "import\n  parse annotations={format: \"csv\"}\n");
/// # }
/// # Ok::<(), xray_core::InitError>(())
/// ```
#[track_caller]
pub fn capture<T, E, Via>(name: &str, f: impl FnOnce(&Subsegment) -> Result<T, E>) -> Result<T, E>
where
    E: Failure<Via>,
{
    let subsegment = subsegment(name);
    let entered = subsegment.enter();
    let result = catch_unwind(AssertUnwindSafe(|| f(&subsegment)));
    drop(entered);
    match result {
        Ok(result) => {
            if let Err(error) = &result {
                error.record(&subsegment.context());
            }
            result
        }
        Err(payload) => {
            panicked(&subsegment.context(), &*payload);
            resume_unwind(payload)
        }
    }
}

/// Runs an async closure in a subsegment of the current context: records its `Err` or its panic,
/// ends, and returns its result.
///
/// ```
/// # async fn fetch(_: &str) -> Result<String, std::io::Error> { Ok(String::new()) }
/// # async fn example() -> Result<(), std::io::Error> {
/// let page = xray_core::capture_async("fetch", async |subsegment| {
///     subsegment.annotate("page", 3);
///     fetch("/orders?page=3").await
/// })
/// .await?;
/// # Ok(()) }
/// ```
#[track_caller]
pub fn capture_async<T, E, Via>(
    name: &str,
    f: impl AsyncFnOnce(Context) -> Result<T, E>,
) -> impl Future<Output = Result<T, E>>
where
    E: Failure<Via>,
{
    // The caller is known here, the context only where the future is polled.
    let place = Location::caller();
    async move {
        let subsegment = open_at(name, &[], place);
        let context = subsegment.context();
        let recorded = async {
            let result = f(context.clone()).await;
            if let Err(error) = &result {
                error.record(&context);
            }
            result
        };
        recorded.within(subsegment).await
    }
}
