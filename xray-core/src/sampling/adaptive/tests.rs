//! What counts as an anomaly, how often, and what the configuration changes about it.

use super::{Adaptive, Anomalies, Purpose};
use crate::id::TraceId;
use crate::observer::Ended;
use crate::sampling::source::BoostStatistics;
use std::sync::Arc;
use std::time::Duration;

/// A segment of 100 ms that went well.
fn ended<'a>() -> Ended<'a> {
    Ended {
        name: "checkout",
        operation: None,
        method: None,
        rule: Some("r"),
        trace_id: TraceId::from_u128(1).unwrap(),
        sampled: false,
        start: Duration::from_millis(10_000),
        end: Duration::from_millis(10_100),
        status: None,
        error: false,
        fault: false,
        throttle: false,
    }
}

fn with_status<'a>(status: u16) -> Ended<'a> {
    Ended {
        status: Some(status),
        ..ended()
    }
}

fn fault<'a>() -> Ended<'a> {
    Ended {
        fault: true,
        ..ended()
    }
}

#[test]
fn by_default_faults_are_anomalies() {
    let adaptive = Adaptive::new();
    let is = |ended| adaptive.is_anomaly(&ended, Purpose::Boost);
    assert!(!is(ended()));
    assert!(is(fault()));
    assert!(!is(with_status(499)));
    assert!(is(with_status(500)));
}

#[test]
fn captures_are_limited_and_for_segments_that_were_not_sampled() {
    let adaptive = Adaptive::new().captures_per_second(2);
    let captured = (0..5).filter(|_| adaptive.captures(&fault())).count();
    assert_eq!(captured, 2);
    let later = Ended {
        end: Duration::from_secs(11),
        ..fault()
    };
    assert!(adaptive.captures(&later));
    assert!(!adaptive.captures(&Ended {
        sampled: true,
        ..later
    }));
    assert!(!adaptive.captures(&Ended {
        fault: false,
        ..later
    }));
    assert!(!Adaptive::new().captures_per_second(0).captures(&fault()));
}

#[test]
fn a_trace_counts_once_by_rule_and_service() {
    let anomalies = Anomalies::new(Adaptive::new());
    let rule: Arc<str> = "r".into();
    let trace = |n| TraceId::from_u128(n).unwrap();
    anomalies.count(&rule, &ended());
    anomalies.count(&rule, &fault());
    anomalies.count(&rule, &fault());
    let second = Ended {
        trace_id: trace(2),
        sampled: true,
        ..fault()
    };
    anomalies.count(&rule, &second);
    let other = Ended {
        trace_id: trace(3),
        name: "other",
        ..ended()
    };
    anomalies.count(&rule, &other);

    let mut taken = anomalies.take();
    taken.sort_by(|a, b| a.service_name.cmp(&b.service_name));
    let counts = |service: &str, [total, anomalies, sampled]: [u64; 3]| BoostStatistics {
        rule_name: "r".to_owned(),
        service_name: service.to_owned(),
        total_count: total,
        anomaly_count: anomalies,
        sampled_anomaly_count: sampled,
    };
    let expected = [counts("checkout", [2, 2, 1]), counts("other", [1, 0, 0])];
    assert_eq!(taken, expected);
    assert_eq!(anomalies.take(), []);
    // A report that failed.
    anomalies.put_back(taken[..1].iter());
    let third = Ended {
        trace_id: trace(4),
        ..ended()
    };
    anomalies.count(&rule, &third);
    assert_eq!(anomalies.take(), [counts("checkout", [3, 2, 1])]);
}

#[cfg(feature = "adaptive-config")]
mod config {
    use super::*;

    fn read(text: &str) -> Adaptive {
        Adaptive::from_yaml(text).unwrap()
    }

    fn is(adaptive: &Adaptive, ended: &Ended<'_>) -> [bool; 2] {
        [Purpose::Boost, Purpose::Capture].map(|purpose| adaptive.is_anomaly(ended, purpose))
    }

