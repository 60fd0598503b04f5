//! The core of the AWS X-Ray SDK for Rust.
//!
//! This crate is for authors of integrations. Services use the facade `aws-xray`, which re-exports
//! what they need.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![expect(
    clippy::vec_box,
    reason = "trees are handed over as pointers, not copied"
)]

mod address;
mod aside;
mod call;
mod clock;
mod context;
mod document;
mod emitter;
mod env;
mod handle;
mod header;
mod id;
mod json;
mod log_id;
mod loom;
mod metrics;
mod name;
mod net;
mod observer;
mod pattern;
pub mod plugin;
mod pool;
mod recorder;
mod redact;
mod report;
pub mod sampling;
mod short;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
mod trace;
mod tree;
mod url;
mod w3c;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use address::{DaemonAddress, Endpoint, InvalidDaemonAddress};
pub use call::PresentHeader;
pub use clock::Clock;
pub use context::{
    Entered, Scope, TraceFuture, Traced, annotate, capture, capture_async, current, http_response,
    metadata, record_error, subsegment, user,
};
pub use emitter::{Batch, Datagram, EmitError, Emitter, UdpEmitter};
pub use env::Env;
pub use handle::{
    AnnotationValue, Context, EnteredSubsegment, Exception, Failure, HttpRequest, Namespace,
    Recordable, Segment, SegmentBuilder, Sql, Subsegment, segment,
};
pub use header::{Decision, HeaderValue, InvalidTraceHeader, TraceHeader};
pub use id::{IdSource, InvalidSegmentId, InvalidTraceId, SegmentId, TraceId, reseed};
pub use log_id::{LogId, LogPrefix};
pub use metrics::Metrics;
pub use observer::{Ended, Observer};
pub use pattern::wildcard_match;
pub use recorder::{
    ContextMissing, Guard, InitError, InstallError, Naming, Recorder, RecorderBuilder, Stats, init,
    try_init,
};
pub use redact::{Redact, Sensitive};
pub use url::host;
pub use w3c::incoming;
