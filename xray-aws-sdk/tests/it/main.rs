//! Real clients of the AWS SDK against a stand-in for AWS, over real HTTP.

mod attempts;
mod call;
mod client;
mod ending;
mod failure;
mod header;
mod missing;
mod support;
