//! The memory budget, whatever becomes of what was recorded.

use super::Recorder;
use crate::sampling::{Adaptive, Always, Never};
use crate::test_util::MemoryEmitter;
use crate::{Context, Datagram, EmitError, Emitter};
use std::time::Duration;

/// Everything that can happen to an entity, in an order that differs from round to round.
fn rounds(recorder: &Recorder, rounds: u64) {
    let mut dice = 7_u64;
    let mut roll = |n: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (dice >> 33) % n
    };
    for _ in 0..rounds {
        let mut segment = Some(recorder.segment("api").start());
        let mut open = vec![];
        let mut known: Vec<Context> = segment.iter().map(|s| s.context()).collect();
        for _ in 0..roll(300) {
            let at = roll(known.len() as u64) as usize;
            match roll(8) {
                0..3 => {
                    let one = known[at].subsegment("work");
                    known.push(one.context());
                    open.push(one);
                }
                3 => known[at].annotate("key", 7),
                4 => known[at].metadata("key", &"x".repeat(roll(3_000) as usize)),
                5 => known[at].record_error(&std::fmt::Error),
                6 if !open.is_empty() => {
                    drop(open.swap_remove(roll(open.len() as u64) as usize));
                }
                _ if roll(50) == 0 => recorder.sweep(),
                _ if roll(100) == 0 => drop(segment.take()),
                _ => {}
            }
        }
    }
}

#[test]
fn b11_the_memory_budget_is_whole_again_when_everything_has_ended() {
    struct Refuses;
    impl Emitter for Refuses {
        fn emit(&self, one: Datagram<'_>) -> Result<(), EmitError> {
            match one.bytes().len() {
                0..4_000 => Ok(()),
                size if size % 7 == 0 => Err(EmitError::Full),
                _ => Err(EmitError::TooLarge),
            }
        }

        fn may_block(&self) -> bool {
            true
        }
    }
    let builder = || Recorder::builder("service").in_progress_after(Duration::ZERO);
    for builder in [
        builder().emitter(MemoryEmitter::new()).sampler(Always),
        builder()
            .emitter(MemoryEmitter::new())
            .sampler(Always)
            .queue(1),
        builder().emitter(Refuses).sampler(Always),
        builder().emitter(Refuses).sampler(Always).queue(1),
        builder()
            .emitter(Refuses)
            .sampler(Never)
            .capture_anomalies(Adaptive::new()),
    ] {
        let recorder = builder.memory_budget(100_000).build().unwrap();
        rounds(&recorder, 100);
        assert!(recorder.flush(Duration::from_secs(60)));
        let outlet = &recorder.inner().outlet;
        assert_eq!(outlet.held(), 0);
        let stats = recorder.stats();
        assert_eq!(stats.begun, stats.emitted + stats.lost(), "{stats:?}");
    }
}
