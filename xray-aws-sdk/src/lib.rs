//! AWS X-Ray for the AWS SDK for Rust.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "service")]
mod api;
mod call;
mod client;
mod failure;
mod interceptor;
mod marker;
mod names;
mod parameters;

#[cfg(feature = "service")]
#[cfg_attr(docsrs, doc(cfg(feature = "service")))]
pub use api::{ApiEmitter, ApiEmitterBuilder, ApiRuleSource, ApiStats};
pub use client::{trace, traced_http_client};
pub use interceptor::SubsegmentInterceptor;
pub use parameters::Parameter;
