//! Lines of the log.

use super::{Work, work};
use crate::logs;

/// Something of a few hundred nanoseconds.
const LINES: (u64, u64, u64) = (1024, 50, 0);

const TEXT: &str = "text line floor";
const JSON: &str = "json line floor";

/// Works of tracing-subscriber.
pub(super) const WORKS: &[Work] = &[
    work(TEXT, TEXT, LINES, logs::text_floor),
    work("text line, no context", TEXT, LINES, logs::text_no_context),
    work("text line, unsampled", TEXT, LINES, logs::text_unsampled),
    work("text line, recorded", TEXT, LINES, logs::text_recorded),
    work(JSON, JSON, LINES, logs::json_floor),
    work("json line, no context", JSON, LINES, logs::json_no_context),
    work("json line, unsampled", JSON, LINES, logs::json_unsampled),
    work("json line, recorded", JSON, LINES, logs::json_recorded),
];
