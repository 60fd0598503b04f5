//! Lines in CloudWatch's Embedded Metric Format.

use super::counts::Totals;
use super::histogram::Histogram;
use super::operations::Operation;
use super::table::{
    ERRORS, FAULTS, LATENCY, Metric, OF_OPERATIONS, OF_PROCESS, OPERATION, OPERATIONS, REQUESTS,
    SERVICE, THROTTLES,
};
use crate::json;

/// Milliseconds of a minute.
const MINUTE: u64 = 60_000;

/// Writes lines, one at a time.
#[derive(Debug)]
pub(super) struct Lines {
    /// What all lines about operations have in common: the directive.
    of_operations: Vec<u8>,
    namespace: Box<str>,
    out: Vec<u8>,
}

impl Lines {
    pub(super) fn new(namespace: &str) -> Self {
        let mut of_operations = Vec::new();
        directive(
            &mut of_operations,
            namespace,
            OF_OPERATIONS,
            OPERATIONS.iter(),
        );
        Self {
            of_operations,
            namespace: namespace.into(),
            out: Vec::with_capacity(4096),
        }
    }

    /// What was counted of an operation in a minute.
    pub(super) fn operation(&mut self, minute: u64, operation: &Operation, t: &Totals) -> &[u8] {
        head(&mut self.out, minute);
        self.out.extend_from_slice(&self.of_operations);
        text(&mut self.out, SERVICE, &operation.service);
        text(&mut self.out, OPERATION, &operation.name);
        let sums = [
            (REQUESTS, t.requests),
            (ERRORS, t.errors),
            (FAULTS, t.faults),
            (THROTTLES, t.throttles),
        ];
        for (metric, sum) in sums {
            key(&mut self.out, metric.name);
            json::unsigned(&mut self.out, sum);
        }
        key(&mut self.out, LATENCY.name);
        distribution(&mut self.out, &t.latency);
        self.out.extend_from_slice(b"}\n");
        &self.out
    }

    /// What there is to say of the process.
    pub(super) fn process(
        &mut self,
        minute: u64,
        service: &str,
        counts: &[(Metric, u64)],
        shares: &[(Metric, f64)],
    ) -> &[u8] {
        head(&mut self.out, minute);
        let counted = counts.iter().map(|(metric, _)| metric);
        let metrics = counted.chain(shares.iter().map(|(metric, _)| metric));
        directive(&mut self.out, &self.namespace, OF_PROCESS, metrics);
        text(&mut self.out, SERVICE, service);
        for (metric, count) in counts {
            key(&mut self.out, metric.name);
            json::unsigned(&mut self.out, *count);
        }
        for (metric, share) in shares {
            key(&mut self.out, metric.name);
            json::float(&mut self.out, (share * 100.0).round() / 100.0);
        }
        self.out.extend_from_slice(b"}\n");
        &self.out
    }
}

fn head(out: &mut Vec<u8>, minute: u64) {
    out.clear();
    out.extend_from_slice(b"{\"_aws\":{\"Timestamp\":");
    json::unsigned(out, minute.saturating_mul(MINUTE));
}

/// Everything of `_aws` that follows the time.
fn directive<'a>(
    out: &mut Vec<u8>,
    namespace: &str,
    dimensions: &[&[&str]],
    metrics: impl Iterator<Item = &'a Metric>,
) {
    out.extend_from_slice(b",\"CloudWatchMetrics\":[{\"Namespace\":");
    json::string(out, namespace);
    out.extend_from_slice(b",\"Dimensions\":[");
    list(out, dimensions.iter(), |out, set| {
        out.push(b'[');
        list(out, set.iter(), |out, name| json::string(out, name));
        out.push(b']');
    });
    out.extend_from_slice(b"],\"Metrics\":[");
    list(out, metrics, |out, metric| {
        out.extend_from_slice(b"{\"Name\":");
        json::string(out, metric.name);
        out.extend_from_slice(b",\"Unit\":");
        json::string(out, metric.unit);
        out.push(b'}');
    });
    out.extend_from_slice(b"]}]}");
}

fn list<T>(
    out: &mut Vec<u8>,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
}

fn key(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    json::string(out, name);
    out.push(b':');
}

fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    key(out, name);
    json::string(out, value);
}

/// Values with their counts, as CloudWatch takes them where the specification says "array": it is
/// how the EMF exporter of the OpenTelemetry collector sends histograms. Smallest, largest and sum
/// are exact.
fn distribution(out: &mut Vec<u8>, latency: &Histogram) {
    out.extend_from_slice(b"{\"Values\":[");
    list(out, latency.buckets().iter(), |out, b| {
        millis(out, b.mean());
    });
    out.extend_from_slice(b"],\"Counts\":[");
    list(out, latency.buckets().iter(), |out, b| {
        json::unsigned(out, b.count);
    });
    out.extend_from_slice(b"],\"Max\":");
    millis(out, latency.max());
    out.extend_from_slice(b",\"Min\":");
    millis(out, latency.min());
    out.extend_from_slice(b",\"Count\":");
    json::unsigned(out, latency.count());
    out.extend_from_slice(b",\"Sum\":");
    millis(out, latency.sum());
    out.push(b'}');
}

/// Milliseconds to the microsecond, without zeroes at the end.
fn millis(out: &mut Vec<u8>, nanos: u64) {
    let micros = nanos / 1000 + u64::from(nanos % 1000 >= 500);
    json::unsigned(out, micros / 1000);
    let rest = micros % 1000;
    if rest > 0 {
        let digits = [rest / 100, rest / 10 % 10, rest % 10];
        let last = digits.iter().rposition(|&d| d > 0).unwrap_or(0);
        out.push(b'.');
        out.extend(digits[..=last].iter().map(|&d| b'0' + d as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn milliseconds_are_written_to_the_microsecond() {
        for (nanos, expected) in [
            (0, "0"),
            (499, "0"),
            (500, "0.001"),
            (1_000, "0.001"),
            (12_300_000, "12.3"),
            (1_050_000, "1.05"),
            (3_600_000_000_000, "3600000"),
            (u64::MAX, "18446744073709.552"),
        ] {
            let mut out = Vec::new();
            millis(&mut out, nanos);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
