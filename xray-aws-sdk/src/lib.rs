//! AWS X-Ray for the AWS SDK for Rust.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod client;
mod failure;
mod interceptor;
mod marker;
mod names;
mod parameters;

pub use client::{trace, traced_http_client};
pub use interceptor::SubsegmentInterceptor;
pub use parameters::Parameter;
