//! AWS X-Ray for Rust services.

#[doc(hidden)]
pub use xray_core::__private;
pub use xray_core::*;
