//! Rule files, matching and quotas, by the vectors in `test-data/sampling`.

use crate::sampling_support::{Scripted, at, decide, record};
use serde_json::{Value, json};
use xray_core::sampling::{CentralSampler, DaemonSource, LocalSampler, Rule, Sampler};
use xray_core::test_util::{DaemonStub, FixedIds, Response};
use xray_core::{Endpoint, wildcard_match};

fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn c42_rule_files_are_taken_or_refused_with_a_reason() {
    let vectors = vectors(include_str!("../../test-data/sampling/rule-files.json"));
    assert!(vectors.len() > 40);
    for vector in vectors {
        let text = match vector["text"].as_str() {
            Some(text) => text.to_owned(),
            None => vector["file"].to_string(),
        };
        match (LocalSampler::from_json(&text), vector["error"].as_str()) {
            (Ok(_), None) => {}
            (Err(error), Some(expected)) => {
                let error = error.to_string();
                assert!(error.starts_with("invalid sampling rules: "), "{error}");
                assert!(error.contains(expected), "{}: {error}", vector["name"]);
            }
            (result, _) => panic!("{}: {result:?}", vector["name"]),
        }
    }
}

#[test]
fn c42_an_error_names_the_file() {
    let error = LocalSampler::from_file("/no/such/rules.json").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("invalid sampling rules in /no/such/rules.json: "),
        "{text}"
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn c42_local_rules_decide_in_the_order_of_the_file() {
    for vector in vectors(include_str!("../../test-data/sampling/local.json")) {
        let sampler = LocalSampler::from_json(&vector["file"].to_string()).unwrap();
        for request in vector["requests"].as_array().unwrap() {
            let asked =
                |sampler: &LocalSampler| sampler.stats().into_iter().map(|r| (r.name, r.requests));
            let before: Vec<_> = asked(&sampler).collect();
            let decision = decide(&sampler, request);
            let what = format!("{}: {request}", vector["name"]);
            assert_eq!(
                Some(decision.sampled),
                request["sampled"].as_bool(),
                "{what}"
            );
            assert_eq!(decision.rule, None, "{what}");
            let grown = asked(&sampler).zip(before).filter(|(now, old)| now != old);
            let names: Vec<_> = grown.map(|((name, _), _)| name.to_string()).collect();
            assert_eq!(names, [request["rule"].as_str().unwrap()], "{what}");
        }
    }
}

#[test]
fn c43_a_rule_matches_what_its_pattern_matches() {
    let vectors = vectors(include_str!("../../test-data/wildcard.json"));
    for vector in &vectors {
        let (pattern, text) = (
            vector["pattern"].as_str().unwrap(),
            vector["text"].as_str().unwrap(),
        );
        let mut rule = Rule::new("r");
        rule.url_path = pattern.to_owned();
        let sampler = Scripted::new([rule, Rule::new("Default")]).sampler();
        sampler.poll(at(0.0));
        let decision = decide(&sampler, &json!({ "path": text }));
        let expected = if wildcard_match(pattern, text) {
            "r"
        } else {
            "Default"
        };
        assert_eq!(decision.rule.as_deref(), Some(expected), "{pattern} {text}");
    }
}

/// A sampler whose daemon has these rules.
fn with_rules(rules: &Value) -> (CentralSampler, DaemonStub) {
    let daemon = DaemonStub::new().unwrap();
    let records: Vec<_> = rules.as_array().unwrap().iter().map(record).collect();
    let body = json!({ "NextToken": null, "SamplingRuleRecords": records }).to_string();
    daemon.on_request(move |_| Response::json(body.clone()));
    let source = DaemonSource::new(Endpoint::Ip(daemon.tcp_addr()));
    let sampler = CentralSampler::builder(source).build();
    sampler.poll(at(0.0));
    (sampler, daemon)
}

#[test]
fn c44_the_first_rule_that_matches_decides() {
    for vector in vectors(include_str!("../../test-data/sampling/matching.json")) {
        let (sampler, _daemon) = with_rules(&vector["rules"]);
        if let Some(order) = vector["order"].as_array() {
            let rules = sampler.stats().rules;
            let names: Vec<_> = rules.iter().map(|rule| &*rule.name).collect();
            assert_eq!(names, *order, "{}", vector["name"]);
        }
        for request in vector["requests"].as_array().unwrap() {
            let decision = decide(&sampler, request);
            let expected = request["rule"].as_str();
            assert_eq!(
                decision.rule.as_deref(),
                expected,
                "{}: {request}",
                vector["name"]
            );
        }
    }
}

/// C48 as well: the time to live is in seconds, and a quota of zero is one.
#[test]
fn c45_quota_borrow_and_chance() {
    for vector in vectors(include_str!("../../test-data/sampling/quota.json")) {
        let name = &vector["name"];
        let daemon = DaemonStub::new().unwrap();
        let rule = json!({
            "RuleName": "r", "Priority": 1, "FixedRate": vector["fixed_rate"], "ReservoirSize": vector["reservoir"],
        });
        let rules = json!({ "SamplingRuleRecords": [record(&rule)] }).to_string();
        let mut target = vector["target"].clone();
        let now = at(0.0).as_secs_f64();
        if target.is_object() {
            target["RuleName"] = "r".into();
            if let Some(ttl) = target["ReservoirQuotaTTL"].as_f64() {
                target["ReservoirQuotaTTL"] = (now + ttl).into();
            }
            if let Some(ttl) = target["SamplingBoost"]["BoostRateTTL"].as_f64() {
                target["SamplingBoost"]["BoostRateTTL"] = (now + ttl).into();
            }
        }
        let documents = if target.is_object() {
            vec![target]
        } else {
            vec![]
        };
        let targets = json!({ "SamplingTargetDocuments": documents }).to_string();
        daemon.on_request(move |request| {
            let rules_asked = request.path == "/GetSamplingRules";
            Response::json(if rules_asked { &*rules } else { &*targets })
        });
        let source = DaemonSource::new(Endpoint::Ip(daemon.tcp_addr()));
        let sampler = CentralSampler::builder(source)
            .ids(FixedIds::new([0]))
            .build();
        // The target comes with the answer to a report, which needs a request to report.
        sampler.poll(at(-20.0));
        decide(&sampler, &json!({ "at": -15 }));
        sampler.report(at(-10.0));
        let before = &sampler.stats().rules[0];
        for request in vector["requests"].as_array().unwrap() {
            let decision = decide(&sampler, request);
            assert_eq!(
                Some(decision.sampled),
                request["sampled"].as_bool(),
                "{name}: {request}"
            );
        }
        let after = &sampler.stats().rules[0];
        let counted = [
            after.requests - before.requests,
            after.by_quota + after.by_rate - before.by_quota - before.by_rate,
            after.borrowed - before.borrowed,
        ];
        assert_eq!(json!(counted), vector["counts"], "{name}");
    }
}

#[test]
fn descriptions_say_what_decides() {
    let (sampler, daemon) = with_rules(&json!([{ "RuleName": "Default" }]));
    let expected = format!(
        "central by {}, with built-in (1 per second and 5 %) as fallback",
        daemon.tcp_addr()
    );
    assert_eq!(sampler.describe(), expected);
    let local = r#"{"version":1,"default":{"fixed_target":1,"rate":0}}"#;
    let local = LocalSampler::from_json(local).unwrap();
    assert_eq!(local.describe(), "local (0 rules and a default)");
}

#[test]
fn c42_the_example_of_the_guide_is_a_rules_file() {
    let text = include_str!("../../../docs/guide/sampling-rules.json");
    let sampler = LocalSampler::from_json(text).unwrap();
    let health = json!({ "method": "GET", "path": "/health", "chance": 0 });
    assert!(!decide(&sampler, &health).sampled);
    let names: Vec<_> = sampler.stats().into_iter().map(|rule| rule.name).collect();
    assert_eq!(
        names,
        ["health checks".into(), "payments".into(), "default".into()]
    );
}
