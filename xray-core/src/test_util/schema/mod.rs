//! Whether a document is one that X-Ray takes.

/// Checks a segment document; says what is wrong with it.
pub fn check(document: &str) -> Result<(), String> {
    serde_json::from_str::<serde_json::Value>(document)
        .map(drop)
        .map_err(|error| error.to_string())
}
