//! Ten simulated minutes of one process, with a daemon on real sockets that does all that daemons
//! do. Every decision and every reported count is compared with what an oracle says, which was
//! written from the documentation and shares nothing with the sampler.

use crate::sampling_support::{Fallback, at, free_address, record};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use xray_core::Endpoint;
use xray_core::sampling::{CentralSampler, Chance, DaemonSource, Sampler, SamplingRequest};
use xray_core::test_util::{CountingIds, DaemonStub, FixedIds, Request, Response};

const AGE: f64 = 310.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Normal,
    Down,
    Error500,
    Malformed,
    Truncated,
    Slow,
    Hangs,
    Closes,
}

fn mode(second: f64) -> Mode {
    match second as u32 {
        0..5 | 420..480 => Mode::Down,
        150..162 => Mode::Error500,
        200..212 => Mode::Malformed,
        245..257 => Mode::Truncated,
        290..302 => Mode::Slow,
        335..347 => Mode::Hangs,
        380..392 => Mode::Closes,
        _ => Mode::Normal,
    }
}

/// The rules as they are in X-Ray at a time, and when they were last changed.
fn rules(second: f64) -> (Vec<Value>, f64) {
    let rule = |name, priority, path, rate, reservoir| {
        json!({
            "RuleName": name, "Priority": priority, "URLPath": path, "FixedRate": rate,
            "ReservoirSize": reservoir,
        })
    };
    let mut rules = vec![
        rule("Default", 10_000, "*", 0.05, 1),
        rule("health", 1, "/health", 0.0, 0),
        rule("a", 10, "/a*", 0.1, 20),
    ];
    let changed = match second as u32 {
        0..130 => -50.0,
        130..500 => 130.0,
        _ => 500.0,
    };
    match second as u32 {
        0..130 => rules.push(rule("b", 20, "/b*", 0.5, 5)),
        130..500 => {
            rules.push(rule("b", 20, "/b*", 0.25, 5));
            rules.push(rule("c", 5, "/c", 0.3, 3));
            rules.push(rule("ab", 10, "/ab", 0.9, 1));
        }
        _ => rules.push(rule("b", 3, "/b*", 0.25, 5)),
    }
    (rules, changed)
}

/// What holds for a rule, as X-Ray says in answer to a report at a time.
fn target(rule: &str, second: f64) -> (f64, u32, f64) {
    let turn = (second / 10.0) as u32;
    let rate = [0.1, 0.2, 0.05][turn as usize % 3];
    match rule {
        "health" => (0.0, 0, second + 15.0),
        "a" => (rate, 3 + turn % 4, second + 12.0),
        _ => (rate, turn % 3, second + 15.5),
    }
}

/// What has reached the sampler.
enum Delivered {
    Rules(Vec<Value>),
    Target(String, f64, u32, f64),
}

/// Requests, sampled and borrowed.
type Counts = [u64; 3];

#[derive(Default)]
struct World {
    second: f64,
    delivered: Vec<Delivered>,
    accepted: HashMap<String, Counts>,
    met: BTreeMap<Mode, u32>,
}

