//! Where metrics go in tests, and what is asked of every line.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use xray_core::test_util::ManualClock;
use xray_core::{Metrics, Recorder, RecorderBuilder};

pub(crate) const LONG: Duration = Duration::from_secs(30);
/// The first minute of 2024.
pub(crate) const MINUTE: u64 = 28_401_120;

/// Keeps lines.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(bytes.ends_with(b"}\n"), "a line comes in one call");
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The lines since the last time, checked.
    pub(crate) fn take(&self) -> Vec<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(checked).collect()
    }

    /// Those about operations.
    pub(crate) fn operations(&self) -> Vec<Value> {
        let all = self.take().into_iter();
        all.filter(|line| line.get("Operation").is_some()).collect()
    }

    /// The one about the process.
    pub(crate) fn process(&self) -> Value {
        let all = self.take().into_iter();
        let mut all: Vec<Value> = all.filter(|l| l.get("Operation").is_none()).collect();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = include_str!("../../test-data/emf.schema.json");
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
});

/// Unit and dimension sets of each metric that there may be.
static TABLE: LazyLock<BTreeMap<String, (Value, Value)>> = LazyLock::new(|| {
    let file = include_str!("../../test-data/metrics.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let one = |m: &Value| {
        let name = m["name"].as_str().unwrap().to_owned();
        (name, (m["unit"].clone(), m["dimensions"].clone()))
    };
    file["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(one)
        .collect()
});

/// A line that the schema and CloudWatch's limits allow, about metrics that are in the table.
pub(crate) fn checked(line: &str) -> Value {
    assert!(line.len() < 32 * 1024, "{} bytes", line.len());
    let line: Value = serde_json::from_str(line).unwrap();
    let flaws: Vec<String> = SCHEMA.iter_errors(&line).map(|e| e.to_string()).collect();
    assert!(flaws.is_empty(), "{flaws:#?} in {line:#}");
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    for set in directive["Dimensions"].as_array().unwrap() {
        for name in set.as_array().unwrap() {
            assert!(
                line[name.as_str().unwrap()].is_string(),
                "{name} in {line:#}"
            );
        }
    }
    for metric in directive["Metrics"].as_array().unwrap() {
        let name = metric["Name"].as_str().unwrap();
        let (unit, dimensions) = &TABLE[name];
        assert_eq!(
            (unit, dimensions),
            (&metric["Unit"], &directive["Dimensions"])
        );
        let value = &line[name];
        if value.is_object() {
            let sum = |of: &Value| {
                of.as_array()
                    .unwrap()
                    .iter()
                    .map(|n| n.as_f64().unwrap())
                    .sum::<f64>()
            };
            let (counts, values) = (&value["Counts"], &value["Values"]);
            assert_eq!(sum(counts), value["Count"].as_f64().unwrap());
            let len = |of: &Value| of.as_array().unwrap().len();
            assert_eq!(len(counts), len(values));
            assert_eq!(value["Count"], line["Requests"]);
        } else {
            assert!(value.is_number(), "{name} in {line:#}");
        }
    }
    line
}

/// A recorder with metrics, a clock that stands, and where both are seen.
pub(crate) fn metered(
    settings: impl FnOnce(RecorderBuilder, Metrics) -> RecorderBuilder,
) -> (Recorder, Lines, ManualClock) {
    let lines = Lines::default();
    let clock = ManualClock::new(Duration::from_secs(MINUTE * 60));
    let builder = Recorder::builder("shop")
        .emitter(xray_core::test_util::MemoryEmitter::new())
        .sampler(xray_core::sampling::Never)
        .clock(clock.clone());
    let recorder = settings(builder, Metrics::to_writer(lines.clone()));
    (recorder.build().unwrap(), lines, clock)
}

/// One request to an operation.
pub(crate) fn request(recorder: &Recorder, operation: &str) {
    recorder.segment("shop").operation(operation).start().end();
}

/// How often each number was counted, by operation.
pub(crate) fn counted(lines: &[Value], metric: &str) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for line in lines {
        let operation = line["Operation"].as_str().unwrap().to_owned();
        *all.entry(operation).or_default() += line[metric].as_u64().unwrap();
    }
    all
}
