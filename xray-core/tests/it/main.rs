//! The core as its users see it. Every test has a recorder of its own; none sleeps or shares state.

mod annotations;
mod anything;
mod context;
mod daemon;
mod datagrams;
mod document;
mod emitters;
mod exceptions;
mod http;
mod laws;
mod members;
mod metadata;
mod properties;
mod queue;
mod reasons;
mod redact;
mod schema;
mod size;
mod streaming;
mod support;
mod threads;
mod times;