impl World {
    fn answer(&mut self, request: &Request) -> Response {
        let now = self.second;
        *self.met.entry(mode(now)).or_default() += 1;
        let whole = "{\"SamplingRuleRecords\":[],\"SamplingTargetDocuments\":[]}";
        match mode(now) {
            Mode::Normal | Mode::Down => {}
            Mode::Error500 => return Response::status(500).body("{}"),
            Mode::Malformed => return Response::json("{\"SamplingTargetDocuments\": [}"),
            Mode::Truncated => return Response::truncated(whole),
            Mode::Slow => return Response::json(whole).delay(Duration::from_millis(400)),
            Mode::Hangs => return Response::hang(),
            Mode::Closes => return Response::close(),
        }
        let (rules, changed) = rules(now);
        if request.path == "/GetSamplingRules" {
            let records: Vec<_> = rules.iter().map(record).collect();
            self.delivered.push(Delivered::Rules(rules));
            return Response::json(json!({ "SamplingRuleRecords": records }).to_string());
        }
        let (mut targets, mut unprocessed) = (Vec::new(), Vec::new());
        let report = request.json();
        for statistics in report["SamplingStatisticsDocuments"].as_array().unwrap() {
            let rule = statistics["RuleName"].as_str().unwrap();
            if rule == "b" && (540.0..560.0).contains(&now) {
                unprocessed.push(json!({ "RuleName": "b", "ErrorCode": "500", "Message": "" }));
                continue;
            }
            let accepted = self.accepted.entry(rule.to_owned()).or_default();
            let keys = ["RequestCount", "SampledCount", "BorrowCount"];
            for (sum, key) in accepted.iter_mut().zip(keys) {
                *sum += statistics[key].as_u64().unwrap();
            }
            let (rate, quota, ttl) = target(rule, now);
            self.delivered
                .push(Delivered::Target(rule.to_owned(), rate, quota, ttl));
            targets.push(json!({
                "RuleName": rule, "FixedRate": rate, "ReservoirQuota": quota,
                "ReservoirQuotaTTL": at(ttl).as_secs_f64(), "Interval": 10,
            }));
        }
        let answer = json!({
            "SamplingTargetDocuments": targets, "UnprocessedStatistics": unprocessed,
            "LastRuleModification": at(changed).as_secs_f64(),
        });
        Response::json(answer.to_string()).chunked()
    }
}

/// The sampler as the documentation has it.
#[derive(Default)]
struct Oracle {
    rules: Vec<OracleRule>,
    fetched: Option<f64>,
    totals: HashMap<String, Counts>,
    fallback: u64,
}

struct OracleRule {
    definition: Value,
    rate: f64,
    quota: Option<(u32, f64)>,
    /// Taken and borrowed in which second.
    taken: (i64, u32),
    borrowed: Option<i64>,
}

impl OracleRule {
    fn new(definition: Value) -> Self {
        Self {
            rate: definition["FixedRate"].as_f64().unwrap(),
            definition,
            quota: None,
            taken: (-1, 0),
            borrowed: None,
        }
    }

    fn name(&self) -> &str {
        self.definition["RuleName"].as_str().unwrap()
    }

    fn applies(&self, path: &str) -> bool {
        let pattern = self.definition["URLPath"].as_str().unwrap();
        match pattern.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == pattern,
        }
    }
}

impl Oracle {
    fn take_in(&mut self, delivered: Delivered, second: f64) {
        match delivered {
            Delivered::Rules(rules) => {
                self.fetched = Some(second);
                let mut old = std::mem::take(&mut self.rules);
                for definition in rules {
                    let known = old
                        .iter()
                        .position(|r| r.definition["RuleName"] == definition["RuleName"]);
                    let mut rule = OracleRule::new(definition);
                    if let Some(known) = known.map(|at| old.swap_remove(at)) {
                        if known.definition == rule.definition {
                            rule.rate = known.rate;
                        }
                        (rule.quota, rule.taken, rule.borrowed) =
                            (known.quota, known.taken, known.borrowed);
                    }
                    self.rules.push(rule);
                }
                self.rules.sort_by_key(|r| {
                    let priority = r.definition["Priority"].as_i64().unwrap();
                    (priority, r.name().to_owned())
                });
            }
            Delivered::Target(name, rate, quota, ttl) => {
                if let Some(rule) = self.rules.iter_mut().find(|r| r.name() == name) {
                    (rule.rate, rule.quota) = (rate, Some((quota, ttl)));
                }
            }
        }
    }

