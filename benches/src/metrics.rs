//! Requests that are counted, beside the same ones without metrics.

use crate::ours::{by_context, by_handles, never, request};
use crate::works::Running;
use crate::{NAME, ours};
use std::net::SocketAddr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use xray_core::sampling::{Always, Never};
use xray_core::{Metrics, Recorder};

/// What a server does for a request that it does not record: a route, a status.
#[inline(never)]
fn requested(recorder: &Recorder, _: u64) {
    let segment = recorder.segment(NAME).request(request()).start();
    segment.operation("GET /orders/{id}");
    segment.http_response(200, Some(1234));
    segment.end();
}

fn metered(to: SocketAddr) -> Recorder {
    let metrics = Metrics::to_writer(std::io::sink());
    let builder = ours::builder(to).sampler(Never).metrics(metrics);
    builder.build().expect("a recorder")
}

/// A request that is not sampled.
#[must_use]
pub fn without(to: SocketAddr) -> Running {
    let recorder = never(to);
    Running::each(move |i| requested(&recorder, i))
}

/// The same, counted.
#[must_use]
pub fn with(to: SocketAddr) -> Running {
    let recorder = metered(to);
    Running::each(move |i| requested(&recorder, i))
}

/// W1 decided against, by handles, counted.
#[must_use]
pub fn handles(to: SocketAddr) -> Running {
    let recorder = metered(to);
    Running::each(move |i| by_handles(&recorder, i))
}

/// W1 decided against, through the current context, counted.
#[must_use]
pub fn context(to: SocketAddr) -> Running {
    let recorder = metered(to);
    Running::each(move |i| by_context(&recorder, i))
}

/// W1 by handles, sent and counted.
#[must_use]
pub fn sampled(to: SocketAddr) -> Running {
    let metrics = Metrics::to_writer(std::io::sink());
    let builder = ours::builder(to).sampler(Always).metrics(metrics);
    let recorder = builder.build().expect("a recorder");
    Running::each(move |i| by_handles(&recorder, i))
}

/// A request that is counted while another thread counts requests to the same operation as fast as
/// it can.
#[must_use]
pub fn together(to: SocketAddr) -> Running {
    let recorder = metered(to);
    Running::here(move |n| {
        let (begun, over) = (Barrier::new(2), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                begun.wait();
                while !over.load(Relaxed) {
                    (0..256).for_each(|i| requested(&recorder, i));
                }
            });
            begun.wait();
            (0..n).for_each(|i| requested(&recorder, i));
            over.store(true, Relaxed);
        });
    })
}
