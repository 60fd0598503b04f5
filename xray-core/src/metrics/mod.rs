//! Metrics of each operation, whether its requests are sampled or not.

#[cfg_attr(not(test), expect(dead_code, reason = "what writes it follows"))]
mod table;
