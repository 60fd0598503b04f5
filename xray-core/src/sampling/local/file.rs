//! Reading a rules file.
//!
//! The official SDKs agree on the keys and on little of the checking (Go takes a missing `rate` for
//! an error, Java a missing version for 1, only Node minds unknown keys). What is an error here is a
//! file that one of them refuses for good reason; unknown keys of a rule are let be.

use super::{Flaw, LocalRule, LocalSampler};
use crate::sampling::counts::Counts;
use crate::sampling::rule::Matcher;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

pub(super) fn read(text: &str) -> Result<LocalSampler, Flaw> {
    let file: Value = serde_json::from_str(text).map_err(Flaw::Json)?;
    rules(&file).map_err(Flaw::Content)
}

fn rules(file: &Value) -> Result<LocalSampler, String> {
    let file = file.as_object().ok_or("expected an object")?;
    let version = match file.get("version") {
        None => return Err("missing `version`: expected 1 or 2".to_owned()),
        Some(version) => match version.as_u64() {
            Some(version @ (1 | 2)) => version,
            _ => return Err(format!("`version` is {version}: expected 1 or 2")),
        },
    };
    let rules = match file.get("rules") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(rules)) => rules,
        Some(_) => return Err("`rules`: expected an array".to_owned()),
    };
    let rules = (1..)
        .zip(rules)
        .map(|(n, value)| rule(version, n, value).map_err(|flaw| format!("rule {n}: {flaw}")))
        .collect::<Result<Vec<_>, _>>()?;
    let (matchers, rules): (Vec<_>, Vec<_>) = rules.into_iter().unzip();
    Ok(LocalSampler {
        matchers: matchers.into_iter().collect(),
        rules: rules.into(),
        default: default(file.get("default")).map_err(|flaw| format!("`default`: {flaw}"))?,
    })
}

fn default(value: Option<&Value>) -> Result<LocalRule, String> {
    let default = value.ok_or("missing: expected `fixed_target` and `rate`")?;
    let default = default.as_object().ok_or("expected an object")?;
    let known = |key: &&String| matches!(key.as_str(), "fixed_target" | "rate");
    if let Some(key) = default.keys().find(|key| !known(key)) {
        return Err(format!(
            "`{key}` is not allowed: expected `fixed_target` and `rate` alone"
        ));
    }
    local("default", default)
}

fn rule(version: u64, place: usize, value: &Value) -> Result<(Matcher, LocalRule), String> {
    let rule = value.as_object().ok_or("expected an object")?;
    // Version 1 says `service_name` and means the `Host` header as well.
    let (host, other) = match version {
        1 => ("service_name", "host"),
        _ => ("host", "service_name"),
    };
    if rule.contains_key(other) {
        return Err(format!(
            "`{other}` is not of version {version}: expected `{host}`"
        ));
    }
    let matcher = Matcher::local(
        text(rule, host)?,
        text(rule, "http_method")?,
        text(rule, "url_path")?,
    );
    let name = match rule.get("description") {
        None => format!("rule {place}"),
        Some(_) => text(rule, "description")?.to_owned(),
    };
    Ok((matcher, local(&name, rule)?))
}

fn local(name: &str, of: &Object) -> Result<LocalRule, String> {
    Ok(LocalRule {
        fixed_target: fixed_target(of)?,
        rate: rate(of)?,
        counts: Counts::new(name),
    })
}

fn get<'a>(of: &'a Object, key: &str) -> Result<&'a Value, String> {
    of.get(key).ok_or_else(|| format!("missing `{key}`"))
}

fn text<'a>(of: &'a Object, key: &str) -> Result<&'a str, String> {
    let value = get(of, key)?;
    let text = value.as_str();
    text.ok_or_else(|| format!("`{key}` is {value}: expected a string"))
}

fn fixed_target(of: &Object) -> Result<u32, String> {
    let value = get(of, "fixed_target")?;
    let whole = value.as_u64().and_then(|n| u32::try_from(n).ok());
    whole.ok_or_else(|| {
        format!("`fixed_target` is {value}: expected a whole number of requests per second")
    })
}

fn rate(of: &Object) -> Result<f64, String> {
    let value = get(of, "rate")?;
    let rate = value.as_f64().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| format!("`rate` is {value}: expected a number from 0 to 1"))
}
