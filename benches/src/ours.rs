//! The SDK, used as a service uses it.

use crate::poll::{Polls, drive};
use crate::works::Running;
use crate::{HEADER, NAME, REQUEST};
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;
use xray_core::sampling::{Always, Never};
use xray_core::{
    ContextMissing, DaemonAddress, HttpRequest, Recorder, RecorderBuilder, TraceFuture,
    TraceHeader, annotate, subsegment,
};

pub(crate) fn builder(to: SocketAddr) -> RecorderBuilder {
    let daemon = DaemonAddress::parse(&to.to_string()).expect("an address");
    Recorder::builder(NAME).daemon_address(daemon)
}

pub(crate) fn always(to: SocketAddr) -> Recorder {
    builder(to).sampler(Always).build().expect("a recorder")
}

pub(crate) fn never(to: SocketAddr) -> Recorder {
    builder(to).sampler(Never).build().expect("a recorder")
}

pub(crate) fn queued(to: SocketAddr) -> Recorder {
    let builder = builder(to).sampler(Always).queue(1024);
    builder.build().expect("a recorder")
}

/// Runs with a recorder that has a thread.
fn settling(recorder: Recorder, run: fn(&Recorder, u64)) -> Running {
    let flushed = recorder.clone();
    Running {
        run: Box::new(move |n| run(&recorder, n)),
        settle: Box::new(move || {
            flushed.flush(Duration::from_secs(5));
        }),
    }
}

pub(crate) fn request() -> HttpRequest<'static> {
    let [method, url, user_agent, client_ip] = REQUEST;
    HttpRequest::new(method, url)
        .user_agent(user_agent)
        .client_ip(client_ip)
}

/// W1: one segment, three subsegments, two annotations each, by handles.
#[inline(never)]
pub(crate) fn by_handles(recorder: &Recorder, i: u64) {
    let segment = recorder.segment(NAME).request(request()).start();
    segment.annotate("tenant", "acme");
    segment.annotate("order", i);
    let auth = segment.subsegment("auth");
    auth.annotate("user", "u-17");
    auth.annotate("attempt", 1);
    auth.end();
    let db = segment.subsegment("db");
    db.annotate("table", "orders");
    db.annotate("rows", i % 100);
    let query = db.subsegment("query");
    query.annotate("statement", "select");
    query.annotate("millis", 3);
    query.end();
    db.end();
    segment.http_response(200, Some(1234));
    segment.end();
}

/// The same through the current context, as code does it that does not pass handles on.
#[inline(never)]
pub(crate) fn by_context(recorder: &Recorder, i: u64) {
    let segment = recorder.segment(NAME).request(request()).start();
    let _segment = segment.enter();
    annotate("tenant", "acme");
    annotate("order", i);
    {
        let _auth = subsegment("auth").entered();
        annotate("user", "u-17");
        annotate("attempt", 1);
    }
    {
        let _db = subsegment("db").entered();
        annotate("table", "orders");
        annotate("rows", i % 100);
        let _query = subsegment("query").entered();
        annotate("statement", "select");
        annotate("millis", 3);
    }
    segment.http_response(200, Some(1234));
}

/// W1 by handles.
#[must_use]
pub fn w1_handles(to: SocketAddr) -> Running {
    let recorder = always(to);
    Running::each(move |i| by_handles(&recorder, i))
}

/// W1 by handles, while another thread does the same with the same recorder.
#[must_use]
pub fn w1_together(to: SocketAddr) -> Running {
    let recorder = always(to);
    Running::together(move |n| (0..n).for_each(|i| by_handles(&recorder, black_box(i))))
}

/// W1 through the current context.
#[must_use]
pub fn w1_context(to: SocketAddr) -> Running {
    let recorder = always(to);
    Running::each(move |i| by_context(&recorder, i))
}

/// W1 by handles, serialised and sent by another thread.
#[must_use]
pub fn w1_handles_queued(to: SocketAddr) -> Running {
    settling(queued(to), |recorder, n| {
        (0..n).for_each(|i| by_handles(recorder, black_box(i)));
    })
}

/// W1 through the current context, serialised and sent by another thread.
#[must_use]
pub fn w1_context_queued(to: SocketAddr) -> Running {
    settling(queued(to), |recorder, n| {
        (0..n).for_each(|i| by_context(recorder, black_box(i)));
    })
}

/// W1 decided against, by handles.
#[must_use]
pub fn unsampled_handles(to: SocketAddr) -> Running {
    let recorder = never(to);
    Running::each(move |i| by_handles(&recorder, i))
}

/// W1 decided against, through the current context.
#[must_use]
pub fn unsampled_context(to: SocketAddr) -> Running {
    let recorder = never(to);
    Running::each(move |i| by_context(&recorder, i))
}

#[inline(never)]
fn outside(i: u64) {
    let auth = subsegment("auth");
    auth.annotate("user", "u-17");
    auth.annotate("attempt", i);
}

/// A subsegment and its annotations where nothing is open and no recorder is installed: what a
/// library costs in a program that does not trace.
#[must_use]
pub fn no_context(_: SocketAddr) -> Running {
    Running::each(outside)
}

/// The same where a recorder is installed, which counts it.
#[must_use]
pub fn no_context_installed(to: SocketAddr) -> Running {
    let builder = builder(to).context_missing(ContextMissing::Log);
    let guard = builder.install().expect("the first recorder");
    Running::each(move |i| {
        let _installed = &guard;
        outside(i);
    })
}

/// A future in an unsampled segment.
#[must_use]
pub fn poll_unsampled(to: SocketAddr) -> Running {
    let recorder = never(to);
    Running::here(move |n| drive(Polls(n).within(recorder.segment(NAME).start())))
}

/// A future in a segment that is recorded.
#[must_use]
pub fn poll_recording(to: SocketAddr) -> Running {
    let recorder = always(to);
    Running::here(move |n| drive(Polls(n).within(recorder.segment(NAME).start())))
}

#[inline(never)]
fn big(recorder: &Recorder, n: u64) {
    let segment = recorder.segment(NAME).start();
    for i in 0..n {
        let auth = segment.subsegment("auth");
        auth.annotate("user", "u-17");
        auth.annotate("attempt", i);
    }
}

/// Subsegments of one segment.
#[must_use]
pub fn big_inline(to: SocketAddr) -> Running {
    let recorder = always(to);
    Running::here(move |n| big(&recorder, n))
}

/// Subsegments of one segment, serialised and sent by another thread.
#[must_use]
pub fn big_queued(to: SocketAddr) -> Running {
    settling(queued(to), big)
}

/// Reads a header.
#[must_use]
pub fn parse(_: SocketAddr) -> Running {
    Running::each(|_| {
        black_box(TraceHeader::parse(black_box(HEADER)));
    })
}

/// Writes the header of a call made from here.
#[must_use]
pub fn format(to: SocketAddr) -> Running {
    let recorder = never(to);
    let segment = recorder.segment(NAME).start();
    Running::each(move |_| {
        black_box(black_box(&segment).header_value());
    })
}
