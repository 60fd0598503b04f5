//! The close protocol under many threads.

use crate::support::{Arrived, Dice, balanced, under, with};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use xray_core::Context;

/// Handles travel, parents end before, during and after their children, contexts write late. Each
/// id arrives once, under the right parent.
#[test]
fn every_entity_arrives_exactly_once_whatever_the_interleaving() {
    for queued in [false, true] {
        let (recorder, memory) = with(|b| {
            let b = b.streaming_threshold(7).streaming_bytes(4096);
            if queued { b.queue(16) } else { b }
        });
        let begun = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for t in 0..4 {
                let (recorder, begun) = (&recorder, &begun);
                scope.spawn(move || {
                    for round in 0..50 {
                        let mut dice = Dice(t * 1000 + round);
                        let segment = recorder.segment("api").start();
                        let context = segment.context();
                        begun.fetch_add(1, Relaxed);
                        std::thread::scope(|inner| {
                            for w in 0..3 {
                                let context = context.clone();
                                let mut dice = Dice(dice.roll(1 << 30) + w);
                                inner.spawn(move || work(&context, &mut dice, begun, 0));
                            }
                            work(&context, &mut dice, begun, 0);
                            drop(segment);
                        });
                    }
                });
            }
        });
        assert!(recorder.flush(Duration::from_secs(10)));
        let arrived = Arrived::read(&memory.take());
        assert_eq!(arrived.entities.len() as u64, begun.load(Relaxed));
        for (name, parent) in arrived.entities.values() {
            assert_eq!(name.strip_prefix("under "), parent.as_deref());
        }
        assert_eq!(recorder.stats().begun, begun.load(Relaxed));
        balanced(&recorder.stats());
    }
}

fn work(context: &Context, dice: &mut Dice, begun: &AtomicU64, depth: u32) {
    let mut kept = Vec::new();
    for _ in 0..dice.roll(8) {
        let sub = under(context);
        begun.fetch_add(1, Relaxed);
        sub.annotate("n", dice.roll(9));
        if depth < 3 {
            work(&sub.context(), dice, begun, depth + 1);
        }
        match dice.roll(3) {
            0 => drop(sub),
            1 => kept.push(sub),
            _ => {
                let context = sub.context();
                drop(sub);
                context.annotate("late", true);
            }
        }
    }
}
