//! AWS X-Ray for Rust services.
