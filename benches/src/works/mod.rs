//! What is measured. A contender adds its lines to a list here, and its code in a file of its own.

#[cfg(feature = "aws")]
mod aws;
mod calls;
mod list;
mod logs;

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

/// Finds the program that does a work, or says why there is none.
pub type Program = fn(&Work) -> Result<Command, String>;

/// Something that a contender does many times.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// What the table calls it.
    pub name: &'static str,
    /// What its time on the calling thread is divided by.
    pub floor: &'static str,
    /// What the CPU time of its process is divided by.
    pub process_floor: &'static str,
    /// How many are done between two looks at the clock.
    pub batch: u64,
    /// How many batches make a round.
    pub batches: u64,
    /// How many entities of a batch arrive at the receiver.
    pub entities: u64,
    /// Prepares it, to send to this address.
    pub start: fn(SocketAddr) -> Running,
    /// The program that does it, where this one cannot; `start` is then never called. It is given the
    /// address, and answers as a [`worker`](crate::worker) does.
    pub program: Option<Program>,
}

/// A work that is ready.
pub struct Running {
    /// Does it so many times.
    pub run: Box<dyn Fn(u64)>,
    /// Waits for what it left to other threads.
    pub settle: Box<dyn Fn()>,
}

impl Running {
    /// A work that leaves nothing to other threads.
    pub fn here(run: impl Fn(u64) + 'static) -> Self {
        Self {
            run: Box::new(run),
            settle: Box::new(|| {}),
        }
    }

    /// As [`here`](Self::here), while another thread does the same as fast as it can.
    pub fn together(run: impl Fn(u64) + Sync + 'static) -> Self {
        Self::here(move |n| {
            let (begun, over) = (Barrier::new(2), AtomicBool::new(false));
            thread::scope(|scope| {
                scope.spawn(|| {
                    begun.wait();
                    while !over.load(Relaxed) {
                        run(64);
                    }
                });
                begun.wait();
                run(n);
                over.store(true, Relaxed);
            });
        })
    }

    /// As [`here`](Self::here), for something that is done once.
    pub fn each(one: impl Fn(u64) + 'static) -> Self {
        Self::here(move |n| (0..n).for_each(|i| one(std::hint::black_box(i))))
    }
}

/// A work whose batch is done so often and leaves so many entities, by this program.
pub const fn work(
    name: &'static str,
    floor: &'static str,
    (batch, batches, entities): (u64, u64, u64),
    start: fn(SocketAddr) -> Running,
) -> Work {
    Work {
        name,
        floor,
        process_floor: floor,
        batch,
        batches,
        entities,
        start,
        program: None,
    }
}

/// The same, where other threads do a part that is compared with another floor.
#[must_use]
pub const fn queued(work: Work, process_floor: &'static str) -> Work {
    Work {
        process_floor,
        ..work
    }
}

const ALL: &[&[Work]] = &[
    list::WORKS,
    calls::WORKS,
    logs::WORKS,
    #[cfg(feature = "aws")]
    aws::WORKS,
];

/// All works, each floor before what is compared with it.
pub fn all() -> impl Iterator<Item = &'static Work> {
    ALL.iter().copied().flatten()
}

/// The work of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Work> {
    all().find(|work| work.name == name)
}
