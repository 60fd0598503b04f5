//! The ids that join a line of a log with its trace.
//!
//! The form is that of the X-Ray SDK for Java (its listener for SLF4J writes
//! `AWS-XRAY-TRACE-ID: <trace id>@<entity id>`), by which the CloudWatch console finds the lines of a
//! trace: it looks for the trace id in the log groups that the documents name.

use crate::context;
use crate::handle::{Context, Place};
use crate::id::{SegmentId, TraceId};
use crate::json;
use std::fmt;
use std::ops::Deref;

/// 35 bytes of the trace, `@`, and 16 of the entity.
const LEN: usize = 52;

/// Where a line of a log belongs: `1-581cf771-a006649127e371903a2de979@70de5b6f19ff9a0a`, the trace and
/// the innermost segment or subsegment. Kept without a heap.
///
/// Requests that are not sampled have one, too: the lines of one request then join across services,
/// whether X-Ray has its trace or not.
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::{LogId, test_util::captured_sync};
///
/// let captured = captured_sync(|| {
///     let id = LogId::current()?;
///     Some((id.trace_id(), id.to_string()))
/// });
/// let (trace, text) = captured.output.unwrap();
/// assert_eq!(text.split_once('@').unwrap().0, trace.to_string());
///
/// // Where nothing is open there is none.
/// assert!(LogId::current().is_none());
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogId {
    trace: TraceId,
    id: SegmentId,
    sampled: bool,
    text: [u8; LEN],
}

impl LogId {
    /// The key that Java's SDK puts before it, and the name of a field that holds it.
    pub const KEY: &'static str = "AWS-XRAY-TRACE-ID";

    /// Of the current context of this thread or task; none where nothing is open, which is not told of.
    ///
    /// Costs no lock and no allocation.
    #[must_use]
    pub fn current() -> Option<Self> {
        context::with(|context| Self::at(&context.0))
    }

    /// Of some context, wherever the line is written.
    ///
    /// ```
    /// use xray_core::{Context, LogId};
    ///
    /// assert_eq!(LogId::of(&Context::default()), None);
    /// ```
    #[must_use]
    pub fn of(context: &Context) -> Option<Self> {
        Self::at(&context.0)
    }

    fn at(place: &Place) -> Option<Self> {
        let (trace, id, sampled) = match place {
            Place::Missing => return None,
            Place::Unsampled { trace, id, .. } => (*trace, *id, false),
            Place::Recording { trace, id, .. } => (trace.id, *id, true),
        };
        let mut text = [b'@'; LEN];
        text[..35].copy_from_slice(&trace.write());
        text[36..].copy_from_slice(&json::hex64(id));
        Some(Self {
            trace,
            id: SegmentId::from_u64(id)?,
            sampled,
            text,
        })
    }

    /// The trace.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.trace
    }

    /// The innermost segment or subsegment. In a trace that is not sampled it is in no document.
    #[must_use]
    pub fn id(&self) -> SegmentId {
        self.id
    }

    /// Whether the trace is recorded.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }
}

impl Deref for LogId {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// What stands before a line of a log: `AWS-XRAY-TRACE-ID: ` with a [`LogId`] and a blank, or nothing
/// at all where nothing is open.
///
/// For loggers of the `log` crate, whose formats are functions of one's own:
///
/// ```
/// use std::io::Write;
/// use xray_core::LogPrefix;
/// # let mut record = log::Record::builder();
/// # let record = record.level(log::Level::Info).args(format_args!("paid")).build();
///
/// // As `env_logger::Builder::format` and others take it.
/// let format = |out: &mut Vec<u8>, record: &log::Record<'_>| {
///     writeln!(out, "{} {}{}", record.level(), LogPrefix::current(), record.args())
/// };
/// # let mut out = Vec::new();
/// # format(&mut out, &record)?;
/// # assert_eq!(out, b"INFO paid\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPrefix(Option<LogId>);

impl LogPrefix {
    /// Of the current context of this thread or task.
    #[must_use]
    pub fn current() -> Self {
        Self(LogId::current())
    }

    /// Nothing for traces that are not recorded, as in Java's SDK.
    #[must_use]
    pub fn sampled_only(self) -> Self {
        Self(self.0.filter(LogId::is_sampled))
    }
}

impl From<Option<LogId>> for LogPrefix {
    fn from(id: Option<LogId>) -> Self {
        Self(id)
    }
}

impl fmt::Display for LogPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(id) = &self.0 else { return Ok(()) };
        f.write_str(LogId::KEY)?;
        f.write_str(": ")?;
        f.write_str(id)?;
        f.write_str(" ")
    }
}
