//! Rules by way of the daemon, which signs the calls and sends them on.

use super::http::Client;
use super::{Report, RulePage, RuleSource, RuleSourceError, Targets, json};
use crate::address::Endpoint;
use crate::net::Answer;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The X-Ray daemon, or the CloudWatch agent, as the source of rules.
///
/// It speaks HTTP/1.1 to the daemon's TCP port over one connection that is kept. A host name is
/// resolved on the sampler's thread, and again for each new connection, so that a daemon may move.
#[derive(Debug)]
pub struct DaemonSource {
    endpoint: Endpoint,
    client: Mutex<Client>,
}

/// What one call may take. The Go daemon's own calls give up after two attempts of 2 s each.
const TIMEOUT: Duration = Duration::from_secs(5);

impl DaemonSource {
    /// The daemon that listens here.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            client: Mutex::new(Client::new(endpoint.clone(), TIMEOUT)),
            endpoint,
        }
    }

    /// How long one call may take in all; 5 s if not said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.client = Mutex::new(Client::new(self.endpoint.clone(), timeout));
        self
    }

    fn post(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, RuleSourceError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let Answer { status, body } = client.post(path, body).map_err(RuleSourceError::new)?;
        if status == 200 {
            return Ok(body);
        }
        let said = String::from_utf8_lossy(&body);
        let said = crate::json::cut(said.trim(), 200);
        let colon = if said.is_empty() { "" } else { ": " };
        Err(RuleSourceError::new(format!(
            "{path} was answered with status {status}{colon}{said}"
        )))
    }
}

impl RuleSource for DaemonSource {
    fn get_rules(&self, next_token: Option<&str>) -> Result<RulePage, RuleSourceError> {
        json::rules(&self.post("/GetSamplingRules", &json::rules_request(next_token))?)
    }

    fn get_targets(&self, report: &Report) -> Result<Targets, RuleSourceError> {
        // The path has no "Get".
        json::targets(&self.post("/SamplingTargets", &json::report(report))?)
    }

    fn describe(&self) -> String {
        self.endpoint.to_string()
    }
}
