//! Each environment variable, good and bad. Those of the daemon's address, of the missing context
//! and the kill switches have tests of their own, too.

use crate::emitters::{Gate, LONG, WORKER};
use crate::support::{value, with};
use std::time::Duration;
use xray_core::sampling::Always;
use xray_core::test_util::{ManualClock, MemoryEmitter};
use xray_core::{Env, InitError, Naming, Recorder};

fn from_env(variable: &str, text: &str) -> (Recorder, MemoryEmitter) {
    with(|b| b.env(Env::of([(variable, text)])))
}

/// Every variable whose value can be wrong, what is accepted, and what is not.
const WRONG: &[(&str, &str, &[&str])] = &[
    (
        "AWS_XRAY_DAEMON_ADDRESS",
        "`host:port`, or `tcp:host:port udp:host:port`",
        &[
            "localhost",
            "udp:1.2.3.4:2000",
            "1.2.3.4:0",
            "::1:2000",
            "a b c",
        ],
    ),
    (
        "AWS_XRAY_CONTEXT_MISSING",
        "`LOG_ERROR`, `IGNORE_ERROR` or `RUNTIME_ERROR`",
        &["UNKNOWN", "LOG", "PANIC", "LOG ERROR"],
    ),
    ("AWS_XRAY_SDK_ENABLED", "`true` or `false`", &["maybe", "2"]),
    ("AWS_XRAY_SDK_DISABLED", "`true` or `false`", &["tru", "-1"]),
    ("AWS_XRAY_TRACING_ENABLED", "`true` or `false`", &["nein"]),
    (
        "AWS_XRAY_SAMPLER",
        "`central`, `local:<file>`, `always` or `never`",
        &["sometimes", "0.5", "local", "rules.json"],
    ),
    (
        "AWS_XRAY_STREAMING_THRESHOLD",
        "a whole number",
        &["-1", "1.5", "many", "4294967296"],
    ),
    (
        "AWS_XRAY_IN_PROGRESS_AFTER",
        "seconds above 0",
        &["0", "-1", "NaN", "inf", "1e400", "5s"],
    ),
    (
        "AWS_XRAY_QUEUE",
        "a whole number above 0",
        &["0", "-1", "on"],
    ),
    (
        "AWS_XRAY_SIZE_LIMIT",
        "bytes from 1024 to 65507",
        &["1023", "65508", "64k"],
    ),
    (
        "AWS_XRAY_MEMORY_BUDGET",
        "a number of bytes above 0",
        &["0", "-1", "64MiB"],
    ),
    (
        "AWS_XRAY_METRICS",
        "`off`, `stdout` or `agent`",
        &["on", "true", "stderr"],
    ),
    (
        "AWS_XRAY_METRICS_DAEMON_ADDRESS",
        "`host:port`, `udp:host:port` or `tcp:host:port`",
        &["localhost", "1.2.3.4:0", "http://1.2.3.4:25888", "a b"],
    ),
    (
        "AWS_XRAY_METRICS_NAMESPACE",
        "up to 255 of `A-Z a-z 0-9 . - _ / # :` and blanks, not beginning with `AWS/` or `:`",
        &["AWS/EC2", ":shop", "caf\u{e9}", "a,b"],
    ),
    (
        "AWS_XRAY_METRICS_OPERATIONS",
        "a whole number",
        &["-1", "many", "1e3"],
    ),
    (
        "AWS_XRAY_METRICS_TASK_STATS",
        "`true` or `false`",
        &["maybe", "2"],
    ),
    (
        "AWS_XRAY_PLUGINS",
        "`all`, `none`, or some of `beanstalk`, `eks`, `ecs`, `ec2`, each with a `-` to leave it out",
        &["lambda", "ecs,", "ecs,-ec2", "-", "ec2 ecs", "all,ecs"],
    ),
    ("AWS_XRAY_IMDS_V1", "`true` or `false`", &["1.0", "v1"]),
];

#[test]
fn a_value_that_is_not_understood_is_named_with_what_is_accepted() {
    for &(variable, accepted, values) in WRONG {
        for &wrong in values {
            let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
            let error = builder.env(Env::of([(variable, wrong)])).build().err();
            let Some(InitError::Invalid {
                name,
                value,
                expected,
                ..
            }) = &error
            else {
                panic!("{variable}={wrong}: {error:?}");
            };
            assert_eq!((*name, &**value, *expected), (variable, wrong, accepted));
            let message = format!("invalid {variable} {wrong:?}: expected {accepted}");
            assert_eq!(error.unwrap().to_string(), message);
        }
    }
}

#[test]
fn a_long_value_is_cut_in_the_message() {
    let long = "é".repeat(1000);
    let env = Env::of([("AWS_XRAY_QUEUE", &*long)]);
    let error = Recorder::builder("service").env(env).build().unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");
}

