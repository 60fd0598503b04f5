//! Documents that would be too long: split, then truncated, never lost.

use crate::support::{Arrived, Dice, Narrow, balanced, recorder, with};
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, Subsegment, sampling::Always};

#[test]
fn c55_any_tree_fits_and_nothing_is_lost() {
    for seed in 0..100 {
        let mut dice = Dice(seed);
        let memory = MemoryEmitter::new();
        let limit = [1_100, 4_000, 63 * 1024][dice.roll(3) as usize];
        // In half of the cases the recorder has to find the limit out.
        let known = [limit, 63 * 1024][dice.roll(2) as usize];
        let recorder = Recorder::builder("service")
            .emitter(Narrow(limit, memory.clone()))
            .sampler(Always)
            .size_limit(known)
            .streaming_threshold([10_000, 20][dice.roll(2) as usize])
            .streaming_bytes(1 << 24)
            .build()
            .unwrap();
        let segment = recorder.segment("api").start();
        let mut open: Vec<Subsegment> = Vec::new();
        let n = 1 + dice.roll(300);
        for _ in 0..n {
            let at = dice.roll(open.len() as u64 + 1) as usize;
            let parent = open.get(at).map_or(segment.context(), Subsegment::context);
            let sub = parent.subsegment("entity with a name of some length");
            if dice.roll(4) == 0 {
                let text = "\u{1F600}\"\\".repeat(dice.roll(200) as usize);
                sub.annotate("text", &text);
            }
            if dice.roll(9) == 0 {
                sub.metadata("blob", &"x".repeat(dice.roll(90_000) as usize));
                sub.metadata("small", &1);
            }
            if dice.roll(30) == 0 {
                sub.record_error(&std::io::Error::other("e".repeat(9_000)));
            }
            open.push(sub);
            if dice.roll(3) > 0 {
                let at = dice.roll(open.len() as u64) as usize;
                drop(open.swap_remove(at));
            }
        }
        if dice.roll(2) == 0 {
            segment.end();
            drop(open);
        } else {
            drop(open);
            segment.end();
        }
        let documents = memory.take();
        assert!(documents.iter().all(|d| d.len() <= limit), "seed {seed}");
        let arrived = Arrived::read(&documents);
        assert_eq!(arrived.entities.len() as u64, n + 1, "seed {seed}");
        for (_, parent) in arrived.entities.values() {
            let known = parent
                .as_ref()
                .is_none_or(|p| arrived.entities.contains_key(p));
            assert!(known, "seed {seed}");
        }
        balanced(&recorder.stats());
        assert_eq!(recorder.stats().lost(), 0, "seed {seed}");
    }
}

#[test]
fn a_chain_deeper_than_any_parser_likes() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let mut chain = vec![segment.subsegment("n")];
    for _ in 0..20_000 {
        chain.push(chain[chain.len() - 1].subsegment("n"));
    }
    while chain.pop().is_some() {}
    segment.end();
    assert_eq!(Arrived::read(&memory.take()).entities.len(), 20_002);
    balanced(&recorder.stats());
}

#[test]
fn c55_a_kernel_that_refuses_large_datagrams_gets_smaller_ones() {
    let memory = MemoryEmitter::new();
    let builder = Recorder::builder("service").emitter(Narrow(9216, memory.clone()));
    let recorder = builder.sampler(Always).build().unwrap();
    for _ in 0..3 {
        let segment = recorder.segment("api").start();
        for _ in 0..90 {
            segment.subsegment("sub").metadata("m", &"x".repeat(900));
        }
        segment.end();
    }
    assert_eq!(Arrived::read(&memory.take()).entities.len(), 3 * 91);
    let stats = recorder.stats();
    assert_eq!((stats.truncated, stats.lost()), (0, 0));
    balanced(&stats);
}

