//! Log groups: where the console looks for the lines of a trace.

use super::aws::{self, Account};
use super::files::Files;
use crate::env::{self, Env};
use crate::json;
use serde_json::Value;

/// What the CloudWatch agent collects on this machine.
const AGENT: &str = "opt/aws/amazon-cloudwatch-agent/etc/log-config.json";
/// More would fill every document.
const MOST: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogGroup {
    name: String,
    arn: Option<String>,
}

impl LogGroup {
    /// A name as CloudWatch Logs takes it; others are of no use.
    pub(super) fn named(name: &str) -> Option<Self> {
        let of_name = |b: u8| b.is_ascii_alphanumeric() || b"_-/.#".contains(&b);
        let is_one = (1..=512).contains(&name.len()) && name.bytes().all(of_name);
        is_one.then(|| Self {
            name: name.to_owned(),
            arn: None,
        })
    }

    /// A name or an ARN. The latter may end in `:*`, which is not part of it.
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.trim_end_matches(":*").splitn(7, ':').collect();
        match parts[..] {
            ["arn", _, "logs", _, _, "log-group", name] => {
                Some(Self::named(name)?.within(&Account::of_arn(text)?))
            }
            _ => Self::named(text),
        }
    }

    pub(super) fn within(mut self, account: &Account) -> Self {
        let Account {
            partition,
            region,
            id,
        } = account;
        let name = &self.name;
        self.arn = Some(format!(
            "arn:{partition}:logs:{region}:{id}:log-group:{name}"
        ));
        self
    }
}

/// Those that the environment names, as names or ARNs.
pub(super) fn of_env(env: &Env) -> Vec<LogGroup> {
    let all = [env::LOG_GROUP, env::LOG_GROUPS].into_iter();
    let words = all.filter_map(|name| env.get(name));
    // Both separators are in use, and neither is in a name.
    let words = words.flat_map(|text| text.split([',', '&']));
    words.filter_map(|w| LogGroup::parse(w.trim())).collect()
}

/// Those that the CloudWatch agent collects on this machine.
pub(super) fn of_agent(files: &Files<'_>) -> Vec<LogGroup> {
    let config = files.read(AGENT).and_then(|bytes| aws::object(&bytes));
    let config = config.unwrap_or(Value::Null);
    let all = config.get("log_configs").and_then(Value::as_array);
    let names = all.into_iter().flatten();
    let names = names.filter_map(|entry| aws::text(entry, "log_group_name"));
    names.filter_map(LogGroup::named).take(MOST).collect()
}

/// The member `cloudwatch_logs` with a comma behind it; nothing where there are none. An account
/// makes ARNs of names.
pub(super) fn write(out: &mut Vec<u8>, groups: &[LogGroup], account: Option<&Account>) {
    let mut said: Vec<LogGroup> = Vec::new();
    for group in groups {
        let mut group = group.clone();
        if let (None, Some(account)) = (&group.arn, account) {
            group = group.within(account);
        }
        if said.len() < MOST && !said.contains(&group) {
            said.push(group);
        }
    }
    if said.is_empty() {
        return;
    }
    out.extend_from_slice(b"\"cloudwatch_logs\":[");
    for LogGroup { name, arn } in &said {
        out.extend_from_slice(b"{\"log_group\":");
        json::string(out, name);
        if let Some(arn) = arn {
            out.extend_from_slice(b",\"arn\":");
            json::string(out, arn);
        }
        out.extend_from_slice(b"},");
    }
    out.pop();
    out.extend_from_slice(b"],");
}
