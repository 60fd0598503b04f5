//! What there is only one of in a process: the recorder, the logger, the subscriber.

use serde::{Serialize, Serializer};
use std::io;
use std::sync::{Arc, Mutex};
use xray_core::Recorder;
use xray_core::sampling::Always;
use xray_core::test_util::MemoryEmitter;
use xray_tracing::TraceIdFormat;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(str::to_owned).collect()
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

/// What is the user's, in the midst of the SDK, and logs.
struct Telling;

impl Serialize for Telling {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        tracing::info!("serialised");
        to.serialize_str("told")
    }
}

/// The SDK's messages go through the `log` crate, and from there through this very format.
#[test]
fn c68_the_messages_of_the_sdk_are_lines_like_others() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .with_target(false)
        .map_event_format(TraceIdFormat::text)
        .with_writer(move || writer.clone())
        .init();
    let memory = MemoryEmitter::new();
    let builder = Recorder::builder("shop")
        .emitter(memory.clone())
        .sampler(Always);
    let guard = builder.install().unwrap();
    log.take();

    // Where nothing is open, that is said; saying it asks for the context again, and does not say so.
    xray_core::annotate("order", 7);
    let lines = log.take();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(
        lines[0].starts_with("ERROR an annotation was given at "),
        "{lines:#?}"
    );
    tracing::info!("nothing is open");
    assert_eq!(log.take(), [" INFO nothing is open"]);

    let segment = xray_core::segment("shop").start();
    let (trace, id) = (segment.trace_id().unwrap(), segment.id().unwrap());
    {
        let _entered = segment.enter();
        xray_core::metadata("what", &Telling);
    }
    segment.end();
    let expected = format!("AWS-XRAY-TRACE-ID: {trace}@{id}  INFO serialised");
    assert_eq!(log.take(), [expected]);
    assert_eq!(memory.tree(), "shop metadata={default.what: \"told\"}\n");
    drop(guard);
}