#[test]
fn c55_a_way_out_that_takes_nothing_is_given_up_and_counted() {
    let memory = MemoryEmitter::new();
    let builder = Recorder::builder("service").emitter(Narrow(10, memory.clone()));
    let recorder = builder.sampler(Always).build().unwrap();
    let segment = recorder.segment("api").start();
    for _ in 0..50 {
        segment.subsegment("sub").metadata("m", &"x".repeat(5_000));
    }
    segment.end();
    assert!(memory.take().is_empty());
    let stats = recorder.stats();
    assert_eq!((stats.lost_too_large, stats.open()), (51, 0));
}

#[test]
fn c55_one_entity_too_large_loses_the_least_first_and_keeps_its_skeleton() {
    let (recorder, memory) = with(|b| b.size_limit(2_000));
    let segment = recorder.segment("api").start();
    let sub = segment.subsegment("large");
    sub.annotate("kept", 1);
    sub.metadata("kept", &"small");
    sub.metadata("gone", &"x".repeat(3_000));
    sub.http_response(503, None);
    sub.end();
    segment.end();
    assert_eq!(
        memory.tree(),
        "api\n  large fault http=503 annotations={kept: 1} \
         metadata={default.kept: \"small\", xray_sdk.truncated: true}\n"
    );
    assert_eq!(
        (recorder.stats().truncated, recorder.stats().lost()),
        (1, 0)
    );
}

/// Exceptions and annotations that no stage but the last can make small enough.
#[test]
fn c55_adversarial_text_leaves_the_skeleton() {
    let (recorder, memory) = with(|b| b.size_limit(1_024));
    let segment = recorder.segment("api").user(&"\u{1}".repeat(250)).start();
    for i in 0..100 {
        segment.annotate(&format!("k{i}"), "\u{1}".repeat(1_000).as_str());
        let error = std::io::Error::other(format!("{i}{}", "\"".repeat(4_000)));
        segment.record_error(&error);
    }
    segment.http_response(429, Some(7));
    segment.end();
    let documents = memory.take();
    assert_eq!(documents.len(), 1);
    assert!(documents[0].len() <= 1_024);
    let document = crate::support::value(&documents[0]);
    assert_eq!(document["http"]["response"]["status"], 429);
    assert_eq!(document["throttle"], true);
    assert_eq!(document["metadata"]["xray_sdk"]["truncated"], true);
    balanced(&recorder.stats());
}

#[test]
fn c56_letters_of_every_script_arrive_intact() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("prüfung 日本").start();
    segment.annotate("ключ", "значение 🦀");
    segment.metadata("größe", &"μ");
    segment.end();
    assert_eq!(
        memory.tree(),
        "prüfung 日本 annotations={____: \"значение 🦀\"} metadata={default.größe: \"μ\"}\n"
    );
}

#[test]
fn b11_beyond_the_memory_budget_only_skeletons_are_kept() {
    let (recorder, memory) = with(|b| b.memory_budget(100_000));
    let segment = recorder.segment("api").start();
    let subs: Vec<_> = (0..40)
        .map(|_| {
            let sub = segment.subsegment("sub");
            sub.metadata("blob", &"x".repeat(10_000));
            sub.http_response(500, None);
            sub
        })
        .collect();
    let stats = recorder.stats();
    assert!((20..40).contains(&stats.over_budget), "{stats:?}");
    drop(subs);
    segment.end();
    let documents = memory.take();
    let arrived = Arrived::read(&documents);
    assert_eq!(arrived.entities.len(), 41);
    let faults: usize = documents
        .iter()
        .map(|d| d.matches("\"fault\":true").count())
        .sum();
    assert_eq!(faults, 40);
    // What has left is given back: the next segment is whole again.
    let segment = recorder.segment("next").start();
    segment.metadata("blob", &"x".repeat(10_000));
    segment.end();
    assert_eq!(recorder.stats().over_budget, stats.over_budget);
}

#[test]
fn one_entity_does_not_grow_without_end() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    for i in 0..10_000 {
        segment.annotate(&format!("key{i}"), "value");
        segment.metadata(&format!("key{i}"), &"x".repeat(1_000));
    }
    segment.end();
    assert_eq!(memory.take().len(), 1);
    assert!(
        recorder.stats().refused_values > 15_000,
        "{:?}",
        recorder.stats()
    );
}
