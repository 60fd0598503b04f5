//! Real clients of the AWS SDK against a stand-in for AWS, over real HTTP.

mod attempts;
mod call;
mod client;
mod ending;
mod failure;
mod flood;
mod header;
mod missing;
mod parameters;
#[cfg(feature = "service")]
mod service;
mod support;
