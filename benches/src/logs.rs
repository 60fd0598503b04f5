//! A line of the log with the trace id in it, beside the same line without.

use crate::works::Running;
use crate::{NAME, ours};
use std::io;
use std::net::SocketAddr;
use tracing::{Dispatch, dispatcher, info};
use xray::tracing::TraceIdFormat;

#[inline(never)]
fn line(order: u64) {
    info!(order, "paid");
}

/// Lines that go nowhere, by this subscriber.
fn lines(log: &Dispatch, n: u64) {
    dispatcher::with_default(log, || (0..n).for_each(|i| line(std::hint::black_box(i))));
}

macro_rules! log {
    ($($form:tt)*) => {
        Dispatch::new(
            tracing_subscriber::fmt()
                .without_time()
                .with_ansi(false)
                .with_writer(io::sink)
                $($form)*
                .finish(),
        )
    };
}

/// Text as tracing-subscriber writes it.
#[must_use]
pub fn text_floor(_: SocketAddr) -> Running {
    let log = log!();
    Running::here(move |n| lines(&log, n))
}

/// JSON as tracing-subscriber writes it.
#[must_use]
pub fn json_floor(_: SocketAddr) -> Running {
    let log = log!(.json());
    Running::here(move |n| lines(&log, n))
}

fn text() -> Dispatch {
    log!(.map_event_format(TraceIdFormat::text))
}

fn json() -> Dispatch {
    log!(.json().map_event_format(TraceIdFormat::json))
}

/// Text where nothing is open.
#[must_use]
pub fn text_no_context(_: SocketAddr) -> Running {
    let log = text();
    Running::here(move |n| lines(&log, n))
}

/// JSON where nothing is open.
#[must_use]
pub fn json_no_context(_: SocketAddr) -> Running {
    let log = json();
    Running::here(move |n| lines(&log, n))
}

/// Text in a segment that is not recorded.
#[must_use]
pub fn text_unsampled(to: SocketAddr) -> Running {
    within(ours::never(to), text())
}

/// JSON in a segment that is not recorded.
#[must_use]
pub fn json_unsampled(to: SocketAddr) -> Running {
    within(ours::never(to), json())
}

/// Text in a segment that is recorded.
#[must_use]
pub fn text_recorded(to: SocketAddr) -> Running {
    within(ours::always(to), text())
}

/// JSON in a segment that is recorded.
#[must_use]
pub fn json_recorded(to: SocketAddr) -> Running {
    within(ours::always(to), json())
}

/// The segment stays open, so that nothing is sent.
fn within(recorder: xray::Recorder, log: Dispatch) -> Running {
    let segment = recorder.segment(NAME).start();
    Running::here(move |n| {
        let _entered = segment.enter();
        lines(&log, n);
    })
}
