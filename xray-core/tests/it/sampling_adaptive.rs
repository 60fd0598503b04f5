//! Adaptive sampling from the segment that fails to the report that says so.

use crate::sampling_support::{Scripted, at, rule_for};
use std::sync::Arc;
use std::time::Duration;
use xray_core::sampling::{CentralSampler, RateBoost, Unprocessed};
use xray_core::test_util::{CountingIds, ManualClock, MemoryEmitter};
use xray_core::{HttpRequest, Recorder};

struct World {
    source: Scripted,
    sampler: Arc<CentralSampler>,
    recorder: Recorder,
    memory: MemoryEmitter,
}

/// A rule that may be boosted for `/a`, one that may not for `/b`; neither samples anything.
fn world() -> World {
    let [mut a, mut b] = [("a", "/a"), ("b", "/b")].map(|(name, path)| rule_for(name, 1, path));
    for rule in [&mut a, &mut b] {
        (rule.fixed_rate, rule.reservoir_size) = (0.0, 0);
    }
    a.boost = Some(RateBoost::new(0.5, Duration::from_secs(60)));
    let source = Scripted::new([a, b]);
    let sampler = Arc::new(source.sampler());
    sampler.poll(at(0.0));
    let memory = MemoryEmitter::new();
    let recorder = Recorder::builder("checkout")
        .emitter(memory.clone())
        .sampler(sampler.clone())
        .observer(sampler.observer())
        .clock(ManualClock::new(at(1.0)))
        .ids(CountingIds::spread())
        .build()
        .unwrap();
    World {
        source,
        sampler,
        recorder,
        memory,
    }
}

impl World {
    fn serve(&self, path: &str, status: u16) {
        let request = HttpRequest::new("GET", "http://example.com/");
        let segment = self.recorder.segment("checkout").request(request);
        let segment = segment.sampling(None, "GET", path).start();
        segment.http_response(status, None);
        segment.end();
    }

    /// Rule, service, all, anomalies and sampled ones of the reports so far.
    fn boosts(&self) -> Vec<(String, String, [u64; 3])> {
        let reports = self.source.take_reports();
        let boosts = reports.into_iter().flat_map(|report| report.boosts);
        boosts
            .map(|b| {
                let counts = [b.total_count, b.anomaly_count, b.sampled_anomaly_count];
                (b.rule_name, b.service_name, counts)
            })
            .collect()
    }
}

fn of_a(counts: [u64; 3]) -> Vec<(String, String, [u64; 3])> {
    vec![("a".to_owned(), "checkout".to_owned(), counts)]
}

#[test]
fn faults_under_a_rule_with_a_boost_are_reported() {
    let world = world();
    for status in [200, 404, 500, 503] {
        world.serve("/a", status);
        world.serve("/b", status);
    }
    world.sampler.poll(at(10.0));
    assert_eq!(world.boosts(), of_a([4, 2, 0]));
    assert!(world.memory.documents().is_empty(), "nothing was sampled");
    world.sampler.poll(at(20.0));
    assert_eq!(world.boosts(), []);
}

#[test]
fn a_report_that_fails_is_made_again() {
    let world = world();
    world.serve("/a", 500);
    world.source.script().reports_fail = true;
    world.sampler.poll(at(10.0));
    assert_eq!(world.boosts(), of_a([1, 1, 0]));
    world.source.script().reports_fail = false;
    world.serve("/a", 200);
    world.sampler.poll(at(30.0));
    assert_eq!(world.boosts(), of_a([2, 1, 0]));
}

#[test]
fn statistics_that_could_not_be_taken_are_kept() {
    let world = world();
    world.serve("/a", 500);
    let entry = |code| vec![Unprocessed::new("a", code, "")];
    world.source.script().targets.unprocessed_boosts = entry("500");
    world.sampler.poll(at(10.0));
    assert_eq!(world.boosts(), of_a([1, 1, 0]));
    world.source.script().targets.unprocessed_boosts = entry("400");
    world.sampler.poll(at(20.0));
    assert_eq!(world.boosts(), of_a([1, 1, 0]));
    world.sampler.poll(at(30.0));
    assert_eq!(world.boosts(), []);
}

#[test]
fn segments_that_were_decided_elsewhere_are_not_counted() {
    let world = world();
    let header = "Root=1-581cf771-a006649127e371903a2de979;Sampled=0"
        .parse()
        .unwrap();
    let segment = world.recorder.segment("checkout").continues(&header);
    let segment = segment.sampling(None, "GET", "/a").start();
    segment.http_response(500, None);
    segment.end();
    world.sampler.poll(at(10.0));
    assert_eq!(world.boosts(), []);
    assert_eq!(
        world.sampler.stats().rules[0].requests,
        0,
        "nor does it spend any quota"
    );
}
