//! Metrics on the standard output of a process that has nothing but `init`.

use crate::alone;
use std::time::Duration;

#[test]
fn init_writes_metrics_to_the_standard_output_when_asked_to() {
    let story = || {
        let guard = xray_core::init("shop");
        for _ in 0..3 {
            xray_core::segment("shop").operation("GET /").start().end();
        }
        // The line is looked for by who has started this process.
        assert!(guard.shutdown(Duration::from_secs(30)));
    };
    let test = "metrics::init_writes_metrics_to_the_standard_output_when_asked_to";
    let output = alone(test, &[("AWS_XRAY_METRICS", "stdout")], story);
    let Some(output) = output else { return };
    let lines: Vec<&str> = output
        .lines()
        .filter_map(|l| l.find("{\"_aws\"").map(|at| &l[at..]))
        .collect();
    assert_eq!(lines.len(), 2, "{output}");
    let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(
        (&line["Operation"], &line["Requests"]),
        (&"GET /".into(), &3.into())
    );
}

#[test]
fn without_being_asked_nothing_is_printed() {
    let story = || {
        let guard = xray_core::init("shop");
        xray_core::segment("shop").operation("GET /").start().end();
        assert!(guard.shutdown(Duration::from_secs(30)));
    };
    let output = alone(
        "metrics::without_being_asked_nothing_is_printed",
        &[],
        story,
    );
    assert!(output.is_none_or(|output| !output.contains("_aws")));
}
