//! What is written, and where to.

use super::out::{Agent, Out};
use super::table::NAMESPACE;
use std::fmt;
use std::io::Write;

/// Operations that are told apart, where nothing else is said.
const OPERATIONS: usize = 100;

/// Metrics of a service, written as lines in CloudWatch's Embedded Metric Format; see
/// [`RecorderBuilder::metrics`](crate::RecorderBuilder::metrics).
///
/// Every segment that ends is counted, sampled or not, so that an alarm sees every request. For each
/// minute there is one line for each operation (see
/// [`SegmentBuilder::operation`](crate::SegmentBuilder::operation); where nobody has said one, it is
/// the HTTP method), however many requests there were, and one line about the process:
///
/// | metric | unit | dimensions |
/// |---|---|---|
/// | `Requests`, `Errors`, `Faults`, `Throttles` | count | `Service`; `Service` and `Operation` |
/// | `Latency` | milliseconds | the same |
/// | `DocumentsEmitted`, `DocumentsDropped`, `DocumentsTruncated`, `ValuesDropped`, `MetricsDropped`, `OtherOperations` | count | `Service` |
/// | `TaskCpuUtilization`, `TaskMemoryUtilization` | per cent | `Service`; see [`task_stats`](Self::task_stats) |
///
/// Latency is given as up to 100 values with their counts, so that CloudWatch knows percentiles: each
/// is the mean of a bucket that is 1.6 % wide, or twice that as often as there would be more than 100.
/// Sum, smallest and largest are exact.
///
/// While recording is switched off nothing is counted: the kill switch is for all of the SDK. What
/// could not be written is counted in [`Stats::dropped_metrics`](crate::Stats::dropped_metrics).
///
/// ```
/// use std::io::{self, Write};
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
/// use xray_core::{Metrics, Recorder, sampling::Never};
///
/// /// Where they go, instead of to the standard output.
/// #[derive(Clone, Default)]
/// struct Lines(Arc<Mutex<Vec<u8>>>);
///
/// impl Write for Lines {
///     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
///         self.0.lock().unwrap().write(bytes)
///     }
///     fn flush(&mut self) -> io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let lines = Lines::default();
/// let recorder = Recorder::builder("shop")
///     .sampler(Never)
///     .metrics(Metrics::to_writer(lines.clone()))
///     .build()?;
///
/// recorder.segment("shop").operation("GET /orders/{id}").start().end();
/// let faulty = recorder.segment("shop").operation("GET /orders/{id}").start();
/// faulty.mark_fault();
/// faulty.end();
/// assert!(recorder.flush_metrics(Duration::from_secs(5)));
///
/// let lines = String::from_utf8(lines.0.lock().unwrap().clone())?;
/// let line = lines.lines().next().unwrap_or_default();
/// assert!(line.starts_with(r#"{"_aws":{"Timestamp":"#));
/// assert!(line.contains(
///     r#","CloudWatchMetrics":[{"Namespace":"XRay/Service","Dimensions":[["Service"],["Service","Operation"]],"#
/// ));
/// assert!(line.contains(
///     r#","Service":"shop","Operation":"GET /orders/{id}","Requests":2,"Errors":0,"Faults":1,"Throttles":0,"Latency":{"Values":["#
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "they are switched on by `RecorderBuilder::metrics`"]
pub struct Metrics {
    pub(crate) to: To,
    pub(crate) namespace: String,
    pub(crate) operations: usize,
    pub(crate) task_stats: bool,
    /// From the environment.
    pub(crate) task_uri: Option<String>,
}

pub(crate) enum To {
    Stdout,
    /// Where the address is as it was given: it is read when the recorder is built.
    Agent(String),
    Writer(Box<dyn Write + Send>),
}

impl Metrics {
    fn new(to: To) -> Self {
        Self {
            to,
            namespace: NAMESPACE.into(),
            operations: OPERATIONS,
            task_stats: false,
            task_uri: None,
        }
    }

    /// To the standard output, which Lambda and the log drivers of ECS take to CloudWatch Logs.
    ///
    /// It is the only thing that this SDK ever prints.
    pub fn to_stdout() -> Self {
        Self::new(To::Stdout)
    }

    /// To the CloudWatch agent, over UDP at 127.0.0.1:25888.
    pub fn to_agent() -> Self {
        Self::new(To::Agent(Agent::default().to_string()))
    }

    /// To the CloudWatch agent at another address: `host:port` or `udp:host:port`, or `tcp:host:port`.
    pub fn to_agent_at(address: impl Into<String>) -> Self {
        Self::new(To::Agent(address.into()))
    }

    /// To any writer, each line in one call, on a thread of its own: it may block.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self::new(To::Writer(Box::new(writer)))
    }

    /// What they are found under in CloudWatch; `XRay/Service` unless set.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// How many operations are told apart, of all services together; 100 unless set. Requests to
    /// others are counted as the operation `other`, and in `OtherOperations`.
    ///
    /// CloudWatch bills by the number of metrics, and names may come from outside: from methods and
    /// `Host` headers that nobody has thought of.
    pub fn operations(mut self, most: usize) -> Self {
        self.operations = most;
        self
    }

    /// Whether the use of processors and memory of the ECS task is asked for every minute, where the
    /// environment that the recorder is given says at which address (`ECS_CONTAINER_METADATA_URI_V4`).
    /// Off unless set.
    ///
    /// They are shares of the task's limits or, where it has none, of what its containers see.
    pub fn task_stats(mut self, wanted: bool) -> Self {
        self.task_stats = wanted;
        self
    }

    pub(crate) const NAMESPACES: &'static str =
        "up to 255 of `A-Z a-z 0-9 . - _ / # :` and blanks, not beginning with `AWS/` or `:`";

    /// Whether CloudWatch takes a namespace of this name.
    pub(crate) fn is_namespace(name: &str) -> bool {
        let taken = |c: char| c.is_ascii_alphanumeric() || ".-_/#: ".contains(c);
        (1..=255).contains(&name.len())
            && name.chars().all(taken)
            && !name.trim().is_empty()
            && !name.starts_with("AWS/")
            && !name.starts_with(':')
    }

    pub(super) fn describe(&self) -> String {
        match &self.to {
            To::Stdout => "the standard output".into(),
            To::Agent(address) => format!("the agent at {address}"),
            To::Writer(_) => "a writer".into(),
        }
    }
}

impl To {
    pub(super) fn open(self) -> Out {
        match self {
            Self::Stdout => Out::Stdout,
            Self::Agent(address) => Out::to_agent(Agent::parse(&address).unwrap_or_default()),
            Self::Writer(writer) => Out::Given(writer),
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("to", &self.describe())
            .field("namespace", &self.namespace)
            .field("operations", &self.operations)
            .finish_non_exhaustive()
    }
}
