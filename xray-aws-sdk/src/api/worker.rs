//! A thread with a runtime of its own.

use std::io;
use std::thread;
use tokio::runtime::Builder;

/// Runs a future on a new thread, until it is done.
pub(super) fn spawn<F, M>(name: &str, make: M) -> io::Result<()>
where
    F: Future<Output = ()>,
    M: FnOnce() -> F + Send + 'static,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let thread = thread::Builder::new().name(name.to_owned());
    // It ends by itself when whoever feeds it is gone, and nobody is to wait for that.
    let _detached = thread.spawn(move || runtime.block_on(make()))?;
    Ok(())
}
