//! What the environment says, applied to a builder: the environment wins over code, as in every
//! official SDK.

use super::builder::RecorderBuilder;
use super::choice::Choice;
use super::error::InitError;
use super::missing::ContextMissing;
use super::naming::Naming;
use crate::address::DaemonAddress;
use crate::env::{self, Env};
use crate::metrics::{Agent, Metrics, To};
use crate::report::{TARGET, shielded};
#[cfg(feature = "adaptive-config")]
use crate::sampling::Adaptive;
use crate::sampling::{Always, LocalSampler, Never};
use std::time::Duration;

/// Applies every variable; one that is not understood leaves its setting as it is and is told of.
pub(super) fn apply(builder: &mut RecorderBuilder, env: &Env) {
    let mut read = Reader {
        env,
        problems: Vec::new(),
    };
    if let Some(name) = env.get(env::TRACING_NAME) {
        builder.service = name.to_owned();
        builder.naming = Some(Naming::fixed(name));
    }
    if let Some(version) = env.get(env::SERVICE_VERSION) {
        builder.version = Some(version.to_owned());
    }
    let address = |text: &str| DaemonAddress::parse(text).ok();
    const ADDRESS: &str = "`host:port`, or `tcp:host:port udp:host:port`";
    if let Some(address) = read.with(env::DAEMON_ADDRESS, ADDRESS, address) {
        builder.daemon = Some(address);
    }
    const MISSING: &str = "`LOG_ERROR`, `IGNORE_ERROR` or `RUNTIME_ERROR`";
    if let Some(strategy) = read.with(env::CONTEXT_MISSING, MISSING, context_missing) {
        builder.context_missing = strategy;
    }
    apply_switches(builder, &mut read);
    apply_numbers(builder, &mut read);
    apply_sampler(builder, &mut read);
    apply_adaptive(builder, &mut read);
    apply_metrics(builder, &mut read);
    apply_plugins(builder, &mut read);
    builder.on_lambda = env.get(env::LAMBDA_TASK_ROOT).is_some();
    builder.problems.append(&mut read.problems);
}

struct Reader<'a> {
    env: &'a Env,
    problems: Vec<InitError>,
}

impl Reader<'_> {
    fn with<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.env.get(name)?;
        let value = parse(text);
        if value.is_none() {
            self.problems.push(InitError::invalid(name, text, expected));
        }
        value
    }
}

fn apply_sampler(builder: &mut RecorderBuilder, read: &mut Reader<'_>) {
    const SAMPLER: &str = "`central`, `local:<file>`, `always` or `never`";
    let choice = |text: &str| match &*text.to_ascii_lowercase() {
        "central" => Some(Ok(Choice::Central)),
        "always" => Some(Ok(Choice::Given(Box::new(Always)))),
        "never" => Some(Ok(Choice::Given(Box::new(Never)))),
        lower if lower.starts_with("local:") => {
            let rules = LocalSampler::from_file(text["local:".len()..].trim());
            Some(rules.map(|rules| Choice::Given(Box::new(rules))))
        }
        _ => None,
    };
    match read.with(env::SAMPLER, SAMPLER, choice) {
        Some(Ok(choice)) => builder.sampler = choice,
        Some(Err(rules)) => read.problems.push(InitError::Rules(rules)),
        None => {}
    }
}

fn apply_plugins(builder: &mut RecorderBuilder, read: &mut Reader<'_>) {
    const PLUGINS: &str = "`all`, `none`, or some of `beanstalk`, `eks`, `ecs`, `ec2`, each with a `-` to leave it out";
    let mut plugins = builder.plugins.clone();
    let choose = |text: &str| plugins.choose(text).then_some(());
    read.with(env::PLUGINS, PLUGINS, choose);
    if let Some(allowed) = read.with(env::IMDS_V1, "`true` or `false`", switch) {
        plugins = plugins.imds_v1(allowed);
    }
    plugins.env = Some(read.env.clone());
    builder.plugins = plugins;
}

/// Whoever configures what an anomaly is wants anomalies captured, too.
#[cfg(feature = "adaptive-config")]
fn apply_adaptive(builder: &mut RecorderBuilder, read: &mut Reader<'_>) {
    const CONFIG: &str =
        "the configuration of adaptive sampling as YAML, or the path of a file with it";
    let config = |text: &str| {
        let parse = || Adaptive::from_setting(text);
        let report = |error| {
            shielded(|| log::error!(target: TARGET, "{}: {error}", env::ADAPTIVE_SAMPLING_CONFIG));
        };
        Some((parse().map_err(report).ok()?, parse().ok()?))
    };
    if let Some((boost, capture)) = read.with(env::ADAPTIVE_SAMPLING_CONFIG, CONFIG, config) {
        builder.adaptive = boost;
        builder.capture = Some(capture);
    }
}

#[cfg(not(feature = "adaptive-config"))]
fn apply_adaptive(_: &mut RecorderBuilder, read: &mut Reader<'_>) {
    if read.env.get(env::ADAPTIVE_SAMPLING_CONFIG).is_some() {
        shielded(|| {
            log::warn!(
                target: TARGET,
                "{} is not read: it needs the feature `adaptive-config`",
                env::ADAPTIVE_SAMPLING_CONFIG
            )
        });
    }
}

fn context_missing(text: &str) -> Option<ContextMissing> {
    match &*text.to_ascii_uppercase() {
        "LOG_ERROR" => Some(ContextMissing::Log),
        "IGNORE_ERROR" => Some(ContextMissing::Ignore),
        "RUNTIME_ERROR" => {
            shielded(|| {
                log::warn!(
                    target: TARGET,
                    "AWS_XRAY_CONTEXT_MISSING=RUNTIME_ERROR acts as LOG_ERROR: \
                     an environment variable does not make a service panic"
                )
            });
            Some(ContextMissing::Log)
        }
        _ => None,
    }
}

