//! A thousand hosts under one rule: together they sample what the rule's reservoir says.

use crate::sampling_support::{START, ask, at, rule};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use xray_core::IdSource;
use xray_core::sampling::{
    CentralSampler, Report, RulePage, RuleSource, RuleSourceError, Target, Targets,
};
use xray_core::test_util::CountingIds;

const HOSTS: usize = 1_000;
const RESERVOIR: u32 = 1_500;

/// What X-Ray does for a rule: hands its reservoir out to the hosts that report, by what they have
/// to do.
#[derive(Default)]
struct Service {
    /// Requests in the last report of each client, and when that was.
    clients: HashMap<String, (u64, Duration)>,
    /// The fraction of a quota that rounding has left over.
    left: f64,
}

impl Service {
    fn quota(&mut self, client: &str, requests: u64, now: Duration) -> u32 {
        self.clients.insert(client.to_owned(), (requests, now));
        let fresh = |(_, reported): &(u64, Duration)| now - *reported < Duration::from_secs(25);
        self.clients.retain(|_, client| fresh(client));
        let all: u64 = self.clients.values().map(|(requests, _)| requests).sum();
        let share = f64::from(RESERVOIR) * requests as f64 / all as f64 + self.left;
        let quota = share.floor();
        self.left = share - quota;
        quota as u32
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Service>>);

impl RuleSource for Shared {
    fn get_rules(&self, _: Option<&str>) -> Result<RulePage, RuleSourceError> {
        let mut rule = rule("Default", 1);
        (rule.fixed_rate, rule.reservoir_size) = (0.0, RESERVOIR);
        Ok(RulePage::new(vec![rule]))
    }

    fn get_targets(&self, report: &Report) -> Result<Targets, RuleSourceError> {
        let mut service = self.0.lock().unwrap();
        let mut answer = Targets::default();
        for statistics in &report.statistics {
            let requests = statistics.request_count;
            let mut target = Target::new(&*statistics.rule_name);
            target.fixed_rate = Some(0.0);
            target.quota = Some(service.quota(&report.client_id, requests, report.timestamp));
            target.quota_ttl = Some(report.timestamp + Duration::from_secs(20));
            target.interval = Some(Duration::from_secs(10));
            answer.targets.push(target);
        }
        Ok(answer)
    }
}

#[test]
fn a_thousand_hosts_share_the_reservoir() {
    let service = Shared::default();
    let hosts: Vec<CentralSampler> = (0..HOSTS)
        .map(|host| {
            let ids = CountingIds::spread();
            // Each host draws other numbers, and so has an id of its own.
            for _ in 0..host {
                ids.next();
            }
            CentralSampler::builder(service.clone()).ids(ids).build()
        })
        .collect();
    let mut due = vec![at(0.0); HOSTS];
    let mut sampled = Vec::new();
    for second in 0..80 {
        let now = at(f64::from(second));
        let mut this_second = 0;
        for (n, host) in hosts.iter().enumerate() {
            if due[n] <= now {
                due[n] = host.poll(now);
            }
            // Some hosts have three times as much to do as others; all have enough.
            for _ in 0..2 + 2 * (n % 3) {
                let (yes, _) = ask(host, "/", f64::from(second), 0.5);
                this_second += u32::from(yes);
            }
        }
        sampled.push(this_second);
    }
    // Before the first report each host borrows one per second.
    assert_eq!(sampled[5], 1_000);
    let steady = &sampled[50..];
    for (n, count) in steady.iter().enumerate() {
        let off = f64::from(*count) / f64::from(RESERVOIR) - 1.0;
        assert!(
            off.abs() <= 0.1,
            "{count} of {RESERVOIR} in second {}",
            START + 50 + n as u64
        );
    }
    let mean = steady.iter().sum::<u32>() / steady.len() as u32;
    assert!((1_450..=1_550).contains(&mean), "{mean}");
}
