//! The core as its users see it. Every test has a recorder of its own; none sleeps or shares state.

mod context;
mod laws;
mod properties;
mod sampling_adaptive;
mod sampling_central;
mod sampling_daemon;
mod sampling_day;
mod sampling_fleet;
mod sampling_reports;
mod sampling_rules;
mod sampling_support;
mod size;
mod streaming;
mod support;
mod threads;
