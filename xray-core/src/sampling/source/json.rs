//! The two calls as JSON (API reference, "GetSamplingRules" and "GetSamplingTargets").
//!
//! An answer that is not what it should be as a whole is an error. A single entry that is not is
//! left out, so that one odd rule does not cost the others.

use super::{Boost, Report, RulePage, RuleSourceError, Target, Targets, Unprocessed};
use crate::report::{TARGET, shielded};
use crate::sampling::rule::{RateBoost, Rule};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) fn rules_request(next_token: Option<&str>) -> Vec<u8> {
    json!({ "NextToken": next_token }).to_string().into_bytes()
}

pub(super) fn rules(body: &[u8]) -> Result<RulePage, RuleSourceError> {
    let body = parse(body)?;
    let records = body["SamplingRuleRecords"].as_array();
    let records = records
        .ok_or_else(|| RuleSourceError::new("the answer has no list `SamplingRuleRecords`"))?;
    let token = body["NextToken"].as_str().filter(|token| !token.is_empty());
    let rules = records
        .iter()
        .filter_map(|record| {
            let rule = rule(&record["SamplingRule"]);
            if rule.is_none() {
                shielded(|| log::debug!(target: TARGET, "a sampling rule cannot be read and is left out: {record}"));
            }
            rule
        })
        .collect();
    Ok(RulePage::new(rules).next_token(token.map(str::to_owned)))
}

fn rule(value: &Value) -> Option<Rule> {
    let mut rule = Rule::new(value["RuleName"].as_str()?);
    rule.version = value["Version"].as_i64()?;
    rule.fixed_rate = value["FixedRate"].as_f64()?;
    rule.reservoir_size = count(&value["ReservoirSize"])?;
    // The default rule is the last one, whatever its number.
    rule.priority = match &value["Priority"] {
        Value::Null if rule.is_default() => rule.priority,
        priority => priority.as_i64()?,
    };
    for (pattern, key) in [
        (&mut rule.service_name, "ServiceName"),
        (&mut rule.service_type, "ServiceType"),
        (&mut rule.host, "Host"),
        (&mut rule.http_method, "HTTPMethod"),
        (&mut rule.url_path, "URLPath"),
        (&mut rule.resource_arn, "ResourceARN"),
    ] {
        match &value[key] {
            Value::Null => {}
            text => text.as_str()?.clone_into(pattern),
        }
    }
    match &value["Attributes"] {
        Value::Null => {}
        attributes => {
            for (name, pattern) in attributes.as_object()? {
                let pattern = pattern.as_str()?.to_owned();
                rule.attributes.insert(name.clone(), pattern);
            }
        }
    }
    let boost = &value["SamplingRateBoost"];
    rule.boost = boost["MaxRate"].as_f64().map(|max_rate| {
        let minutes = boost["CooldownWindowMinutes"].as_u64().unwrap_or(0);
        RateBoost::new(max_rate, Duration::from_secs(minutes.saturating_mul(60)))
    });
    Some(rule)
}

pub(super) fn report(report: &Report) -> Vec<u8> {
    let timestamp = report.timestamp.as_secs();
    let statistics = report.statistics.iter().map(|s| {
        json!({
            "ClientID": report.client_id,
            "RuleName": s.rule_name,
            "Timestamp": timestamp,
            "RequestCount": s.request_count,
            "SampledCount": s.sampled_count,
            "BorrowCount": s.borrow_count,
        })
    });
    let mut body = json!({ "SamplingStatisticsDocuments": statistics.collect::<Vec<_>>() });
    if !report.boosts.is_empty() {
        let boosts = report.boosts.iter().map(|b| {
            json!({
                "RuleName": b.rule_name,
                "ServiceName": b.service_name,
                "Timestamp": timestamp,
                "TotalCount": b.total_count,
                "AnomalyCount": b.anomaly_count,
                "SampledAnomalyCount": b.sampled_anomaly_count,
            })
        });
        body["SamplingBoostStatisticsDocuments"] = boosts.collect();
    }
    body.to_string().into_bytes()
}

pub(super) fn targets(body: &[u8]) -> Result<Targets, RuleSourceError> {
    let body = parse(body)?;
    let documents = body["SamplingTargetDocuments"].as_array();
    let documents = documents
        .ok_or_else(|| RuleSourceError::new("the answer has no list `SamplingTargetDocuments`"))?;
    Ok(Targets {
        targets: documents.iter().filter_map(target).collect(),
        last_rule_modification: time(&body["LastRuleModification"]),
        unprocessed: unprocessed(&body["UnprocessedStatistics"]),
        unprocessed_boosts: unprocessed(&body["UnprocessedBoostStatistics"]),
    })
}

fn target(value: &Value) -> Option<Target> {
    let mut target = Target::new(value["RuleName"].as_str()?);
    target.fixed_rate = value["FixedRate"].as_f64();
    target.quota = count(&value["ReservoirQuota"]);
    target.quota_ttl = time(&value["ReservoirQuotaTTL"]);
    target.interval = value["Interval"].as_u64().map(Duration::from_secs);
    let boost = &value["SamplingBoost"];
    if let (Some(rate), Some(until)) = (boost["BoostRate"].as_f64(), time(&boost["BoostRateTTL"])) {
        target.boost = Some(Boost::new(rate, until));
    }
    Some(target)
}

fn unprocessed(value: &Value) -> Vec<Unprocessed> {
    let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let entry = |v: &Value| {
        let (name, code) = (v["RuleName"].as_str()?, v["ErrorCode"].as_str()?);
        Some(Unprocessed::new(name, code, text(&v["Message"])))
    };
    entries.iter().filter_map(entry).collect()
}

fn parse(body: &[u8]) -> Result<Value, RuleSourceError> {
    serde_json::from_slice(body).map_err(RuleSourceError::new)
}

/// A count per second; what is larger than anybody can serve is as good as the largest.
fn count(value: &Value) -> Option<u32> {
    value.as_u64().map(|n| u32::try_from(n).unwrap_or(u32::MAX))
}

/// Times are seconds since the epoch, with a fraction or without.
fn time(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}
