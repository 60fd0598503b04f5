//! The facade as its users see it.

mod architecture;
mod subsegment;