#[test]
fn nothing_but_blanks_is_as_if_unset_and_blanks_around_are_let_go() {
    let all = WRONG.iter().map(|(variable, ..)| (*variable, " \t "));
    let (recorder, memory) = with(|b| b.env(Env::of(all)));
    recorder.segment("api").start().end();
    assert_eq!(memory.tree(), "api\n");
    let (recorder, _) = from_env("AWS_XRAY_SDK_ENABLED", " FALSE\n");
    assert!(!recorder.is_enabled());
}

#[test]
fn a_setting_in_code_that_is_wrong_is_named_as_well() {
    for bytes in [0, 1023, 65_508, usize::MAX] {
        let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
        let error = builder.size_limit(bytes).build().unwrap_err();
        let message = format!("invalid size limit \"{bytes}\": expected bytes from 1024 to 65507");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn the_first_of_several_mistakes_is_told() {
    let env = Env::of([("AWS_XRAY_QUEUE", "x"), ("AWS_XRAY_DAEMON_ADDRESS", "y")]);
    let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
    let error = builder.env(env).build().unwrap_err().to_string();
    assert!(error.contains("AWS_XRAY_DAEMON_ADDRESS"), "{error}");
}

#[test]
fn tracing_name_wins_over_code() {
    let env = Env::of([("AWS_XRAY_TRACING_NAME", "from env")]);
    let naming = Naming::host("*", "fallback");
    let (recorder, _) = with(|b| b.naming(naming).env(env));
    assert_eq!(recorder.service(), "from env");
    assert_eq!(recorder.name_for(Some("shop.example.com")), "from env");
    let (recorder, _) = with(|b| b);
    assert_eq!(recorder.service(), "service");
}

#[test]
fn service_version_is_in_the_document() {
    let env = Env::of([("AWS_XRAY_SERVICE_VERSION", "2.0")]);
    let (recorder, memory) = with(|b| b.service_version("1.0").env(env));
    recorder.segment("api").start().end();
    assert_eq!(value(&memory.take()[0])["service"]["version"], "2.0");
}

#[test]
fn the_streaming_threshold_counts_what_waits() {
    let streamed = |threshold: &str| {
        let (recorder, _) = from_env("AWS_XRAY_STREAMING_THRESHOLD", threshold);
        let segment = recorder.segment("api").start();
        for _ in 0..100 {
            segment.subsegment("work").end();
        }
        recorder.stats().streamed
    };
    assert!(streamed("0") > 0);
    assert_eq!(streamed("1000"), 0);
}

#[test]
fn in_progress_after_reports_what_is_open() {
    let clock = ManualClock::new(Duration::from_secs(1_700_000_000));
    let env = Env::of([("AWS_XRAY_IN_PROGRESS_AFTER", "0.5")]);
    let (recorder, memory) = with(|b| b.clock(clock.clone()).env(env));
    let segment = recorder.segment("api").start();
    clock.advance(Duration::from_millis(499));
    recorder.sweep();
    assert!(memory.take().is_empty());
    clock.advance(Duration::from_millis(1));
    recorder.sweep();
    assert_eq!(memory.tree(), "api in_progress\n");
    drop(segment);
}

#[test]
fn a_queue_sends_on_a_thread_of_its_own() {
    let gate = Gate::default();
    gate.open();
    let builder = Recorder::builder("service").emitter(gate.clone());
    let env = Env::of([("AWS_XRAY_QUEUE", "5")]);
    let recorder = builder.sampler(Always).env(env).build().unwrap();
    recorder.segment("api").start().end();
    assert!(recorder.flush(LONG));
    assert_eq!(gate.threads(), [WORKER]);
}

#[test]
fn the_size_limit_is_for_the_whole_datagram() {
    let (recorder, memory) = from_env("AWS_XRAY_SIZE_LIMIT", "1024");
    let segment = recorder.segment("api").start();
    for _ in 0..10 {
        segment
            .subsegment("work")
            .metadata("blob", &"x".repeat(400));
    }
    segment.end();
    let documents = memory.take();
    assert!(documents.len() > 4);
    assert!(documents.iter().all(|d| d.len() + 30 <= 1024));
}

#[test]
fn the_memory_budget_leaves_skeletons() {
    let (recorder, memory) = from_env("AWS_XRAY_MEMORY_BUDGET", "1");
    let segment = recorder.segment("api").start();
    segment.annotate("k", "v");
    segment.end();
    assert_eq!(memory.tree(), "api metadata={xray_sdk.truncated: true}\n");
    assert_eq!(recorder.stats().over_budget, 1);
}

#[test]
fn on_lambda_by_its_task_root() {
    assert!(from_env("LAMBDA_TASK_ROOT", "/var/task").0.on_lambda());
    assert!(!with(|b| b.env(Env::default())).0.on_lambda());
}

#[test]
fn values_of_the_environment_are_not_shown() {
    let env = Env::of([("AWS_XRAY_TRACING_NAME", "secret")]);
    assert_eq!(format!("{env:?}"), "{\"AWS_XRAY_TRACING_NAME\"}");
    assert_eq!(env.get("AWS_XRAY_TRACING_NAME"), Some("secret"));
    assert_eq!(env.get("AWS_XRAY_QUEUE"), None);
}
