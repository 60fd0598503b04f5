//! A logger that keeps what it is told.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// Level, target and message of all of the SDK's messages.
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Whether the logger itself asks for a subsegment where nothing is open.
pub(crate) static ASKS: AtomicBool = AtomicBool::new(false);

struct Keep;

impl log::Log for Keep {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}: {}", record.level(), record.target(), record.args());
        // A logger may be instrumented, too: nothing of the SDK's is locked or borrowed here.
        let segment = xray_core::segment("log").sampled(false).start();
        let entered = segment.enter();
        xray_core::annotate("line", 1);
        drop(entered);
        if ASKS.load(Relaxed) {
            xray_core::subsegment("log").end();
        }
        said().push(line);
    }

    fn flush(&self) {}
}

pub(crate) fn install() {
    log::set_logger(&Keep).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
}

/// What was said since the last call.
pub(crate) fn take() -> Vec<String> {
    std::mem::take(&mut *said())
}

fn said() -> MutexGuard<'static, Vec<String>> {
    SAID.lock().unwrap()
}
