//! Segment documents as text for assertions ([`tree`]) and for people ([`timeline`]).

mod forest;
mod line;
#[cfg(test)]
mod tests;

use forest::Forest;
use std::fmt::Write as _;

/// One line per segment and subsegment, indented below its parent, siblings by start time.
///
/// After the name stands what was recorded, each only if present: `error`, `fault`, `throttle`,
/// `user=`, `namespace=`, `http=` (method, URL, status), `aws=` (without `xray`, which says what
/// the SDK is), `annotations=`, `metadata=`, `cause=` (the message, after each `<-` that of its
/// source; `<ref>` for the id of an exception that stands elsewhere), `sql=`, `links=` (how many),
/// `in_progress`. Neither ids nor times are written, so that the text is the same in each run.
///
/// Documents sent apart are put together as the service does: a subsegment sent alone below its
/// parent, or, when that is in none of the documents, at the left with `(parent unknown)`; the
/// segment of another service below the subsegment that called it, marked `(segment)`. What an
/// in-progress document said of an entity yields to a complete one.
#[must_use]
pub fn tree(documents: &[impl AsRef<str>]) -> String {
    let forest = Forest::new(documents);
    let mut out = String::new();
    forest.walk(|entity, depth, note| {
        let _ = writeln!(
            out,
            "{:1$}{2}{note}",
            "",
            depth * 2,
            line::line(entity.value)
        );
    });
    out
}

/// The [`tree`] with times: each trace below its id, and before each line when it began, in
/// milliseconds after the beginning of its trace, and how long it took.
#[must_use]
pub fn timeline(documents: &[impl AsRef<str>]) -> String {
    let forest = Forest::new(documents);
    let mut out = String::new();
    for trace in forest.traces() {
        let begin = forest.begin(trace);
        let title = if trace.is_empty() {
            "(no trace)"
        } else {
            trace
        };
        let _ = writeln!(out, "{title}");
        forest.walk_trace(trace, |entity, depth, note| {
            let offset = (entity.start() - begin) * 1e3;
            let duration = match entity.end() {
                Some(end) => format!("{:.3}", (end - entity.start()) * 1e3),
                None => "open".to_owned(),
            };
            let line = line::line(entity.value);
            let _ = writeln!(
                out,
                "{offset:>10.3} {duration:>10}  {:1$}{line}{note}",
                "",
                depth * 2
            );
        });
    }
    out
}
