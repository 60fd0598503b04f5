//! CPU time, in nanoseconds: what a noisy machine disturbs least.

use rustix::time::{ClockId, clock_gettime};

fn read(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Of this thread.
#[must_use]
pub fn thread() -> f64 {
    read(ClockId::ThreadCPUTime)
}

/// Of the process, all threads together.
#[must_use]
pub fn process() -> f64 {
    read(ClockId::ProcessCPUTime)
}
