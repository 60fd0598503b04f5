//! One work in a process of its own, so that no contender's threads, globals or pools are in
//! another's way. It answers `round`, `paced <rate>` and `allocations`.

use crate::works::{Running, Work};
use crate::{allocator, cpu, lossless};
use std::io::{self, BufRead};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

/// What one round took, in nanoseconds for each that was done.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// On the calling thread; the median of the round's batches.
    pub calling: f64,
    /// In the whole process.
    pub process: f64,
}

/// Answers what it is asked, until nobody asks any more.
///
/// # Errors
///
/// If it cannot be heard.
pub fn run(work: &Work, to: SocketAddr) -> io::Result<()> {
    let running = (work.start)(to);
    for line in io::stdin().lock().lines() {
        match line?.as_str() {
            "round" => {
                let Round { calling, process } = round(work, &running);
                println!("{calling} {process}");
            }
            line if line.starts_with("paced ") => {
                let rate = line["paced ".len()..].parse().map_err(io::Error::other)?;
                let (done, reached) = lossless::paced(&running, rate);
                println!("{done} {reached}");
            }
            _ => {
                let seen = allocator::allocations(|| {
                    (running.run)(work.batch);
                    (running.settle)();
                });
                let each = |calls: u64| calls as f64 / work.batch as f64;
                let (mine, all) = (each(seen.calls), each(seen.everywhere));
                println!("{mine} {} {all}", seen.peak);
            }
        }
    }
    Ok(())
}

fn round(work: &Work, running: &Running) -> Round {
    let each = |since: f64, until: f64| (until - since) / work.batch as f64;
    let mut calling = Vec::new();
    let mut process = 0.0;
    for _ in 0..work.batches {
        let (all, mine) = (cpu::process(), cpu::thread());
        (running.run)(work.batch);
        calling.push(each(mine, cpu::thread()));
        (running.settle)();
        process += each(all, cpu::process());
        if work.entities > 0 {
            // The receiver catches up.
            thread::sleep(Duration::from_micros(200));
        }
    }
    Round {
        calling: median(&mut calling),
        process: process / work.batches as f64,
    }
}

/// The one in the middle.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
