//! Where the platform opens the segments.

use crate::support::{Shop, get, greet};
use std::sync::Mutex;
use xray_core::{Env, TraceHeader};

struct Log(Mutex<Vec<String>>);

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "xray"
    }

    fn log(&self, record: &log::Record<'_>) {
        let message = record.args().to_string();
        if self.enabled(record.metadata()) && message.contains("Lambda") {
            self.0.lock().unwrap().push(message);
            // It stays there, and does not come again.
            panic!("the logger's own");
        }
    }

    fn flush(&self) {}
}

static LOG: Log = Log(Mutex::new(Vec::new()));

// The only test here that is about what is logged.
#[tokio::test]
async fn on_lambda_no_segment_is_opened_which_is_said_once() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let env = Env::of([("LAMBDA_TASK_ROOT", "/var/task")]);
    let shop = Shop::with(|b| b.env(env));
    for _ in 0..3 {
        let head = greet(&shop.layer(), get("/")).await;
        assert!(!head.headers.contains_key(TraceHeader::NAME));
    }
    assert_eq!(shop.recorder.stats().begun, 0);
    let said = LOG.0.lock().unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
}
