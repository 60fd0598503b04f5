//! `#[xray::subsegment]` on an async function, beside the same function without it.

use crate::poll::drive;
use crate::works::Running;
use crate::{NAME, ours};
use std::hint::black_box;
use std::net::SocketAddr;

async fn bare(id: u64) -> Result<u64, std::num::ParseIntError> {
    Ok(black_box(id))
}

#[xray::subsegment("load-order", annotate(order = id))]
async fn instrumented(id: u64) -> Result<u64, std::num::ParseIntError> {
    Ok(black_box(id))
}

#[inline(never)]
fn one(id: u64) {
    drive(async { black_box(instrumented(id).await).is_ok() });
}

/// Without the attribute.
#[must_use]
pub fn floor(_: SocketAddr) -> Running {
    #[inline(never)]
    fn one(id: u64) {
        drive(async { black_box(bare(id).await).is_ok() });
    }
    Running::each(one)
}

/// Where nothing is open.
#[must_use]
pub fn no_context(_: SocketAddr) -> Running {
    Running::each(one)
}

/// In a segment that is not recorded.
#[must_use]
pub fn unsampled(to: SocketAddr) -> Running {
    within(ours::never(to))
}

/// In a segment that is recorded and sent, which is part of it.
#[must_use]
pub fn sampled(to: SocketAddr) -> Running {
    within(ours::always(to))
}

fn within(recorder: xray::Recorder) -> Running {
    Running::here(move |n| {
        let segment = recorder.segment(NAME).start();
        let _segment = segment.enter();
        (0..n).for_each(|i| one(black_box(i)));
    })
}
