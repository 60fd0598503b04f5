//! The core of the AWS X-Ray SDK for Rust.
//!
//! This crate is for authors of integrations. Services use the facade `aws-xray`, which re-exports
//! what they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod clock;
mod document;
mod emitter;
mod header;
mod id;
mod json;
mod name;
mod observer;
mod pattern;
mod redact;
pub mod sampling;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
mod url;
mod w3c;

pub use address::{DaemonAddress, Endpoint, InvalidDaemonAddress};
pub use clock::Clock;
pub use emitter::{Batch, Datagram, EmitError, Emitter};
pub use header::{Decision, HeaderValue, InvalidTraceHeader, TraceHeader};
pub use id::{IdSource, InvalidSegmentId, InvalidTraceId, SegmentId, TraceId, reseed};
pub use observer::{Ended, Observer};
pub use pattern::wildcard_match;
pub use redact::{Redact, Sensitive};
pub use url::host;
pub use w3c::incoming;
