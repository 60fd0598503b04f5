//! Real clients of the AWS SDK against a stand-in for AWS, over real HTTP.

mod attempts;
mod call;
mod client;
mod ending;
mod failure;
mod flood;
mod handed_over;
mod header;
mod missing;
mod parameters;
mod rest;
#[cfg(feature = "service")]
mod service;
mod support;
