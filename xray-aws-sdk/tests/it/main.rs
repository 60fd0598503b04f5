//! Real clients of the AWS SDK against a stand-in for AWS, over real HTTP.

mod call;
mod support;
