//! The facade as its users see it.

mod architecture;
#[cfg(feature = "macros")]
mod subsegment;
