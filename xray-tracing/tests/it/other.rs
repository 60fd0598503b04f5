//! Formats of others.

use crate::support::{Log, id, unsampled};
use std::fmt;
use std::sync::{Arc, Mutex};
use tracing::{Event, Subscriber, info};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use xray_tracing::TraceIdFormat;

/// Writes this, and fails or not.
#[derive(Clone, Copy)]
struct Says(&'static str, fmt::Result);

impl<S: Subscriber, N> FormatEvent<S, N> for Says
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        _: &Event<'_>,
    ) -> fmt::Result {
        // As a serialiser does: in pieces.
        for piece in self.0.split_inclusive(['{', ',', '"', ' ']) {
            writer.write_str(piece)?;
        }
        self.1
    }
}

/// Remembers what came back.
struct Told<F>(F, Arc<Mutex<Vec<fmt::Result>>>);

impl<S, N, F: FormatEvent<S, N>> FormatEvent<S, N> for Told<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let result = self.0.format_event(context, writer, event);
        self.1.lock().unwrap().push(result);
        result
    }
}

#[test]
fn c68_an_error_of_the_format_is_passed_on() {
    let segment = unsampled();
    for form in [TraceIdFormat::text, TraceIdFormat::json] {
        for result in [Ok(()), Err(fmt::Error)] {
            let told = Arc::default();
            let format = Told(form(Says("{\"half", result)), Arc::clone(&told));
            let builder = tracing_subscriber::fmt().log_internal_errors(false);
            let builder = builder.event_format(format);
            let text = Log::of(
                |log| builder.with_writer(log).finish(),
                || {
                    let _entered = segment.enter();
                    info!("paid");
                },
            );
            assert_eq!(*told.lock().unwrap(), [result]);
            // Half a line is not written.
            assert_eq!(text.is_empty(), result.is_err(), "{text}");
        }
    }
}

#[test]
fn c68_what_is_no_object_is_left_as_it_is() {
    let segment = unsampled();
    let member = format!("\"AWS-XRAY-TRACE-ID\":\"{}\"", id!(segment));
    for (says, expected) in [
        ("paid {\"order\": 7}\n", "paid {\"order\": 7}\n".to_owned()),
        ("[{\"order\": 7}]\n", "[{\"order\": 7}]\n".to_owned()),
        ("\"{}\"", "\"{}\"".to_owned()),
        ("", String::new()),
        ("{}\n", format!("{{{member}}}\n")),
        (" { }\n", format!(" {{ {member}}}\n")),
        (
            "{\n \"order\": 7\n}\n",
            format!("{{\n {member},\"order\": 7\n}}\n"),
        ),
    ] {
        let builder = tracing_subscriber::fmt();
        let builder = builder.event_format(TraceIdFormat::json(Says(says, Ok(()))));
        let text = Log::of(
            |log| builder.with_writer(log).finish(),
            || {
                let _entered = segment.enter();
                info!("paid");
            },
        );
        assert_eq!(text, expected);
    }
}
