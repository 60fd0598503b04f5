//! The core as its users see it. Every test has a recorder of its own; none sleeps or shares state.

mod context;
mod laws;
mod properties;
mod size;
mod streaming;
mod support;
mod threads;
