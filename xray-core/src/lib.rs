//! The core of the AWS X-Ray SDK for Rust.
//!
//! This crate is for authors of integrations. Services use the facade `aws-xray`, which re-exports
//! what they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod document;
mod emitter;
mod header;
mod id;
mod json;
mod name;
mod observer;
mod redact;
pub mod sampling;
mod w3c;

pub use clock::Clock;
pub use emitter::{Batch, Datagram, EmitError, Emitter};
pub use header::{Decision, HeaderValue, InvalidTraceHeader, TraceHeader};
pub use id::{IdSource, InvalidSegmentId, InvalidTraceId, SegmentId, TraceId, reseed};
pub use observer::{Ended, Observer};
pub use redact::{Redact, Sensitive};
pub use w3c::incoming;
