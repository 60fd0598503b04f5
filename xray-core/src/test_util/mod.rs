//! What tests of instrumented code need: an emitter that keeps what it is given, a stand-in for the
//! daemon on real sockets, clocks and ids that repeat, and documents as text.
//!
//! The usual assertion is one on the [`tree`]: no ids and no times are in it.
//!
//! ```
//! let tree = xray_core::test_util::tree(&[
//!     r#"{"name":"batch","id":"0000000000000001","trace_id":"1-581cf771-a006649127e371903a2de979",
//!         "start_time":1.0,"end_time":2.0,"user":"ops","subsegments":[
//!         {"name":"upload","id":"0000000000000003","start_time":1.2,"end_time":1.3},
//!         {"name":"checksum","id":"0000000000000002","start_time":1.1,"end_time":1.2,
//!          "annotations":{"algorithm":"crc32"}}]}"#,
//! ]);
//! assert_eq!(
//!     tree,
//!     "batch user=ops\n  checksum annotations={algorithm: \"crc32\"}\n  upload\n"
//! );
//! ```

mod captured;
mod clock;
mod daemon;
mod memory;
mod received;
#[cfg(feature = "schema")]
mod schema;
mod tree;

pub use captured::{Captured, Scoped, block_on, captured, captured_sync, scoped};
pub use clock::{CountingIds, FixedIds, ManualClock};
pub use daemon::{DaemonStub, Request, Response};
pub use memory::MemoryEmitter;
#[cfg(feature = "schema")]
pub use schema::check;
pub use tree::{timeline, tree};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A test that has panicked elsewhere must not make this one panic for another reason.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
