//! One entity as one line.

use serde_json::{Map, Value};
use std::fmt::Write as _;

pub(super) fn line(entity: &Value) -> String {
    let mut out = word(&entity["name"]);
    for flag in ["error", "fault", "throttle"] {
        if entity[flag] == true {
            out += " ";
            out += flag;
        }
    }
    for key in ["user", "namespace"] {
        if let Some(value) = entity.get(key) {
            let _ = write!(out, " {key}={}", word(value));
        }
    }
    if let Some(http) = entity.get("http") {
        let (request, response) = (&http["request"], &http["response"]);
        let parts = [&request["method"], &request["url"], &response["status"]];
        let parts = parts.into_iter().filter(|part| !part.is_null()).map(word);
        let _ = write!(out, " http={}", parts.collect::<Vec<_>>().join(" "));
    }
    block(&mut out, "aws", entity, |key| key != "xray");
    block(&mut out, "annotations", entity, |_| true);
    metadata(&mut out, &entity["metadata"]);
    if let Some(cause) = entity.get("cause") {
        let _ = write!(out, " cause={}", causes(cause));
    }
    block(&mut out, "sql", entity, |_| true);
    if let Some(links) = entity.get("links").and_then(Value::as_array) {
        let _ = write!(out, " links={}", links.len());
    }
    if entity["in_progress"] == true {
        out += " in_progress";
    }
    out
}

/// A string as it is, anything else as JSON.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| json(value), str::to_owned)
}

/// With sorted keys, whether or not another crate has asked serde_json to keep their order.
fn json(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

fn block(out: &mut String, name: &str, entity: &Value, keep: impl Fn(&str) -> bool) {
    let Some(members) = entity.get(name).and_then(Value::as_object) else {
        return;
    };
    let mut fields: Vec<_> = fields("", members).collect();
    fields.retain(|(key, _)| keep(key));
    braced(out, name, fields);
}

fn metadata(out: &mut String, metadata: &Value) {
    let Some(namespaces) = metadata.as_object() else {
        return;
    };
    let mut all = Vec::new();
    for (namespace, value) in namespaces {
        match value.as_object() {
            Some(members) => all.extend(fields(&format!("{namespace}."), members)),
            None => all.push((namespace.clone(), json(value))),
        }
    }
    braced(out, "metadata", all);
}

fn fields(prefix: &str, members: &Map<String, Value>) -> impl Iterator<Item = (String, String)> {
    members
        .iter()
        .map(move |(key, value)| (format!("{prefix}{key}"), json(value)))
}

fn braced(out: &mut String, name: &str, mut fields: Vec<(String, String)>) {
    if fields.is_empty() {
        return;
    }
    fields.sort();
    let fields = fields.iter().map(|(key, value)| format!("{key}: {value}"));
    let _ = write!(out, " {name}={{{}}}", fields.collect::<Vec<_>>().join(", "));
}

/// Exceptions that none of the others names as its cause, each with the chain of its own causes.
fn causes(cause: &Value) -> String {
    if cause.is_string() {
        return "<ref>".to_owned();
    }
    let none = Vec::new();
    let exceptions = cause["exceptions"].as_array().unwrap_or(&none);
    let is_source = |of: &Value| exceptions.iter().any(|other| other["cause"] == of["id"]);
    let heads = exceptions.iter().filter(|exception| !is_source(exception));
    let heads: Vec<_> = heads.map(|head| chain(head, exceptions)).collect();
    if heads.is_empty() {
        return json(cause);
    }
    heads.join(", ")
}

fn chain(head: &Value, exceptions: &[Value]) -> String {
    let mut out = message(head);
    let mut last = head;
    // At most once through the list, should the ids form a ring.
    for _ in exceptions {
        let Some(id) = last.get("cause") else {
            break;
        };
        let next = exceptions.iter().find(|exception| exception["id"] == *id);
        out += " <- ";
        match next {
            Some(next) => {
                out += &message(next);
                last = next;
            }
            None => {
                out += "<ref>";
                break;
            }
        }
    }
    out
}

/// Without a message, its type.
fn message(exception: &Value) -> String {
    match (exception.get("message"), exception.get("type")) {
        (Some(message), _) => json(message),
        (None, Some(of_type)) => word(of_type),
        (None, None) => "?".to_owned(),
    }
}
