//! The highest rate at which one thread can trace without anything being lost on the way.

use crate::rounds::{Options, numbers, ratio};
use crate::sink::{Process, Sink};
use crate::worker::median;
use crate::works::{self, Running, Work};
use std::io;
use std::time::{Duration, Instant};

/// How long a rate has to be kept.
const LASTS: Duration = Duration::from_millis(100);
/// Traces between two looks at the clock, so that it is not what is measured.
const GROUP: u64 = 8;
/// Of the rate that is asked for, what has to be reached.
const REACHED: f64 = 0.98;
/// Where the search begins, in traces per second, and how often it halves what is left of an octave.
const FIRST: f64 = 50_000.0;
const HALVINGS: u32 = 6;

const FLOOR: &str = "w1 floor";
const WORKS: [&str; 3] = [FLOOR, "w1 inline, handles", "w1 queued, handles"];

/// The worker's side: does a work at this rate, waits until all has been handed to the kernel, and says
/// how many that were and what rate it came to.
#[must_use]
pub fn paced(running: &Running, rate: f64) -> (u64, f64) {
    let groups = (rate * LASTS.as_secs_f64() / GROUP as f64).ceil() as u64;
    let begun = Instant::now();
    for group in 0..groups {
        let due = (group * GROUP) as f64 / rate;
        while begun.elapsed().as_secs_f64() < due {
            std::hint::spin_loop();
        }
        (running.run)(GROUP);
    }
    (running.settle)();
    let done = groups * GROUP;
    (done, done as f64 / begun.elapsed().as_secs_f64())
}

/// Whether a rate was reached and everything arrived; once more where it was not, since other programs
/// may have been in the way.
fn holds(sink: &mut Sink, process: &mut Process, work: &Work, rate: f64) -> io::Result<bool> {
    let entities = work.entities / work.batch;
    for _ in 0..2 {
        sink.arrived()?;
        let [done, reached] = numbers(&process.ask(&format!("paced {rate}"))?)?;
        let arrived = sink.arrived()?;
        if reached >= REACHED * rate && arrived == done as u64 * entities {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The highest of the rates that hold, to one part in a hundred.
fn highest(sink: &mut Sink, process: &mut Process, work: &Work) -> io::Result<f64> {
    let mut rate = FIRST;
    while holds(sink, process, work, rate)? {
        rate *= 2.0;
    }
    // The highest that is known to hold: below the first one, that is not known.
    let (mut below, mut step) = (rate / 2.0, 2f64.sqrt());
    for _ in 0..HALVINGS {
        if holds(sink, process, work, below * step)? {
            below *= step;
        }
        step = step.sqrt();
    }
    Ok(below)
}

/// Searches, round after round, and prints.
///
/// # Errors
///
/// If one of the processes ends.
pub fn print(options: &Options) -> io::Result<()> {
    let mut sink = Sink::start()?;
    let to = sink.address.to_string();
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let mut all = Vec::new();
    for name in WORKS {
        let work = works::find(name).ok_or_else(missing)?;
        let process = Process::start(&["worker", name, &to])?;
        all.push((work, process, Vec::new()));
    }
    for _ in 0..options.rounds {
        for (work, process, rates) in &mut all {
            rates.push(highest(&mut sink, process, work)?);
        }
    }
    println!("\n| highest lossless rate of | traces/s | × floor |\n|---|--:|--:|");
    let floor = all.first().map(|(.., rates)| rates.clone());
    let floor = floor.unwrap_or_default();
    for (work, _, rates) in &mut all {
        let times = ratio(rates, &floor);
        println!("| {} | {:.0} | {times:.2} |", work.name, median(rates));
    }
    Ok(())
}
