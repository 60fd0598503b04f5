//! A minute of traffic under rules that change, while the daemon goes away and comes back.
//!
//! Time is simulated, so the minute takes a moment and every run prints the same. A service would
//! call `start()` instead of `build()`, and have neither a clock nor a stand-in for the daemon.

mod daemon;

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use xray::sampling::{CentralSampler, CentralStats};
use xray::test_util::{CountingIds, ManualClock, MemoryEmitter};
use xray::{Endpoint, Recorder};

#[expect(clippy::print_stdout, reason = "what the example is for")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", minute()?);
    Ok(())
}

const SECOND: Duration = Duration::from_secs(1);

fn minute() -> Result<String, Box<dyn Error>> {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let daemon = daemon::start(&clock)?;
    let sampler = CentralSampler::for_daemon(Endpoint::Ip(daemon.tcp_addr()))
        .ids(CountingIds::spread())
        .build();
    let sampler = Arc::new(sampler);
    let recorder = Recorder::builder("shop")
        .sampler(sampler.clone())
        .emitter(MemoryEmitter::new())
        .clock(clock.clone())
        .ids(CountingIds::spread())
        .build()?;

    let mut out = String::new();
    let mut next_call = clock.now();
    let mut before = sampler.stats();
    for second in 0..60 {
        if next_call <= clock.now() {
            next_call = sampler.poll(clock.now());
        }
        for n in 0..20 {
            let (method, path) = match n {
                0 | 1 => ("GET", "/health"),
                2..6 => ("POST", "/orders"),
                _ => ("GET", "/products/17"),
            };
            let segment = recorder.segment("shop");
            segment
                .sampling(Some("shop.example.com"), method, path)
                .start()
                .end();
        }
        clock.advance(SECOND);
        if second % 10 == 9 {
            let now = sampler.stats();
            tell(&mut out, second + 1, &before, &now)?;
            before = now;
        }
    }
    Ok(out)
}

/// What ten seconds have brought, rule by rule.
fn tell(out: &mut String, until: u32, old: &CentralStats, new: &CentralStats) -> std::fmt::Result {
    writeln!(out, "{}..{until} s", until - 10)?;
    for rule in &new.rules {
        let before = old.rules.iter().find(|r| r.name == rule.name);
        let since = |now: u64, old: Option<u64>| now - old.unwrap_or(0);
        writeln!(
            out,
            "  {:8} {:3} requests: {:2} within the quota, {:2} at the rate of {:3} %, {:2} borrowed",
            rule.name,
            since(rule.requests, before.map(|r| r.requests)),
            since(rule.by_quota, before.map(|r| r.by_quota)),
            since(rule.by_rate, before.map(|r| r.by_rate)),
            (rule.fixed_rate * 100.0).round(),
            since(rule.borrowed, before.map(|r| r.borrowed)),
        )?;
    }
    if new.fallback > old.fallback {
        writeln!(out, "  fallback {:3} requests", new.fallback - old.fallback)?;
    }
    if new.fetches > old.fetches {
        writeln!(out, "  the rules were fetched")?;
    }
    match new.failures - old.failures {
        0 => Ok(()),
        n => writeln!(out, "  calls without an answer: {n}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_guide_shows_what_this_prints() {
        let guide = include_str!("../../../docs/guide/sampling.md");
        let printed = super::minute().unwrap();
        assert!(guide.contains(&printed), "{printed}");
    }
}
