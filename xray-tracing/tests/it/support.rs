//! A log in memory, and recorders.

use std::io;
use std::sync::{Arc, Mutex};
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use xray_core::sampling::{Always, Never};
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, Segment};

/// What was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Writes the events of a closure by a subscriber that has this log.
    pub(crate) fn of<S: Subscriber + Send + Sync>(
        subscriber: impl FnOnce(Self) -> S,
        events: impl FnOnce(),
    ) -> String {
        let log = Self::default();
        tracing::subscriber::with_default(subscriber(log.clone()), events);
        log.text()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn recorder(always: bool) -> (Recorder, MemoryEmitter) {
    let memory = MemoryEmitter::new();
    let builder = Recorder::builder("shop").emitter(memory.clone());
    let builder = if always {
        builder.sampler(Always)
    } else {
        builder.sampler(Never)
    };
    (builder.build().unwrap(), memory)
}

/// A recorder that records everything, and where it goes.
pub(crate) fn sampled() -> (Recorder, MemoryEmitter) {
    recorder(true)
}

/// A segment that is not recorded.
pub(crate) fn unsampled() -> Segment {
    recorder(false).0.segment("shop").start()
}

/// `<trace id>@<entity id>` of a handle.
macro_rules! id {
    ($handle:expr) => {
        format!("{}@{}", $handle.trace_id().unwrap(), $handle.id().unwrap())
    };
}
pub(crate) use id;
