//! What the ECS task uses of what it may use, from the metadata endpoint that the container has.
//!
//! `/task/stats` holds what Docker says of each container of the task, or `null`; `/task` the limits
//! of the task, where it has some. Nothing in either is relied on: what is not there is left out.

use super::table::{Metric, TASK_CPU_UTILIZATION, TASK_MEMORY_UTILIZATION};
use crate::address::{self, Endpoint};
use crate::report::Report;
use crate::sampling::http::Client;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// The endpoint is on the same host.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Task {
    client: Client,
    path: String,
    /// Processors, and bytes, that the task may use; asked for until there was an answer.
    limits: Option<(Option<f64>, Option<f64>)>,
    /// When it was asked last, and what each container had used by then, in nanoseconds.
    before: Option<(u64, HashMap<String, f64>)>,
    failures: Report,
}

impl Task {
    /// For the value of `ECS_CONTAINER_METADATA_URI_V4`.
    pub(super) fn new(uri: &str) -> Option<Self> {
        let rest = address::labelled(uri, "http://")?;
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let safe = |c: char| c.is_ascii_graphic();
        let endpoint = address::endpoint(host).or_else(|| address::endpoint(&format!("{host}:80")));
        let endpoint: Endpoint = endpoint.filter(|_| path.chars().all(safe))?;
        Some(Self {
            client: Client::new(endpoint, PATIENCE),
            path: path.trim_end_matches('/').to_owned(),
            limits: None,
            before: None,
            failures: Report::new(),
        })
    }

    /// In per cent; empty where nothing is known.
    pub(super) fn usage(&mut self, now: u64) -> Vec<(Metric, f64)> {
        match self.ask(now) {
            Ok(usage) => usage,
            Err(error) => {
                let what = "the task's use of processors and memory is not known";
                self.failures.say(format_args!("{what}: {error}"));
                Vec::new()
            }
        }
    }

    fn get(&mut self, path: &str) -> io::Result<Value> {
        let path = format!("{}{path}", self.path);
        let answer = self.client.get(&path)?;
        if answer.status != 200 {
            return Err(io::Error::other(format!("status {}", answer.status)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, "the answer is no JSON"))
    }

    fn ask(&mut self, now: u64) -> io::Result<Vec<(Metric, f64)>> {
        let stats = self.get("/task/stats")?;
        if self.limits.is_none() {
            if let Ok(task) = self.get("/task") {
                let limit = |name| positive(&task["Limits"][name]);
                const MIB: f64 = 1_048_576.0;
                self.limits = Some((limit("CPU"), limit("Memory").map(|mib| mib * MIB)));
            }
        }
        let (processors, memory) = self.limits.unwrap_or_default();
        let containers: Vec<(&String, &Value)> = match &stats {
            Value::Object(all) => all.iter().filter(|(_, c)| c.is_object()).collect(),
            _ => Vec::new(),
        };
        let busy = self.busy(now, &containers);
        let processors = processors.or_else(|| largest(&containers, "/cpu_stats/online_cpus"));
        let memory = memory.or_else(|| largest(&containers, "/memory_stats/limit"));
        let used: Option<f64> = containers.iter().map(|(_, c)| memory_of(c)).sum();
        let share = |used: Option<f64>, of: Option<f64>| Some(100.0 * used? / of?);
        let known = !containers.is_empty();
        let cpu = share(busy, processors).map(|share| (TASK_CPU_UTILIZATION, share));
        let memory = share(used, memory).map(|share| (TASK_MEMORY_UTILIZATION, share));
        let finite = |(_, share): &(Metric, f64)| known && share.is_finite() && *share >= 0.0;
        Ok([cpu, memory].into_iter().flatten().filter(finite).collect())
    }

    /// How many processors were busy for the task since the last time, or in the last second.
    fn busy(&mut self, now: u64, containers: &[(&String, &Value)]) -> Option<f64> {
        let total = |(id, c): &(&String, &Value)| {
            Some((
                (*id).clone(),
                number(c, "/cpu_stats/cpu_usage/total_usage")?,
            ))
        };
        let totals: HashMap<String, f64> = containers.iter().filter_map(total).collect();
        let before = self.before.replace((now, totals));
        let (_, totals) = self.before.as_ref()?;
        let each = containers.iter().filter_map(|&(id, container)| {
            let total = *totals.get(id)?;
            let then = before
                .as_ref()
                .and_then(|(at, all)| Some((*at, *all.get(id)?)));
            match then {
                Some((at, then)) if now > at => Some((total - then).max(0.0) / (now - at) as f64),
                _ => lately(container, total),
            }
        });
        let each: Vec<f64> = each.collect();
        (!each.is_empty()).then(|| each.iter().sum())
    }
}

/// The processors that a container has kept busy between the two readings that Docker gives.
fn lately(container: &Value, total: f64) -> Option<f64> {
    let used = total - number(container, "/precpu_stats/cpu_usage/total_usage")?;
    let system = number(container, "/cpu_stats/system_cpu_usage")?
        - number(container, "/precpu_stats/system_cpu_usage")?;
    let online = number(container, "/cpu_stats/online_cpus")?;
    (used >= 0.0 && system > 0.0).then(|| used / system * online)
}

/// Without what is only kept because nobody else needs the room.
fn memory_of(container: &Value) -> Option<f64> {
    let used = number(container, "/memory_stats/usage")?;
    let cache = number(container, "/memory_stats/stats/total_inactive_file")
        .or_else(|| number(container, "/memory_stats/stats/inactive_file"))
        .unwrap_or(0.0);
    Some((used - cache).max(0.0))
}

fn largest(containers: &[(&String, &Value)], pointer: &str) -> Option<f64> {
    let each = containers.iter().filter_map(|(_, c)| number(c, pointer));
    each.fold(None, |most: Option<f64>, n| {
        Some(most.map_or(n, |m| m.max(n)))
    })
    .filter(|&n| n > 0.0)
}

fn number(container: &Value, pointer: &str) -> Option<f64> {
    container.pointer(pointer)?.as_f64()
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|&n| n > 0.0)
}
