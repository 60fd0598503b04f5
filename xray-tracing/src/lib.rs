//! AWS X-Ray for tracing's logs: the trace id in each line.
//!
//! [`TraceIdFormat`] goes around any [`FormatEvent`](tracing_subscriber::fmt::FormatEvent) of
//! tracing-subscriber and adds where the event belongs. One line for text:
//!
//! ```
//! use xray_tracing::TraceIdFormat;
//! # use std::sync::{Arc, Mutex};
//! # #[derive(Clone, Default)]
//! # struct Log(Arc<Mutex<Vec<u8>>>);
//! # impl std::io::Write for Log {
//! #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
//! #         self.0.lock().unwrap().write(bytes)
//! #     }
//! #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
//! # }
//! # let log = Log::default();
//! # let writer = log.clone();
//!
//! let subscriber = tracing_subscriber::fmt()
//! #   .with_writer(move || writer.clone()).with_ansi(false).without_time()
//!     .map_event_format(TraceIdFormat::text)
//!     .finish();
//! # let lines = xray_core::test_util::captured_sync(|| {
//! # tracing::subscriber::with_default(subscriber, || {
//! tracing::info!("paid");
//! # }) });
//! # let text = String::from_utf8(log.0.lock().unwrap().clone())?;
//! // AWS-XRAY-TRACE-ID: 1-581cf771-a006649127e371903a2de979@70de5b6f19ff9a0a  INFO shop: paid
//! # assert!(text.starts_with("AWS-XRAY-TRACE-ID: 1-") && text.ends_with(": paid\n"), "{text}");
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```
//!
//! and one for JSON, as a first field of each object:
//!
//! ```
//! # use xray_tracing::TraceIdFormat;
//! let subscriber = tracing_subscriber::fmt()
//!     .json()
//!     .map_event_format(TraceIdFormat::json)
//!     .finish();
//! // {"AWS-XRAY-TRACE-ID":"1-581cf771-a006649127e371903a2de979@70de5b6f19ff9a0a","timestamp":…
//! # drop(subscriber);
//! ```
//!
//! It is the innermost segment or subsegment that is current where the event happens. No spans of
//! tracing's are needed for that, and none become subsegments. Where nothing is open the line is left
//! as it is, and nothing complains.
//!
//! # What finds the lines
//!
//! The X-Ray console shows the lines of a trace: it looks for the trace id in the log groups that the
//! documents of the trace name. In CloudWatch Logs Insights, over the log groups of all services, one
//! request's lines are
//!
//! ```text
//! fields @timestamp, @log, @message
//! | filter @message like "1-581cf771-a006649127e371903a2de979"
//! | sort @timestamp
//! ```
//!
//! and which traces have errors in their logs, where these are JSON, says
//!
//! ```text
//! filter level = "ERROR"
//! | parse `AWS-XRAY-TRACE-ID` "*@*" as trace, entity
//! | stats count() as errors by trace
//! | sort errors desc
//! ```
//!
//! Requests that are not sampled have their ids in the log, too, so that their lines join across
//! services although X-Ray has no trace of them. [`TraceIdFormat::sampled_only`] leaves them out.
//!
//! # The `log` crate
//!
//! Loggers whose format is a function of one's own write
//! [`LogPrefix::current()`](xray_core::LogPrefix) into it.

mod format;
mod member;

pub use format::TraceIdFormat;
