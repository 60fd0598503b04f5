//! One subsegment for each call of a client.
//!
//! [`layer`] configures, [`service`] begins and sends the header, [`future`] waits for the head of
//! the response, and [`body`](crate::body) for its end where that is wanted.

mod future;
mod layer;
mod service;
mod settings;

pub use future::CallFuture;
pub use layer::SubsegmentLayer;
pub use service::SubsegmentService;
