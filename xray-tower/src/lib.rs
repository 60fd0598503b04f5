//! AWS X-Ray for tower.

#[cfg(feature = "axum")]
mod axum;
mod client;
mod request;
mod segment;
mod status;
mod text;
mod trust;

pub use segment::{EndAt, ResponseBody, ResponseFuture, SegmentLayer, SegmentService};
pub use trust::Trust;
