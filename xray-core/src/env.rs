//! The environment variables that configure this SDK, and a snapshot of them.

use std::collections::BTreeMap;
use std::fmt;

macro_rules! variables { ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
    $($(#[$doc])* pub(crate) const $name: &str = $value;)*
    /// All of them; a snapshot of the process's environment holds no others.
    pub(crate) const ALL: &[&str] = &[$($name),*];
} }

variables! {
    /// Where the daemon listens: `host:port`, or `tcp:host:port udp:host:port`.
    DAEMON_ADDRESS = "AWS_XRAY_DAEMON_ADDRESS";
    /// The service's name, whatever the code says.
    TRACING_NAME = "AWS_XRAY_TRACING_NAME";
    /// `LOG_ERROR`, `IGNORE_ERROR` or `RUNTIME_ERROR`.
    CONTEXT_MISSING = "AWS_XRAY_CONTEXT_MISSING";
    /// A kill switch: `false` records nothing.
    SDK_ENABLED = "AWS_XRAY_SDK_ENABLED";
    /// A kill switch, as Go's SDK reads it: `true` records nothing.
    SDK_DISABLED = "AWS_XRAY_SDK_DISABLED";
    /// A kill switch, as the Java agent reads it: `false` records nothing.
    TRACING_ENABLED = "AWS_XRAY_TRACING_ENABLED";
    /// `central`, `local:<file>`, `always` or `never`.
    SAMPLER = "AWS_XRAY_SAMPLER";
    /// What counts as an anomaly: YAML, or the path of a file with it.
    ADAPTIVE_SAMPLING_CONFIG = "AWS_XRAY_ADAPTIVE_SAMPLING_CONFIG";
    /// Ended subsegments that wait in an open segment.
    STREAMING_THRESHOLD = "AWS_XRAY_STREAMING_THRESHOLD";
    /// Seconds after which an open segment is reported.
    IN_PROGRESS_AFTER = "AWS_XRAY_IN_PROGRESS_AFTER";
    /// Traces that may wait for a thread which sends them.
    QUEUE = "AWS_XRAY_QUEUE";
    /// The largest datagram, in bytes.
    SIZE_LIMIT = "AWS_XRAY_SIZE_LIMIT";
    /// Bytes that open and queued data may take.
    MEMORY_BUDGET = "AWS_XRAY_MEMORY_BUDGET";
    /// The version that documents show.
    SERVICE_VERSION = "AWS_XRAY_SERVICE_VERSION";
    /// `off`, `stdout` or `agent`.
    METRICS = "AWS_XRAY_METRICS";
    /// Where the CloudWatch agent takes metrics: `host:port`, `udp:host:port` or `tcp:host:port`.
    METRICS_DAEMON_ADDRESS = "AWS_XRAY_METRICS_DAEMON_ADDRESS";
    /// What metrics are found under in CloudWatch.
    METRICS_NAMESPACE = "AWS_XRAY_METRICS_NAMESPACE";
    /// Operations that metrics tell apart.
    METRICS_OPERATIONS = "AWS_XRAY_METRICS_OPERATIONS";
    /// Whether the ECS task's use of processors and memory is among the metrics.
    METRICS_TASK_STATS = "AWS_XRAY_METRICS_TASK_STATS";
    /// `all`, `none`, or plugins by name.
    PLUGINS = "AWS_XRAY_PLUGINS";
    /// Whether EC2's metadata may be asked for without a token.
    IMDS_V1 = "AWS_XRAY_IMDS_V1";
    /// Where the service's log lines go.
    LOG_GROUP = "AWS_LOG_GROUP";
    /// The same, for several.
    LOG_GROUPS = "AWS_LOG_GROUPS";
    /// Set on ECS: what describes the container.
    ECS_METADATA_V4 = "ECS_CONTAINER_METADATA_URI_V4";
    /// The same, as older agents have it.
    ECS_METADATA_V3 = "ECS_CONTAINER_METADATA_URI";
    /// Set by AWS: `AWS_ECS_FARGATE`, …
    EXECUTION_ENV = "AWS_EXECUTION_ENV";
    /// Where EC2's metadata is, as the AWS SDKs read it.
    EC2_METADATA_ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    /// The same, as X-Ray's SDK for Java reads it.
    IMDS_ENDPOINT = "IMDS_ENDPOINT";
    /// Whether EC2's metadata must not be asked for.
    EC2_METADATA_DISABLED = "AWS_EC2_METADATA_DISABLED";
    /// Set in Kubernetes: the API.
    KUBERNETES_HOST = "KUBERNETES_SERVICE_HOST";
    /// Set in Kubernetes.
    KUBERNETES_PORT = "KUBERNETES_SERVICE_PORT";
    /// What the container or pod calls itself.
    HOSTNAME = "HOSTNAME";
    /// Set on AWS Lambda.
    LAMBDA_TASK_ROOT = "LAMBDA_TASK_ROOT";
}

/// A snapshot of environment variables.
///
/// ```
/// use xray_core::Env;
///
/// let env = Env::of([("AWS_XRAY_TRACING_NAME", "checkout")]);
/// assert_eq!(env.get("AWS_XRAY_TRACING_NAME"), Some("checkout"));
/// ```
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// What the process was started with, as far as it concerns this SDK. Values that are not
    /// Unicode count as unset.
    #[must_use]
    pub fn system() -> Self {
        let value = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        Self(ALL.iter().filter_map(value).collect())
    }

    /// These variables and no others.
    pub fn of<K: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pair = |(name, value): (K, V)| (name.into(), value.into());
        Self(variables.into_iter().map(pair).collect())
    }

    /// The value of a variable, without blanks around it; none where it is unset or blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: values are for their readers.
        f.debug_set().entries(self.0.keys()).finish()
    }
}
