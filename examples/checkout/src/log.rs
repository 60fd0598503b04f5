//! The log: lines of JSON, each with the request that it belongs to.

use tracing::Level;
use xray::tracing::TraceIdFormat;

/// From now on, to stdout. The SDK's own messages come here, too, through the `log` crate.
pub(crate) fn start() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(Level::INFO)
        .map_event_format(TraceIdFormat::json)
        .init();
}
