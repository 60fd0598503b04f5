//! The configuration that the AWS distributions of OpenTelemetry take for adaptive sampling.

use super::{Adaptive, Purpose};
use crate::observer::Ended;
use regex_lite::Regex;
use saphyr::{LoadableYamlNode, Yaml};
use std::path::Path;
use std::time::Duration;
use std::{fmt, fs};

impl Adaptive {
    /// From the value of `AWS_XRAY_ADAPTIVE_SAMPLING_CONFIG`: the path of a file, or the YAML itself.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or the first thing in the YAML that is not as it should be.
    pub fn from_setting(value: &str) -> Result<Self, InvalidAdaptiveConfig> {
        let path = Path::new(value.trim());
        if !value.contains('\n') && path.is_file() {
            let text = fs::read_to_string(path);
            let text = text.map_err(|e| InvalidAdaptiveConfig(format!("{}: {e}", path.display())));
            return Self::from_yaml(&text?);
        }
        Self::from_yaml(value)
    }

    /// From YAML.
    ///
    /// ```
    /// use xray_core::sampling::Adaptive;
    ///
    /// let adaptive = Adaptive::from_yaml(
    ///     r#"
    /// version: 1.0
    /// anomalyConditions:
    ///   - errorCodeRegex: "^5\\d\\d$"
    ///     operations: ["GET /orders"]
    ///     usage: both
    ///   - highLatencyMs: 300
    ///     usage: anomaly-trace-capture
    /// anomalyCaptureLimit:
    ///   anomalyTracesPerSecond: 2
    /// "#,
    /// )?;
    /// # Ok::<(), xray_core::sampling::InvalidAdaptiveConfig>(())
    /// ```
    ///
    /// Without conditions, faults are anomalies.
    ///
    /// # Errors
    ///
    /// The first thing that is not as it should be.
    pub fn from_yaml(text: &str) -> Result<Self, InvalidAdaptiveConfig> {
        let documents = Yaml::load_from_str(text);
        let documents = documents.map_err(|e| InvalidAdaptiveConfig(e.to_string()))?;
        let [document] = &*documents else {
            return Err(InvalidAdaptiveConfig("expected one document".to_owned()));
        };
        read(document).map_err(InvalidAdaptiveConfig)
    }
}

/// What makes a segment an anomaly: all that is said here holds.
#[derive(Debug)]
pub(super) struct Condition {
    status: Option<Regex>,
    /// Any of these; empty for all.
    operations: Vec<String>,
    latency: Option<Duration>,
    /// None for all.
    purpose: Option<Purpose>,
}

impl Condition {
    pub(super) fn holds(&self, ended: &Ended<'_>, purpose: Purpose) -> bool {
        let status = || match (&self.status, ended.status) {
            (Some(pattern), Some(status)) => pattern.is_match(&status.to_string()),
            (pattern, _) => pattern.is_none(),
        };
        let operation = || {
            let is = |operation| self.operations.iter().any(|one| one == operation);
            self.operations.is_empty() || ended.operation.is_some_and(is)
        };
        let latency = || {
            let took = ended.end.saturating_sub(ended.start);
            self.latency.is_none_or(|limit| took >= limit)
        };
        self.purpose.is_none_or(|only| only == purpose) && operation() && latency() && status()
    }
}

fn read(document: &Yaml<'_>) -> Result<Adaptive, String> {
    if document.as_mapping().is_none() {
        return Err("expected `version` and `anomalyConditions`".to_owned());
    }
    let version = document.as_mapping_get("version");
    if !version.is_some_and(is_version_1) {
        return Err("`version`: expected 1.0".to_owned());
    }
    let mut adaptive = Adaptive::new();
    if let Some(conditions) = given(document, "anomalyConditions") {
        let conditions = conditions
            .as_vec()
            .ok_or("`anomalyConditions`: expected a list")?;
        adaptive.conditions = (1..)
            .zip(conditions)
            .map(|(n, c)| condition(c).map_err(|flaw| format!("condition {n}: {flaw}")))
            .collect::<Result<_, _>>()?;
    }
    if let Some(limit) = given(document, "anomalyCaptureLimit") {
        adaptive.captures_per_second = limit
            .as_mapping_get("anomalyTracesPerSecond")
            .and_then(whole)
            .ok_or("`anomalyCaptureLimit`: expected `anomalyTracesPerSecond`, a whole number")?;
    }
    Ok(adaptive)
}

/// `1`, `1.0` or `1.x`, as a number or a string.
fn is_version_1(value: &Yaml<'_>) -> bool {
    let text = value.as_str().map(str::to_owned);
    let number = || value.as_floating_point().map(|n| n.to_string());
    let integer = || value.as_integer().map(|n| n.to_string());
    let text = text.or_else(number).or_else(integer).unwrap_or_default();
    text == "1" || text.starts_with("1.")
}

fn condition(value: &Yaml<'_>) -> Result<Condition, String> {
    let status = match given(value, "errorCodeRegex") {
        None => None,
        Some(pattern) => {
            let pattern = pattern
                .as_str()
                .ok_or("`errorCodeRegex`: expected a string")?;
            // The whole code, as Java's `matches`.
            let whole = Regex::new(&format!("^(?:{pattern})$"));
            Some(whole.map_err(|error| format!("`errorCodeRegex`: {error}"))?)
        }
    };
    let operations = match given(value, "operations") {
        None => Vec::new(),
        Some(list) => {
            let list = list.as_vec().map(Vec::as_slice).unwrap_or_default();
            let texts = list.iter().map(|one| one.as_str().map(str::to_owned));
            let texts = texts.collect::<Option<Vec<_>>>();
            texts
                .filter(|texts| !texts.is_empty())
                .ok_or("`operations`: expected a list of strings")?
        }
    };
    let latency = match given(value, "highLatencyMs") {
        None => None,
        Some(limit) => {
            let limit = whole(limit).ok_or("`highLatencyMs`: expected a whole number")?;
            Some(Duration::from_millis(limit.into()))
        }
    };
    if status.is_none() && latency.is_none() {
        return Err("expected `errorCodeRegex`, `highLatencyMs` or both".to_owned());
    }
    let purpose = match given(value, "usage").map(Yaml::as_str) {
        None | Some(Some("both")) => None,
        Some(Some("sampling-boost")) => Some(Purpose::Boost),
        Some(Some("anomaly-trace-capture")) => Some(Purpose::Capture),
        Some(_) => {
            return Err(
                "`usage`: expected `both`, `sampling-boost` or `anomaly-trace-capture`".to_owned(),
            );
        }
    };
    Ok(Condition {
        status,
        operations,
        latency,
        purpose,
    })
}

/// A key that has a value.
fn given<'a, 'input>(of: &'a Yaml<'input>, key: &str) -> Option<&'a Yaml<'input>> {
    of.as_mapping_get(key).filter(|value| !value.is_null())
}

fn whole(value: &Yaml<'_>) -> Option<u32> {
    value.as_integer().and_then(|n| n.try_into().ok())
}

/// A configuration of adaptive sampling that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAdaptiveConfig(String);

impl fmt::Display for InvalidAdaptiveConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid {}: {}", Adaptive::VARIABLE, self.0)
    }
}

impl std::error::Error for InvalidAdaptiveConfig {}
