//! Sampling rules by signed calls.

use super::{LIMIT, worker};
use aws_sdk_xray::Client;
use aws_sdk_xray::error::{BuildError, DisplayErrorContext};
use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types::{
    SamplingBoostStatisticsDocument, SamplingRule, SamplingStatisticsDocument,
    SamplingTargetDocument, UnprocessedStatistics,
};
use aws_types::SdkConfig;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use xray_core::sampling::{
    Boost, RateBoost, Report, Rule, RulePage, RuleSource, RuleSourceError, Target, Targets,
    Unprocessed,
};

/// X-Ray's API as the source of sampling rules, without a daemon.
///
/// The credentials need `xray:GetSamplingRules` and `xray:GetSamplingTargets`.
pub struct ApiRuleSource {
    jobs: UnboundedSender<Job>,
    client: Client,
    region: String,
}

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

impl ApiRuleSource {
    /// With the credentials, the region and the HTTP client of a configuration.
    ///
    /// # Errors
    ///
    /// Where the system has no thread for it.
    pub fn new(config: &SdkConfig) -> io::Result<Self> {
        let (jobs, mut todo) = unbounded_channel::<Job>();
        worker::spawn("xray-api-rules", move || async move {
            // One at a time, as the sampler asks.
            while let Some(job) = todo.recv().await {
                job.await;
            }
        })?;
        let region = config.region().map(ToString::to_string);
        Ok(Self {
            jobs,
            client: super::client(config),
            region: region.unwrap_or_default(),
        })
    }

    /// Waits for a call, which gets on by itself.
    fn wait<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, RuleSourceError>> + Send + 'static,
    ) -> Result<T, RuleSourceError> {
        let (sender, answer) = sync_channel(1);
        let job = async move {
            // Who asked may have given up already.
            let _ = sender.try_send(call.await);
        };
        let asked = self.jobs.send(Box::pin(job));
        asked.map_err(|_| RuleSourceError::new("its thread has ended"))?;
        // The calls end by themselves; this is for a clock that was set, or a configuration's own limits.
        answer
            .recv_timeout(2 * LIMIT)
            .unwrap_or_else(|_| Err(RuleSourceError::new("no answer in time")))
    }
}

impl RuleSource for ApiRuleSource {
    fn get_rules(&self, next_token: Option<&str>) -> Result<RulePage, RuleSourceError> {
        let call = self.client.get_sampling_rules();
        let call = call.set_next_token(next_token.map(str::to_owned));
        self.wait(async move {
            let answer = call.send().await.map_err(|error| failed(&error))?;
            let records = answer.sampling_rule_records().iter();
            let rules = records.filter_map(|record| rule(record.sampling_rule()?));
            let token = answer.next_token().filter(|token| !token.is_empty());
            Ok(RulePage::new(rules.collect()).next_token(token.map(str::to_owned)))
        })
    }

    fn get_targets(&self, report: &Report) -> Result<Targets, RuleSourceError> {
        let call = self.client.get_sampling_targets();
        let statistics = statistics(report).map_err(RuleSourceError::new)?;
        let boosts = boosts(report).map_err(RuleSourceError::new)?;
        let call = call
            .set_sampling_statistics_documents(Some(statistics))
            .set_sampling_boost_statistics_documents((!boosts.is_empty()).then_some(boosts));
        self.wait(async move {
            let answer = call.send().await.map_err(|error| failed(&error))?;
            let mut targets = Targets::default();
            let documents = answer.sampling_target_documents().iter();
            targets.targets = documents.filter_map(target).collect();
            targets.last_rule_modification = answer.last_rule_modification().and_then(since_epoch);
            targets.unprocessed = unprocessed(answer.unprocessed_statistics());
            targets.unprocessed_boosts = unprocessed(answer.unprocessed_boost_statistics());
            Ok(targets)
        })
    }

    fn describe(&self) -> String {
        format!("the API of X-Ray in {}", self.region)
    }
}

impl fmt::Debug for ApiRuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ApiRuleSource");
        out.field("region", &self.region).finish_non_exhaustive()
    }
}

