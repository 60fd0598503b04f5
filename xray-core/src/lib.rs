//! The core of the AWS X-Ray SDK for Rust.
//!
//! This crate is for authors of integrations. Services use the facade `aws-xray`, which re-exports
//! what they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod document;
mod emitter;
mod id;
mod json;
mod observer;
mod redact;
pub mod sampling;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;

pub use clock::Clock;
pub use emitter::{Batch, Datagram, EmitError, Emitter};
pub use id::{IdSource, InvalidSegmentId, InvalidTraceId, SegmentId, TraceId, reseed};
pub use observer::{Ended, Observer};
pub use redact::{Redact, Sensitive};
