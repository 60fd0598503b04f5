//! Sampling by rules in a file.

mod file;

use super::counts::{Counts, Reason, RuleStats};
use super::matchers::Matchers;
use super::{Sampler, SamplingDecision, SamplingRequest};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// Samples by the rules of a file, the format of which all X-Ray SDKs share (version 1 or 2).
///
/// The first rule that matches decides: so many requests of each second (`fixed_target`), and of
/// the others a share (`rate`). What no rule matches, `default` decides.
///
/// ```
/// use xray_core::sampling::LocalSampler;
///
/// let sampler = LocalSampler::from_json(
///     r#"{
///         "version": 2,
///         "rules": [
///             { "description": "health checks", "host": "*", "http_method": "GET",
///               "url_path": "/health", "fixed_target": 0, "rate": 0 }
///         ],
///         "default": { "fixed_target": 1, "rate": 0.05 }
///     }"#,
/// )?;
/// let names: Vec<_> = sampler.stats().into_iter().map(|rule| rule.name).collect();
/// assert_eq!(names, ["health checks".into(), "default".into()]);
/// # Ok::<(), xray_core::sampling::InvalidRules>(())
/// ```
///
/// As in the official SDKs its decisions name no rule: the name on a segment is that of a rule X-Ray
/// knows.
#[derive(Debug)]
pub struct LocalSampler {
    matchers: Matchers,
    /// One for each matcher.
    rules: Box<[LocalRule]>,
    default: LocalRule,
}

#[derive(Debug)]
struct LocalRule {
    fixed_target: u32,
    rate: f64,
    counts: Counts,
}

impl LocalSampler {
    /// From the text of a rules file.
    ///
    /// # Errors
    ///
    /// The first thing in it that is not as it should be.
    pub fn from_json(text: &str) -> Result<Self, InvalidRules> {
        file::read(text).map_err(|flaw| InvalidRules { file: None, flaw })
    }

    /// From a rules file.
    ///
    /// # Errors
    ///
    /// That it cannot be read, or the first thing in it that is not as it should be.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, InvalidRules> {
        let path = path.as_ref();
        let rules = fs::read_to_string(path).map_err(Flaw::Io);
        rules
            .and_then(|text| file::read(&text))
            .map_err(|flaw| InvalidRules {
                file: Some(path.into()),
                flaw,
            })
    }

    /// What each rule has decided so far, in the order of the file, `default` last.
    #[must_use]
    pub fn stats(&self) -> Vec<RuleStats> {
        let rules = self.rules.iter().chain([&self.default]);
        rules
            .map(|r| RuleStats::new(&r.counts, r.rate, Some(r.fixed_target)))
            .collect()
    }
}

impl Sampler for LocalSampler {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        let found = self.matchers.find(request);
        let rule = found.and_then(|at| self.rules.get(at));
        SamplingDecision::new(rule.unwrap_or(&self.default).decide(request))
    }

    fn describe(&self) -> String {
        format!("local ({} rules and a default)", self.rules.len())
    }
}

impl LocalRule {
    fn decide(&self, request: &SamplingRequest<'_>) -> bool {
        let lane = self.counts.lane();
        lane.request();
        let reason = if self
            .counts
            .taken
            .take(request.now().as_secs(), self.fixed_target)
        {
            Reason::Quota
        } else if request.random() < self.rate {
            Reason::Rate
        } else {
            return false;
        };
        lane.sampled(reason);
        true
    }
}

/// A rules file that cannot be used, and why.
#[derive(Debug)]
pub struct InvalidRules {
    file: Option<PathBuf>,
    flaw: Flaw,
}

#[derive(Debug)]
enum Flaw {
    Io(io::Error),
    Json(serde_json::Error),
    /// Where, and what is wrong there.
    Content(String),
}

impl fmt::Display for InvalidRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid sampling rules")?;
        if let Some(file) = &self.file {
            write!(f, " in {}", file.display())?;
        }
        match &self.flaw {
            Flaw::Io(error) => write!(f, ": {error}"),
            Flaw::Json(error) => write!(f, ": {error}"),
            Flaw::Content(what) => write!(f, ": {what}"),
        }
    }
}

impl std::error::Error for InvalidRules {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.flaw {
            Flaw::Io(error) => Some(error),
            Flaw::Json(error) => Some(error),
            Flaw::Content(_) => None,
        }
    }
}
