//! A stand-in for the daemon: it answers the two calls about sampling as X-Ray would.

use serde_json::{Value, json};
use std::io;
use std::time::Duration;
use xray::test_util::{DaemonStub, ManualClock, Request, Response};

/// It cannot be reached in the first two seconds and from 35 s to 45 s. At 20 s somebody raises the
/// rate of a rule in the console.
pub(crate) fn start(clock: &ManualClock) -> io::Result<DaemonStub> {
    let (clock, start) = (clock.clone(), clock.now());
    let daemon = DaemonStub::new()?;
    daemon.on_request(move |request| {
        let changed = start + Duration::from_secs(20);
        match (clock.now() - start).as_secs() {
            0..2 | 35..45 => Response::close(),
            _ if request.path == "/GetSamplingRules" => rules(clock.now() >= changed),
            _ => targets(request, clock.now(), changed),
        }
    });
    Ok(daemon)
}

fn rules(changed: bool) -> Response {
    let rule = |name: &str, priority: u32, method: &str, path: &str, rate: f64, reservoir: u32| {
        json!({ "SamplingRule": {
            "RuleName": name, "Priority": priority, "Version": 1,
            "HTTPMethod": method, "URLPath": path, "FixedRate": rate, "ReservoirSize": reservoir,
            "Host": "*", "ServiceName": "*", "ServiceType": "*", "ResourceARN": "*", "Attributes": {},
        } })
    };
    let orders = if changed { 0.8 } else { 0.2 };
    let rules = [
        rule("health", 1, "GET", "/health", 0.0, 0),
        rule("orders", 2, "POST", "/orders*", orders, 50),
        rule("Default", 10_000, "*", "*", 0.05, 1),
    ];
    Response::json(json!({ "NextToken": null, "SamplingRuleRecords": rules }).to_string())
}

/// Two orders per second of the reservoir are this process's.
fn targets(request: &Request, now: Duration, changed: Duration) -> Response {
    let report = request.json();
    let reported = report["SamplingStatisticsDocuments"].as_array();
    let target = |statistics: &Value| {
        let rule = &statistics["RuleName"];
        let (rate, quota) = match rule.as_str() {
            Some("orders") if now >= changed => (0.8, 2),
            Some("orders") => (0.2, 2),
            Some("health") => (0.0, 0),
            _ => (0.05, 1),
        };
        json!({
            "RuleName": rule, "FixedRate": rate, "ReservoirQuota": quota, "Interval": 10,
            "ReservoirQuotaTTL": (now + Duration::from_secs(15)).as_secs(),
        })
    };
    let modified = if now >= changed {
        changed
    } else {
        Duration::ZERO
    };
    let answer = json!({
        "SamplingTargetDocuments": reported.into_iter().flatten().map(target).collect::<Vec<_>>(),
        "LastRuleModification": modified.as_secs(),
        "UnprocessedStatistics": [],
    });
    Response::json(answer.to_string())
}
