//! `deploy/rules.json` and the rules that `deploy/checkout.yaml` brings to X-Ray say the same: each request
//! of a corpus is decided alike by the file, read as a service does, and by the template's rules, as they
//! come back from X-Ray.

use crate::sampling_support::{Scripted, at, target};
use saphyr::{LoadableYamlNode, Yaml};
use std::fs;
use std::path::{Path, PathBuf};
use xray_core::sampling::{
    CentralSampler, Chance, LocalSampler, Rule, RuleStats, Sampler, SamplingRequest,
};
use xray_core::test_util::FixedIds;

/// What the template's parameter of this name says, where nobody says otherwise.
const SERVICE: &str = "checkout";

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .join(file)
}

fn local() -> LocalSampler {
    LocalSampler::from_file(deploy("rules.json")).unwrap()
}

/// The template's resources between its two marks.
fn template() -> Vec<Rule> {
    let text = fs::read_to_string(deploy("checkout.yaml")).unwrap();
    let (_, text) = text.split_once("  # BEGIN RULES\n").unwrap();
    let (text, _) = text.split_once("  # END RULES\n").unwrap();
    let yaml = Yaml::load_from_str(text).unwrap();
    let resources = yaml[0].as_mapping().unwrap();
    resources.values().map(rule).collect()
}

fn rule(resource: &Yaml<'_>) -> Rule {
    let get = |of: &Yaml<'_>, key: &str| of.as_mapping_get(key).unwrap().clone();
    assert_eq!(
        get(resource, "Type").as_str(),
        Some("AWS::XRay::SamplingRule")
    );
    let rule = get(&get(resource, "Properties"), "SamplingRule");
    let text = |key| get(&rule, key).as_str().unwrap().to_owned();
    let number = |key| {
        let value = get(&rule, key);
        let whole = value.as_integer().map(|n| n as f64);
        whole.or(value.as_floating_point()).unwrap()
    };
    let name = get(&get(&rule, "RuleName"), "Fn::Sub");
    let name = name.as_str().unwrap().strip_prefix("${AWS::StackName}-");
    let service = get(&get(&rule, "ServiceName"), "Ref");
    assert_eq!(service.as_str(), Some("ServiceName"));

    let mut made = Rule::new(name.unwrap());
    made.version = number("Version") as i64;
    made.priority = number("Priority") as i64;
    made.reservoir_size = number("ReservoirSize") as u32;
    made.fixed_rate = number("FixedRate");
    made.service_name = SERVICE.to_owned();
    made.service_type = text("ServiceType");
    made.host = text("Host");
    made.http_method = text("HTTPMethod");
    made.url_path = text("URLPath");
    made.resource_arn = text("ResourceARN");
    made
}

/// A service that is alone with these rules: X-Ray gives it the whole of each reservoir.
fn central(rules: Vec<Rule>) -> CentralSampler {
    let source = Scripted::new(rules.clone());
    source.script().targets.targets = rules
        .iter()
        .map(|r| target(&r.name, r.fixed_rate, r.reservoir_size, 3600.0))
        .collect();
    let sampler = source.sampler();
    sampler.poll(at(0.0));
    decide(&sampler, SERVICE, &CORPUS[0], 0.0, 0.0);
    sampler.poll(at(11.0));
    assert_eq!(sampler.stats().reports, 1);
    sampler
}

type Request = (Option<&'static str>, Option<&'static str>);

/// Method and path. What works on a queue has neither.
const CORPUS: [Request; 18] = [
    (Some("PUT"), Some("/cart/A-7")),
    (Some("GET"), Some("/health")),
    (Some("get"), Some("/HEALTH")),
    (Some("HEAD"), Some("/health")),
    (Some("POST"), Some("/health")),
    (Some("GET"), Some("/health/")),
    (Some("GET"), Some("/healthz")),
    (Some("POST"), Some("/checkout")),
    (Some("post"), Some("/Checkout")),
    (Some("POST"), Some("/checkout/7")),
    (Some("GET"), Some("/checkout")),
    (Some("POST"), Some("/")),
    (Some("GET"), Some("/")),
    (Some("GET"), Some("/cart/A-7")),
    (Some("GET"), Some("/archive/A-7")),
    (Some("DELETE"), Some("/cart/A-7")),
    (None, Some("/health")),
    (None, None),
];

