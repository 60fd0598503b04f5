//! AWS X-Ray for Rust services.

#[doc(hidden)]
pub use xray_core::__private;
pub use xray_core::*;
/// The function and the attribute share their name: `use xray::subsegment;` brings both.
#[cfg(feature = "macros")]
pub use xray_macros::subsegment;
