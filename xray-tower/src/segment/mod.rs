//! One segment for each request that a server answers.
//!
//! [`layer`] configures, [`service`] begins, [`future`] waits for the head of the response, and
//! [`body`](crate::body) for its end. [`begin`] is where a request becomes a segment.

mod begin;
mod future;
mod layer;
mod service;
mod settings;

pub use future::ResponseFuture;
pub use layer::SegmentLayer;
pub use service::SegmentService;
