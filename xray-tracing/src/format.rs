//! The wrapper.

use crate::member::{Member, quoted};
use std::borrow::Cow;
use std::fmt;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use xray_core::LogId;

/// Adds the trace id to what another format writes: see the [crate's documentation](crate).
///
/// What the other format returns is returned, an error, too.
#[derive(Clone, Debug)]
pub struct TraceIdFormat<F> {
    inner: F,
    form: Form,
    sampled_only: bool,
    /// All that stands before the id.
    before: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Json,
}

impl<F> TraceIdFormat<F> {
    /// Puts `AWS-XRAY-TRACE-ID: <trace id>@<entity id> ` before each event, without colours.
    ///
    /// Where an event takes several lines, it is the first that has it: before what is written nothing
    /// has to be kept, and the other format sees the writer as it is, colours included. For events of
    /// several lines that are to be found whole, JSON keeps them on one. A format that writes nothing
    /// of some events belongs outside of this, or the id stands in the log without them.
    #[must_use]
    pub fn text(inner: F) -> Self {
        Self::new(inner, Form::Text, Cow::Borrowed("AWS-XRAY-TRACE-ID: "))
    }

    /// Puts a member `"AWS-XRAY-TRACE-ID":"<trace id>@<entity id>"` first into each object.
    ///
    /// The other format writes through: nothing is kept or parsed. What does not begin as an object is
    /// left as it is, and so is a member of the same name that the event brings along. The format is
    /// told that colours are not wanted.
    ///
    /// ```
    /// use tracing_subscriber::fmt::format;
    /// use xray_tracing::TraceIdFormat;
    ///
    /// let format = TraceIdFormat::json(format().json().flatten_event(true)).key("trace");
    /// # let subscriber = tracing_subscriber::fmt().event_format(format);
    /// // {"trace":"1-581cf771-a006649127e371903a2de979@70de5b6f19ff9a0a","timestamp":…
    /// ```
    #[must_use]
    pub fn json(inner: F) -> Self {
        Self::new(inner, Form::Json, Cow::Borrowed("\"AWS-XRAY-TRACE-ID\":\""))
    }

    fn new(inner: F, form: Form, before: Cow<'static, str>) -> Self {
        Self {
            inner,
            form,
            sampled_only: false,
            before,
        }
    }

    /// What it is called, instead of `AWS-XRAY-TRACE-ID`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        let before = Cow::Owned(match self.form {
            Form::Text => format!("{key}: "),
            Form::Json => format!("{}:\"", quoted(key)),
        });
        Self { before, ..self }
    }

    /// Only events of traces that are recorded have it, as in Java's SDK; by default all do.
    #[must_use]
    pub fn sampled_only(self, sampled_only: bool) -> Self {
        Self {
            sampled_only,
            ..self
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for TraceIdFormat<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let id = LogId::current().filter(|id| id.is_sampled() || !self.sampled_only);
        let Some(id) = id else {
            return self.inner.format_event(context, writer, event);
        };
        match self.form {
            Form::Text => {
                for part in [&self.before, &*id, " "] {
                    writer.write_str(part)?;
                }
                self.inner.format_event(context, writer, event)
            }
            Form::Json => {
                let mut member = Member::new(&mut writer, [&self.before, &id, "\""]);
                self.inner
                    .format_event(context, Writer::new(&mut member), event)
            }
        }
    }
}