/// The address alone switches nothing on: in Java's SDK, too, it is the code that asks for metrics.
fn apply_metrics(builder: &mut RecorderBuilder, read: &mut Reader<'_>) {
    enum Wanted {
        Off,
        Stdout,
        Agent,
    }
    let wanted = |text: &str| match &*text.to_ascii_lowercase() {
        "off" => Some(Wanted::Off),
        "stdout" => Some(Wanted::Stdout),
        "agent" => Some(Wanted::Agent),
        _ => None,
    };
    let wanted = read.with(env::METRICS, "`off`, `stdout` or `agent`", wanted);
    let some = |text: &str| Agent::parse(text).map(|agent| agent.to_string());
    let address = read.with(env::METRICS_DAEMON_ADDRESS, Agent::EXPECTED, some);
    let name = |text: &str| Metrics::is_namespace(text).then(|| text.to_owned());
    let namespace = read.with(env::METRICS_NAMESPACE, Metrics::NAMESPACES, name);
    let number = |text: &str| text.parse::<usize>().ok();
    let operations = read.with(env::METRICS_OPERATIONS, "a whole number", number);
    let task_stats = read.with(env::METRICS_TASK_STATS, SWITCH, switch);
    let set = builder.metrics.take();
    let mut metrics = match wanted {
        None => set,
        Some(Wanted::Off) => None,
        Some(Wanted::Stdout) => Some(Metrics {
            to: To::Stdout,
            ..set.unwrap_or_else(Metrics::to_stdout)
        }),
        Some(Wanted::Agent) => match set {
            // The code may know the address.
            Some(set) if matches!(set.to, To::Agent(_)) => Some(set),
            Some(set) => Some(Metrics {
                to: Metrics::to_agent().to,
                ..set
            }),
            None => Some(Metrics::to_agent()),
        },
    };
    if let Some(metrics) = &mut metrics {
        if let (To::Agent(at), Some(address)) = (&mut metrics.to, address) {
            *at = address;
        }
        metrics.namespace = namespace.unwrap_or_else(|| std::mem::take(&mut metrics.namespace));
        metrics.operations = operations.unwrap_or(metrics.operations);
        metrics.task_stats = task_stats.unwrap_or(metrics.task_stats);
        metrics.task_uri = read.env.get(env::ECS_METADATA_V4).map(str::to_owned);
    }
    builder.metrics = metrics;
}

/// What code has said that cannot be.
pub(super) fn check_metrics(builder: &mut RecorderBuilder) {
    let Some(metrics) = &mut builder.metrics else {
        return;
    };
    if !Metrics::is_namespace(&metrics.namespace) {
        let name = std::mem::replace(&mut metrics.namespace, Metrics::to_stdout().namespace);
        let problem = InitError::invalid("metrics namespace", &name, Metrics::NAMESPACES);
        builder.problems.push(problem);
    }
    if let To::Agent(address) = &mut metrics.to {
        if Agent::parse(address).is_none() {
            let problem = InitError::invalid("agent's address", address, Agent::EXPECTED);
            builder.problems.push(problem);
            *address = Agent::default().to_string();
        }
    }
}

/// The words of Python's SDK, in any case.
const SWITCH: &str = "`true` or `false`";

fn switch(text: &str) -> Option<bool> {
    match &*text.to_ascii_lowercase() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Whichever of the kill switches says no is obeyed.
fn apply_switches(builder: &mut RecorderBuilder, read: &mut Reader<'_>) {
    let enabled = read.with(env::SDK_ENABLED, SWITCH, switch);
    let disabled = read.with(env::SDK_DISABLED, SWITCH, switch);
    let tracing = read.with(env::TRACING_ENABLED, SWITCH, switch);
    builder.disabled_by = [
        (env::SDK_ENABLED, enabled == Some(false)),
        (env::SDK_DISABLED, disabled == Some(true)),
        (env::TRACING_ENABLED, tracing == Some(false)),
    ]
    .into_iter()
    .find_map(|(name, no)| no.then_some(name));
    builder.enabled = builder.disabled_by.is_none() && enabled.unwrap_or(builder.enabled);
}

fn apply_numbers(builder: &mut RecorderBuilder, read: &mut Reader<'_>) {
    let whole = |text: &str| text.parse::<u32>().ok();
    if let Some(count) = read.with(env::STREAMING_THRESHOLD, "a whole number", whole) {
        builder.streaming.count = count;
    }
    let some = |text: &str| text.parse::<usize>().ok().filter(|&n| n > 0);
    if let Some(traces) = read.with(env::QUEUE, "a whole number above 0", some) {
        builder.queue = Some(traces);
    }
    let limit = |text: &str| {
        text.parse()
            .ok()
            .filter(|n| super::builder::SIZES.contains(n))
    };
    if let Some(bytes) = read.with(env::SIZE_LIMIT, super::builder::SIZES_TEXT, limit) {
        builder.limit = bytes;
    }
    if let Some(bytes) = read.with(env::MEMORY_BUDGET, "a number of bytes above 0", some) {
        builder.budget = bytes;
    }
    let seconds = |text: &str| {
        let seconds = text.parse::<f64>().ok()?;
        let positive = seconds > 0.0;
        positive.then(|| Duration::try_from_secs_f64(seconds).ok())?
    };
    if let Some(after) = read.with(env::IN_PROGRESS_AFTER, "seconds above 0", seconds) {
        builder.in_progress = Some(after);
    }
}
