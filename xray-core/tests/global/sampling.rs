//! What central sampling says, and how seldom.

use crate::{alone, log};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use xray_core::sampling::{
    CentralSampler, Chance, Report, Rule, RulePage, RuleSource, RuleSourceError, Sampler,
    SamplingRequest, Targets,
};
use xray_core::test_util::FixedIds;

/// Answers or not.
#[derive(Clone, Default)]
struct Switch(Arc<AtomicBool>);

impl Switch {
    fn answer<T>(&self, answer: T) -> Result<T, RuleSourceError> {
        let there = self.0.load(Relaxed);
        there.then_some(answer).ok_or(RuleSourceError::new("away"))
    }
}

impl RuleSource for Switch {
    fn get_rules(&self, _: Option<&str>) -> Result<RulePage, RuleSourceError> {
        self.answer(RulePage::new(vec![Rule::new("Default")]))
    }

    fn get_targets(&self, _: &Report) -> Result<Targets, RuleSourceError> {
        self.answer(Targets::default())
    }

    fn describe(&self) -> String {
        "the daemon".to_owned()
    }
}

/// A minute of calls and requests.
fn minute(sampler: &CentralSampler, from: u64) -> Vec<String> {
    let chance = Chance::of(FixedIds::fractions([0.9]));
    for second in from..from + 60 {
        let now = Duration::from_secs(second);
        sampler.poll(now);
        for _ in 0..10 {
            sampler.decide(&SamplingRequest::at("service", now, &chance));
        }
    }
    log::take()
}

/// All but debug messages.
fn loud(said: &[String]) -> Vec<&str> {
    let all = said.iter().map(String::as_str);
    all.filter(|line| !line.starts_with("DEBUG ")).collect()
}

#[test]
fn one_warning_while_the_daemon_is_away_and_one_message_when_it_is_back() {
    alone(
        "sampling::one_warning_while_the_daemon_is_away_and_one_message_when_it_is_back",
        &[],
        || {
            log::install();
            let switch = Switch::default();
            let sampler = CentralSampler::builder(switch.clone())
                .ids(FixedIds::new([0]))
                .build();
            let away = "WARN xray: no answer about sampling from the daemon: away; until there is \
                        one, the fallback decides";
            assert_eq!(loud(&minute(&sampler, 1_000)), [away]);
            assert!(loud(&minute(&sampler, 1_060)).is_empty());

            switch.0.store(true, Relaxed);
            let back = "INFO xray: the daemon answers again about sampling";
            assert_eq!(loud(&minute(&sampler, 1_120)), [back]);
            let said = minute(&sampler, 1_180);
            assert!(loud(&said).is_empty());
            let report = "DEBUG xray: sampling rule Default: 100 requests; sampled 0 within the \
                          quota of 0 per second, 0 at the rate 0.05, 10 borrowed";
            assert!(said.iter().any(|line| line == report), "{said:#?}");

            switch.0.store(false, Relaxed);
            let away = "WARN xray: no answer about sampling from the daemon: away; until there is \
                        one, the last known rules stay in use";
            assert_eq!(loud(&minute(&sampler, 1_240)), [away]);
        },
    );
}
