//! Logs as services write them. Every test has a recorder and a log of its own.

mod json;
mod log;
mod other;
mod support;
mod tasks;
mod text;
