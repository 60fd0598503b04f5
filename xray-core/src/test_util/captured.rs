//! A recorder for one test: code under test finds it by the functions on the current context.

use super::MemoryEmitter;
use crate::context::TraceFuture;
use crate::recorder::{Recorder, swap_scoped};
use crate::sampling::Always;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// What a test recorded, and what it returned.
pub struct Captured<T> {
    /// What the future or closure returned.
    pub output: T,
    emitter: MemoryEmitter,
    recorder: Recorder,
}

impl<T> Captured<T> {
    /// What was recorded, as text: see [`MemoryEmitter::tree`].
    #[must_use]
    pub fn tree(&self) -> String {
        self.emitter.tree()
    }

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> Vec<String> {
        self.emitter.documents()
    }

    /// The recorder, for its [`stats`](Recorder::stats).
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }
}

impl<T> fmt::Debug for Captured<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tree())
    }
}

/// Runs a future in a segment `test` of a recorder of its own, which
/// [`segment`](crate::segment()) and all functions on the current context use there. Tests of such
/// code can run at the same time.
///
/// A server's layer that is called there finds the recorder, too, and opens a segment of its own
/// beside `test`. Tasks that are spawned do not find it: they are given a context
/// ([`within`](TraceFuture::within)) or, if they serve, the recorder.
///
/// ```
/// use xray_core::test_util::{block_on, captured};
///
/// async fn total() -> u32 {
///     let _adding = xray_core::subsegment("add");
///     3
/// }
///
/// let captured = block_on(captured(total()));
/// assert_eq!(captured.output, 3);
/// assert_eq!(captured.tree(), "test\n  add\n");
/// ```
pub async fn captured<F: Future>(future: F) -> Captured<F::Output> {
    let (recorder, emitter) = recorder();
    let segment = recorder.segment("test").start();
    let output = scoped(&recorder, future.within(segment)).await;
    Captured {
        output,
        emitter,
        recorder,
    }
}

/// As [`captured`], for code that is not async.
///
/// ```
/// use xray_core::test_util::captured_sync;
///
/// let captured = captured_sync(|| xray_core::annotate("order", 7));
/// assert_eq!(captured.tree(), "test annotations={order: 7}\n");
/// ```
pub fn captured_sync<R>(f: impl FnOnce() -> R) -> Captured<R> {
    let (recorder, emitter) = recorder();
    let segment = recorder.segment("test").start();
    let output = {
        let _scope = Scope::of(Some(recorder.clone()));
        let _entered = segment.enter();
        f()
    };
    segment.end();
    Captured {
        output,
        emitter,
        recorder,
    }
}

fn recorder() -> (Recorder, MemoryEmitter) {
    let emitter = MemoryEmitter::new();
    let builder = Recorder::builder("test").emitter(emitter.clone());
    let recorder = builder.sampler(Always).build();
    // Only the environment and sockets can make `build` fail, and neither is asked here.
    let recorder = recorder.expect("a recorder without environment and socket");
    (recorder, emitter)
}

/// Lets a future, and what it polls, find this recorder before the process's.
pub fn scoped<F: Future>(recorder: &Recorder, future: F) -> Scoped<F> {
    Scoped {
        inner: future,
        recorder: Some(recorder.clone()),
    }
}

pin_project! {
    /// A future with a recorder of its own: see [`scoped`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        #[pin]
        inner: F,
        recorder: Option<Recorder>,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _scope = Scope::of(this.recorder.clone());
        this.inner.poll(cx)
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}

struct Scope(Option<Recorder>);

impl Scope {
    fn of(recorder: Option<Recorder>) -> Self {
        Self(swap_scoped(recorder))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        swap_scoped(self.0.take());
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, without a runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