    /// Whether it is sampled, and by which rule.
    fn decide(&mut self, path: &str, second: f64, chance: f64) -> (bool, String) {
        let fresh = self.fetched.is_some_and(|fetched| second <= fetched + AGE);
        let Some(rule) = self.rules.iter_mut().find(|r| fresh && r.applies(path)) else {
            self.fallback += 1;
            return (false, "fallback".to_owned());
        };
        let whole = second.floor() as i64;
        let name = rule.name().to_owned();
        let counts = self.totals.entry(name.clone()).or_default();
        counts[0] += 1;
        let valid = rule.quota.filter(|(_, ttl)| whole <= ttl.floor() as i64);
        let sampled = if let Some((quota, _)) = valid {
            if rule.taken.0 != whole {
                rule.taken = (whole, 0);
            }
            let free = rule.taken.1 < quota;
            rule.taken.1 += u32::from(free);
            free
        } else if rule.definition["ReservoirSize"] != 0 && rule.borrowed != Some(whole) {
            rule.borrowed = Some(whole);
            counts[2] += 1;
            return (true, name);
        } else {
            false
        };
        let sampled = sampled || chance < rule.rate;
        counts[1] += u64::from(sampled);
        (sampled, name)
    }
}

/// A number from 0 to 1, different for each request and the same in every run.
fn fraction(n: u64) -> f64 {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (n << 7);
    (mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / (1u64 << 24) as f64
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap()
}

#[test]
fn ten_minutes_are_as_the_oracle_says() {
    let world = Arc::new(Mutex::new(World::default()));
    let address = free_address(71);
    let mut daemon = None;
    let source = DaemonSource::new(Endpoint::Ip(address)).timeout(Duration::from_millis(200));
    let sampler = CentralSampler::builder(source)
        .fallback(Fallback)
        .rules_age(Duration::from_secs_f64(AGE))
        .ids(CountingIds::spread())
        .build();
    let mut oracle = Oracle::default();
    let mut due = at(0.0);
    let mut sampled = 0;

    for n in 0..600_u32 * 30 {
        let second = f64::from(n) / 30.0;
        if due <= at(second) {
            // The daemon is there or not, and its connections go with it.
            match mode(second) {
                Mode::Down => daemon = None,
                _ => {
                    daemon.get_or_insert_with(|| {
                        let stub = DaemonStub::on(address).unwrap();
                        let world = world.clone();
                        stub.on_request(move |request| lock(&world).answer(request));
                        stub
                    });
                }
            }
            lock(&world).second = second;
            due = sampler.poll(at(second));
            for delivered in lock(&world).delivered.drain(..) {
                oracle.take_in(delivered, second);
            }
        }
        let paths = ["/a", "/ab", "/b/1", "/c", "/health", "/d", "/a/b"];
        let path = paths[(fraction(n.into()) * paths.len() as f64) as usize];
        let chance = fraction(u64::from(n) + 1_000_000);
        let bits = Chance::of(FixedIds::fractions([chance]));
        let mut request = SamplingRequest::at("service", at(second), &bits);
        request.path = Some(path);
        let decision = sampler.decide(&request);
        let expected = oracle.decide(path, second, chance);
        let decided = (
            decision.sampled,
            decision.rule.as_deref().unwrap_or("").to_owned(),
        );
        assert_eq!(
            decided, expected,
            "{path} in second {second}, chance {chance}"
        );
        sampled += u32::from(decision.sampled);
    }

    sampler.report(at(600.0));
    let world = lock(&world);
    for rule in ["a", "b", "Default", "health"] {
        assert_eq!(world.accepted[rule], oracle.totals[rule], "{rule}");
    }
    // It was a day with everything in it.
    let stats = sampler.stats();
    assert_eq!(stats.fallback, oracle.fallback);
    assert!(stats.fallback > 30 * 20, "rules were missing, and too old");
    assert!(stats.failures > 10, "{stats:?}");
    assert!(stats.fetches >= 3, "{stats:?}");
    let mut met = world.met.clone();
    met.remove(&Mode::Normal);
    assert_eq!(met.len(), 6, "{met:?}");
    assert!(
        world.accepted.contains_key("c"),
        "the rule that came and went"
    );
    assert!(!stats.rules.iter().any(|rule| &*rule.name == "c"));
    assert!(sampled > 2_000, "{sampled}");
}
