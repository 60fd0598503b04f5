//! One segment for each request that a server answers.
//!
//! [`layer`] configures, [`service`] begins, [`future`] waits for the head of the response, [`body`]
//! for its end. [`begin`] is where a request becomes a segment; [`open`] is what future and body
//! hold of it.

mod begin;
mod body;
mod future;
mod layer;
mod open;
mod service;
mod settings;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::SegmentLayer;
pub use service::SegmentService;
pub use settings::EndAt;
