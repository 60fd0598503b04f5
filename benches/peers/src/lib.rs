//! What others take for the work that the SDK is measured with: the same logical trace, a request to
//! the same router, by the same harness.
//!
//! Contenders send to the X-Ray daemon's UDP port, as their documentation recommends it.

pub mod axum;
pub mod bridge;
pub mod fast;
pub mod instructions;
pub mod lite;
pub mod official;
pub mod otel;
pub mod table;
pub mod works;
