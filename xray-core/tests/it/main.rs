//! The core as its users see it. Every test has a recorder of its own; none sleeps or shares state.

mod context;
mod daemon;
mod datagrams;
mod disabled;
mod emitters;
mod env;
mod laws;
mod missing;
mod observers;
mod properties;
mod queue;
mod reasons;
mod shutdown;
mod size;
mod streaming;
mod support;
mod threads;