/// With its sources, which say what went wrong.
fn failed(error: &(impl std::error::Error + 'static)) -> RuleSourceError {
    RuleSourceError::new(DisplayErrorContext(error).to_string())
}

fn rule(from: &SamplingRule) -> Option<Rule> {
    let mut rule = Rule::new(from.rule_name()?);
    rule.version = from.version().into();
    rule.priority = from.priority().into();
    rule.fixed_rate = from.fixed_rate();
    rule.reservoir_size = u32::try_from(from.reservoir_size()).unwrap_or(0);
    for (pattern, given) in [
        (&mut rule.service_name, from.service_name()),
        (&mut rule.service_type, from.service_type()),
        (&mut rule.host, from.host()),
        (&mut rule.http_method, from.http_method()),
        (&mut rule.url_path, from.url_path()),
        (&mut rule.resource_arn, from.resource_arn()),
    ] {
        given.clone_into(pattern);
    }
    let attributes = from.attributes().into_iter().flatten();
    rule.attributes
        .extend(attributes.map(|(name, pattern)| (name.clone(), pattern.clone())));
    rule.boost = from.sampling_rate_boost().map(|boost| {
        let minutes = u64::try_from(boost.cooldown_window_minutes()).unwrap_or(0);
        RateBoost::new(boost.max_rate(), Duration::from_secs(minutes * 60))
    });
    Some(rule)
}

fn target(from: &SamplingTargetDocument) -> Option<Target> {
    let mut target = Target::new(from.rule_name()?);
    target.fixed_rate = Some(from.fixed_rate());
    target.quota = from
        .reservoir_quota()
        .and_then(|quota| quota.try_into().ok());
    target.quota_ttl = from.reservoir_quota_ttl().and_then(since_epoch);
    let seconds = from.interval().and_then(|seconds| seconds.try_into().ok());
    target.interval = seconds.map(Duration::from_secs);
    target.boost = from.sampling_boost().and_then(|boost| {
        let until = since_epoch(boost.boost_rate_ttl())?;
        Some(Boost::new(boost.boost_rate(), until))
    });
    Some(target)
}

fn unprocessed(all: &[UnprocessedStatistics]) -> Vec<Unprocessed> {
    let entry = |entry: &UnprocessedStatistics| {
        let message = entry.message().unwrap_or_default();
        Some(Unprocessed::new(
            entry.rule_name()?,
            entry.error_code()?,
            message,
        ))
    };
    all.iter().filter_map(entry).collect()
}

fn statistics(report: &Report) -> Result<Vec<SamplingStatisticsDocument>, BuildError> {
    let timestamp = time(report);
    let documents = report.statistics.iter().map(|s| {
        SamplingStatisticsDocument::builder()
            .rule_name(&s.rule_name)
            .client_id(&report.client_id)
            .timestamp(timestamp)
            .request_count(number(s.request_count))
            .sampled_count(number(s.sampled_count))
            .borrow_count(number(s.borrow_count))
            .build()
    });
    documents.collect()
}

fn boosts(report: &Report) -> Result<Vec<SamplingBoostStatisticsDocument>, BuildError> {
    let timestamp = time(report);
    let documents = report.boosts.iter().map(|b| {
        SamplingBoostStatisticsDocument::builder()
            .rule_name(&b.rule_name)
            .service_name(&b.service_name)
            .timestamp(timestamp)
            .total_count(number(b.total_count))
            .anomaly_count(number(b.anomaly_count))
            .sampled_anomaly_count(number(b.sampled_anomaly_count))
            .build()
    });
    documents.collect()
}

/// More requests than the API has numbers for are as many as it has.
fn number(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn time(report: &Report) -> DateTime {
    DateTime::from_secs(i64::try_from(report.timestamp.as_secs()).unwrap_or(i64::MAX))
}

fn since_epoch(time: &DateTime) -> Option<Duration> {
    let seconds = u64::try_from(time.secs()).ok()?;
    Some(Duration::new(seconds, time.subsec_nanos()))
}