fn decide(
    sampler: &impl Sampler,
    service: &str,
    (method, path): &Request,
    seconds: f64,
    fraction: f64,
) -> bool {
    let chance = Chance::of(FixedIds::fractions([fraction]));
    let mut request = SamplingRequest::at(service, at(seconds), &chance);
    request.host = Some("shop.example.com");
    request.method = *method;
    request.path = *path;
    request.origin = Some("AWS::ECS::Container");
    sampler.decide(&request).sampled
}

/// Requests and those of them that were sampled, by the name that the rule has in the template.
fn counts(rules: &[RuleStats]) -> Vec<(String, u64, u64)> {
    let one = |r: &RuleStats| (r.name.replace(' ', "-"), r.requests, r.sampled());
    rules.iter().map(one).collect()
}

#[test]
fn the_file_and_the_template_decide_alike() {
    let (local, central) = (local(), central(template()));
    let before = counts(&central.stats().rules);
    for second in 12..20 {
        for n in 0..40 {
            let fraction = f64::from(n) / 40.0;
            for request in &CORPUS {
                let decisions = [
                    decide(&local, SERVICE, request, f64::from(second), fraction),
                    decide(&central, SERVICE, request, f64::from(second), fraction),
                ];
                assert_eq!(decisions[0], decisions[1], "{request:?} {second} {fraction}");
            }
        }
    }
    let since: Vec<_> = counts(&central.stats().rules)
        .into_iter()
        .zip(before)
        .map(|((name, requests, sampled), old)| (name, requests - old.1, sampled - old.2))
        .collect();
    assert_eq!(since, counts(&local.stats()));
    // Every rule was asked about, or the corpus says nothing about it.
    assert!(since.iter().all(|(_, requests, _)| *requests > 0), "{since:?}");
}

#[test]
fn health_checks_are_not_recorded_writes_often_and_the_rest_once_a_second_and_a_twentieth() {
    let sampler = local();
    let sampled = |request: Request, second: f64| {
        let one = |n| decide(&sampler, SERVICE, &request, second, f64::from(n) / 1000.0);
        (0..1000).filter(|n| one(*n)).count()
    };
    assert_eq!(sampled((Some("GET"), Some("/health")), 1.0), 0);
    // 10 of each second, and half of the others, the lucky first of which are among the 10.
    assert_eq!(sampled((Some("POST"), Some("/checkout")), 2.0), 500);
    assert_eq!(sampled((Some("POST"), Some("/orders")), 3.0), 200);
    assert_eq!(sampled((Some("GET"), Some("/cart/A-7")), 4.0), 50);
    // Where nobody is lucky, the reservoirs are what is left.
    let unlucky = |request: Request, second: f64| {
        (0..1000)
            .filter(|_| decide(&sampler, SERVICE, &request, second, 0.999))
            .count()
    };
    assert_eq!(unlucky((Some("GET"), Some("/health")), 5.0), 0);
    assert_eq!(unlucky((Some("POST"), Some("/checkout")), 6.0), 10);
    assert_eq!(unlucky((Some("GET"), Some("/cart/A-7")), 7.0), 1);
}

#[test]
fn the_rules_of_the_template_concern_no_other_service() {
    let central = central(template());
    let before = counts(&central.stats().rules);
    for request in &CORPUS {
        decide(&central, "elsewhere", request, 12.0, 0.0);
    }
    assert_eq!(counts(&central.stats().rules), before);
    assert_eq!(central.stats().fallback, CORPUS.len() as u64);
}