    #[test]
    fn conditions_replace_the_default() {
        let adaptive = read(
            r#"
version: 1.0
anomalyConditions:
  - errorCodeRegex: "^5\\d\\d$"
    usage: sampling-boost
  - errorCodeRegex: "4(03|04)"
    operations: ["GET /x", "GET /y"]
    highLatencyMs: 50
    usage: both
  - highLatencyMs: 300
    usage: anomaly-trace-capture
"#,
        );
        assert_eq!(is(&adaptive, &fault()), [false, false]);
        assert_eq!(is(&adaptive, &with_status(503)), [true, false]);
        let forbidden = Ended {
            operation: Some("GET /x"),
            ..with_status(403)
        };
        assert_eq!(is(&adaptive, &forbidden), [true, true]);
        let elsewhere = Ended {
            operation: Some("GET /z"),
            ..forbidden
        };
        assert_eq!(is(&adaptive, &elsewhere), [false, false]);
        let quick = Ended {
            end: Duration::from_millis(10_049),
            ..forbidden
        };
        assert_eq!(is(&adaptive, &quick), [false, false]);
        let slow = Ended {
            end: Duration::from_millis(10_300),
            ..ended()
        };
        assert_eq!(is(&adaptive, &slow), [false, true]);
    }

    #[test]
    fn an_expression_is_for_the_whole_code() {
        let adaptive = read("{version: 1.0, anomalyConditions: [{errorCodeRegex: '50|4'}]}");
        assert_eq!(is(&adaptive, &with_status(500)), [false, false]);
    }

    #[test]
    fn without_conditions_the_default_stays() {
        for text in [
            "version: 1",
            "version: \"1.7\"\nanomalyConditions: []",
            "version: 1.0\nanomalyConditions:\nanomalyCaptureLimit:\n  anomalyTracesPerSecond: 3",
        ] {
            assert_eq!(is(&read(text), &fault()), [true, true], "{text}");
        }
        let three = read("{version: 1.0, anomalyCaptureLimit: {anomalyTracesPerSecond: 3}}");
        assert_eq!((0..9).filter(|_| three.captures(&fault())).count(), 3);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("", "expected one document"),
            ("a: [", ""),
            ("- a", "expected `version` and `anomalyConditions`"),
            ("anomalyConditions: []", "`version`: expected 1.0"),
            ("version: 2.0", "`version`: expected 1.0"),
            (
                "version: 1.0\nanomalyConditions: 5",
                "`anomalyConditions`: expected a list",
            ),
            (
                "version: 1.0\nanomalyConditions:\n- usage: both",
                "condition 1: expected `errorCodeRegex`, `highLatencyMs` or both",
            ),
            (
                "version: 1.0\nanomalyConditions:\n- highLatencyMs: 5\n- errorCodeRegex: '('",
                "condition 2: `errorCodeRegex`: ",
            ),
            (
                "version: 1.0\nanomalyConditions:\n- highLatencyMs: -5",
                "condition 1: `highLatencyMs`: expected a whole number",
            ),
            (
                "version: 1.0\nanomalyConditions:\n- {highLatencyMs: 5, usage: never}",
                "condition 1: `usage`: expected `both`",
            ),
            (
                "version: 1.0\nanomalyConditions:\n- {highLatencyMs: 5, operations: [1]}",
                "condition 1: `operations`: expected a list of strings",
            ),
            (
                "version: 1.0\nanomalyCaptureLimit: 1",
                "`anomalyCaptureLimit`: expected",
            ),
        ] {
            let error = Adaptive::from_yaml(text).unwrap_err().to_string();
            let prefix = format!("invalid {}: ", Adaptive::VARIABLE);
            assert!(error.starts_with(&prefix), "{error}");
            assert!(error.contains(expected), "{error}, not {expected}");
        }
    }

    #[test]
    fn a_setting_is_yaml_or_a_file_with_it() {
        assert!(Adaptive::from_setting("{version: 1.0}").is_ok());
        let path = std::env::temp_dir().join(format!("xray-adaptive-{}.yaml", std::process::id()));
        std::fs::write(&path, "version: 1.0").unwrap();
        let from_file = Adaptive::from_setting(path.to_str().unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(from_file.is_ok());
        assert!(Adaptive::from_setting("/no/such/file.yaml").is_err());
    }
}
