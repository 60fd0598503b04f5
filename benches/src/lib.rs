//! What the SDK costs, beside the least that it could cost.
//!
//! [`works`] lists what is measured. Each work is done by a process of its own ([`worker`]), which
//! sends to a receiver in another ([`sink`]); [`rounds`] lets them take turns, and [`table`] prints the
//! medians. [`lossless`] asks the same processes how fast they can go.
//! The contenders are [`floor`], written by hand for exactly these works, and the SDK: [`ours`],
//! [`attribute`], [`axum`], [`calls`], [`logs`], [`place`], [`rules`], [`metrics`], and `aws` with the
//! feature of this name.

pub mod allocator;
pub mod attribute;
#[cfg(feature = "aws")]
pub mod aws;
pub mod axum;
pub mod calls;
pub mod cpu;
pub mod floor;
pub mod logs;
pub mod lossless;
pub mod metrics;
pub mod ours;
pub mod place;
pub mod poll;
pub mod rounds;
pub mod rules;
pub mod server;
pub mod sink;
pub mod table;
pub mod worker;
pub mod works;

/// The service that every contender speaks for.
pub const NAME: &str = "api.example.com";
/// Method, URL, user agent and client address of the request that every contender records.
pub const REQUEST: [&str; 4] = [
    "GET",
    "https://api.example.com/orders/42",
    "measure/1.0",
    "10.0.0.7",
];
/// A header as it arrives with most requests.
pub const HEADER: &str =
    "Root=1-581cf771-a006649127e371903a2de979;Parent=70de5b6f19ff9a0a;Sampled=1";
