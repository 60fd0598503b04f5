//! Whether a document is one that X-Ray takes, and as this SDK means to write it.
//!
//! Two schemas: the official one, unchanged, which leaves much open, and ours, which is newer and
//! stricter. What neither can say (members twice, digits and order of times, size) is code.

#[cfg(test)]
mod tests;
mod text;

use crate::document::HEADER;
use crate::json::cut_chars;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::sync::OnceLock;

const OFFICIAL: &str = include_str!("../../../test-data/segment-document.schema.json");
const EXTENDED: &str = include_str!("../../../test-data/segment-document.extended.schema.json");

/// A datagram has at most 63 KiB: below 64 kB however that is read, and what the official SDK for
/// Java takes as its limit.
const LARGEST: usize = 63 * 1024 - HEADER.len();

/// Checks a segment document.
///
/// # Errors
///
/// Says what is wrong, and where.
pub fn check(document: &str) -> Result<(), String> {
    if document.len() > LARGEST {
        return Err(format!("{} bytes, more than {LARGEST}", document.len()));
    }
    let value: Value = serde_json::from_str(document).map_err(|error| error.to_string())?;
    text::check(document)?;
    in_order(&value)?;
    let schemas = schemas()?;
    apply(&schemas.official, "official schema", &value)?;
    if value.get("type").is_some() {
        // The root of the official schema is a segment; what it says of subsegments it says only
        // of those inside.
        apply(&schemas.official_subsegment, "official schema", &value)?;
    }
    apply(&schemas.extended, "extended schema", &value)
}

/// No entity ends before it starts.
fn in_order(entity: &Value) -> Result<(), String> {
    let (start, end) = (&entity["start_time"], &entity["end_time"]);
    if end.as_f64() < start.as_f64() && !end.is_null() {
        return Err(format!("starts at {start} and ends at {end}, before that"));
    }
    let children = entity["subsegments"].as_array();
    children.into_iter().flatten().try_for_each(in_order)
}

#[derive(Debug)]
struct Schemas {
    official: Validator,
    official_subsegment: Validator,
    extended: Validator,
}

fn schemas() -> Result<&'static Schemas, String> {
    static COMPILED: OnceLock<Result<Schemas, String>> = OnceLock::new();
    COMPILED.get_or_init(compile).as_ref().map_err(Clone::clone)
}

fn compile() -> Result<Schemas, String> {
    let parse = |text| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let (official, extended) = (parse(OFFICIAL)?, parse(EXTENDED)?);
    let subsegment = json!({
        "$schema": official["$schema"],
        "definitions": official["definitions"],
        "allOf": [{"$ref": "#/definitions/subsegment"}],
    });
    let compile = |schema| jsonschema::validator_for(schema).map_err(|error| error.to_string());
    Ok(Schemas {
        official: compile(&official)?,
        official_subsegment: compile(&subsegment)?,
        extended: compile(&extended)?,
    })
}

fn apply(validator: &Validator, name: &str, value: &Value) -> Result<(), String> {
    let errors = validator.iter_errors(value).take(3).map(|error| {
        let (place, rule) = (error.instance_path(), error.schema_path());
        let place = if place.is_empty() {
            "/"
        } else {
            place.as_str()
        };
        // A whole segment would hide what is wrong with it, and so would the pattern of names.
        let text = match &**error.instance() {
            Value::Object(_) | Value::Array(_) => error.masked().to_string(),
            _ => error.to_string(),
        };
        format!("{place}: {} ({rule})", cut_chars(&text, 300))
    });
    let errors: Vec<_> = errors.collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(format!("{name}: {}", errors.join("; ")))
}
