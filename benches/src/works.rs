//! What is measured: the list. A contender adds its lines here and its code in a file of its own.

use crate::{attribute, axum, floor, ours};
use std::net::SocketAddr;

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

    /// As [`here`](Self::here), for something that is done once.
    pub fn each(one: impl Fn(u64) + 'static) -> Self {
        Self::here(move |n| (0..n).for_each(|i| one(std::hint::black_box(i))))
    }
}

const fn work(
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
    }
}

const fn queued(work: Work, process_floor: &'static str) -> Work {
    Work {
        process_floor,
        ..work
    }
}

/// A trace that is sent. Few at a time, so that the receiver keeps up: what its full buffer drops costs
/// less than what is read.
const SENT: (u64, u64, u64) = (64, 200, 4 * 64);
/// Subsegments of a segment that they leave with.
const CALLS: (u64, u64, u64) = (64, 500, 65);
/// Requests, some at a time.
const REQUESTS: (u64, u64, u64) = (256, 20, 0);
/// Something of a few nanoseconds.
const SMALL: (u64, u64, u64) = (4096, 50, 0);
/// Subsegments of one segment, which is sent too; the floor leaves it out.
const MANY: (u64, u64, u64) = (10_000, 1, 10_001);
const MANY_ALONE: (u64, u64, u64) = (10_000, 1, 10_000);

const W1: &str = "w1 floor";
const HAND_OFF: &str = "w1 hand-off floor";
const UNSAMPLED: &str = "unsampled floor";
const EMPTY: &str = "empty call";
const POLL: &str = "poll floor";
const BIG: &str = "10,000 floor";
const PARSE: &str = "header parse floor";
const FORMAT: &str = "header format floor";
const FUNCTION: &str = "attribute floor";
const AXUM: &str = "axum floor";

/// All works, each floor before what is compared with it.
pub const WORKS: &[Work] = &[
    work(W1, W1, SENT, floor::w1),
    work("w1 inline, handles", W1, SENT, ours::w1_handles),
    work("w1 inline, context", W1, SENT, ours::w1_context),
    queued(work(HAND_OFF, HAND_OFF, SENT, floor::hand_off), W1),
    queued(
        work(
            "w1 queued, handles",
            HAND_OFF,
            SENT,
            ours::w1_handles_queued,
        ),
        W1,
    ),
    queued(
        work(
            "w1 queued, context",
            HAND_OFF,
            SENT,
            ours::w1_context_queued,
        ),
        W1,
    ),
    work(UNSAMPLED, UNSAMPLED, SMALL, floor::unsampled),
    work(
        "unsampled, handles",
        UNSAMPLED,
        SMALL,
        ours::unsampled_handles,
    ),
    work(
        "unsampled, context",
        UNSAMPLED,
        SMALL,
        ours::unsampled_context,
    ),
    work(EMPTY, EMPTY, SMALL, floor::empty),
    work("no context", EMPTY, SMALL, ours::no_context),
    work(
        "no context, installed",
        EMPTY,
        SMALL,
        ours::no_context_installed,
    ),
    work(POLL, POLL, SMALL, floor::poll),
    work("poll, unsampled", POLL, SMALL, ours::poll_unsampled),
    work("poll, recording", POLL, SMALL, ours::poll_recording),
    work(BIG, BIG, MANY_ALONE, floor::big),
    work("10,000 inline", BIG, MANY, ours::big_inline),
    work("10,000 queued", BIG, MANY, ours::big_queued),
    work(PARSE, PARSE, SMALL, floor::parse),
    work("header parse", PARSE, SMALL, ours::parse),
    work(FORMAT, FORMAT, SMALL, floor::format),
    work("header format", FORMAT, SMALL, ours::format),
    work(FUNCTION, FUNCTION, SMALL, attribute::floor),
    work(
        "attribute, no context",
        FUNCTION,
        SMALL,
        attribute::no_context,
    ),
    work(
        "attribute, unsampled",
        FUNCTION,
        SMALL,
        attribute::unsampled,
    ),
    work("attribute, sampled", FUNCTION, CALLS, attribute::sampled),
    work(AXUM, AXUM, REQUESTS, axum::floor),
    work("axum, 0 % sampled", AXUM, REQUESTS, axum::none),
    work("axum, 5 % sampled", AXUM, REQUESTS, axum::some),
    work("axum, 100 % sampled", AXUM, REQUESTS, axum::all),
];

/// The work of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Work> {
    WORKS.iter().find(|work| work.name == name)
}
