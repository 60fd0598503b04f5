//! Metrics by environment variables, and the use of the ECS task.

use crate::metrics_support::{LONG, Lines, MINUTE, checked, request};
use serde_json::{Value, json};
use std::net::UdpSocket;
use std::time::Duration;
use xray_core::sampling::Never;
use xray_core::test_util::{DaemonStub, ManualClock, MemoryEmitter, Response};
use xray_core::{Env, Metrics, Recorder, RecorderBuilder};

fn builder() -> RecorderBuilder {
    let builder = Recorder::builder("shop").emitter(MemoryEmitter::new());
    builder.sampler(Never)
}

/// An agent's socket, and its address.
fn agent() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

fn received(socket: &UdpSocket) -> Value {
    let mut buffer = vec![0; 65536];
    let n = socket.recv(&mut buffer).unwrap();
    checked(std::str::from_utf8(&buffer[..n]).unwrap().trim_end())
}

#[test]
fn the_environment_switches_them_on_and_says_where_to_and_how() {
    let (socket, address) = agent();
    let env = Env::of([
        ("AWS_XRAY_METRICS", "AGENT"),
        ("AWS_XRAY_METRICS_DAEMON_ADDRESS", &address),
        ("AWS_XRAY_METRICS_NAMESPACE", "Shop/Orders"),
        ("AWS_XRAY_METRICS_OPERATIONS", "1"),
    ]);
    let recorder = builder().env(env).build().unwrap();
    request(&recorder, "GET /a");
    request(&recorder, "GET /b");
    assert!(recorder.shutdown(LONG));
    let lines = [received(&socket), received(&socket), received(&socket)];
    let namespace = |l: &Value| l["_aws"]["CloudWatchMetrics"][0]["Namespace"].clone();
    assert_eq!(
        lines.each_ref().map(namespace),
        ["Shop/Orders"; 3].map(Value::from)
    );
    assert_eq!(lines[0]["Operation"], "GET /a");
    assert_eq!(lines[1]["Operation"], "other");
    assert_eq!(lines[2]["OtherOperations"], 1);
}

#[test]
fn the_environment_wins_over_code() {
    let (socket, address) = agent();
    let lines = Lines::default();
    let with = |variables: &[(&str, &str)]| {
        let metrics = Metrics::to_writer(lines.clone()).namespace("Code");
        let env = Env::of(variables.iter().copied());
        let recorder = builder().metrics(metrics).env(env).build().unwrap();
        request(&recorder, "GET /");
        assert!(recorder.shutdown(LONG));
        lines.take().len()
    };
    assert_eq!(with(&[("AWS_XRAY_METRICS", "off")]), 0);
    // An address alone is for those who send to an agent.
    assert_eq!(with(&[("AWS_XRAY_METRICS_DAEMON_ADDRESS", &address)]), 2);
    let both = [
        ("AWS_XRAY_METRICS", "agent"),
        ("AWS_XRAY_METRICS_DAEMON_ADDRESS", &address),
    ];
    assert_eq!(with(&both), 0);
    let line = received(&socket);
    // What is not said keeps what code says.
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Code");
    let (socket, address) = agent();
    let env = Env::of([("AWS_XRAY_METRICS", "agent")]);
    let metrics = Metrics::to_agent_at(address);
    let recorder = builder().metrics(metrics).env(env).build().unwrap();
    request(&recorder, "GET /");
    assert!(recorder.shutdown(LONG));
    assert_eq!(received(&socket)["Requests"], 1);
}

#[test]
fn an_address_alone_switches_nothing_on() {
    let (socket, address) = agent();
    let env = Env::of([("AWS_XRAY_METRICS_DAEMON_ADDRESS", &*address)]);
    let recorder = builder().env(env).build().unwrap();
    request(&recorder, "GET /");
    assert!(recorder.shutdown(LONG));
    socket.set_nonblocking(true).unwrap();
    assert!(socket.recv(&mut [0; 16]).is_err());
}

#[test]
fn what_code_says_is_checked_too() {
    for (metrics, expected) in [
        (
            Metrics::to_stdout().namespace("AWS/X-Ray"),
            "invalid metrics namespace \"AWS/X-Ray\"",
        ),
        (
            Metrics::to_stdout().namespace(""),
            "invalid metrics namespace \"\"",
        ),
        (
            Metrics::to_agent_at("agent"),
            "invalid agent's address \"agent\"",
        ),
    ] {
        let error = builder().metrics(metrics).build().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

const DOCKER: &str = r#"{
    "a1": {"cpu_stats": {"cpu_usage": {"total_usage": 30000000000}, "system_cpu_usage": 900000000000, "online_cpus": 2},
           "precpu_stats": {"cpu_usage": {"total_usage": 29900000000}, "system_cpu_usage": 898000000000},
           "memory_stats": {"usage": 209715200, "limit": 8589934592, "stats": {"inactive_file": 104857600}}},
    "b2": {"cpu_stats": {"cpu_usage": {"total_usage": 9000000000}, "system_cpu_usage": 900000000000, "online_cpus": 2},
           "precpu_stats": {"cpu_usage": {"total_usage": 8900000000}, "system_cpu_usage": 898000000000},
           "memory_stats": {"usage": 26214400, "limit": 8589934592}},
    "starting": null
}"#;

/// The shares that are written at the end of the first minutes, for what the endpoint answers.
fn task_stats(minutes: usize, answer: impl FnMut(&str) -> Response + Send + 'static) -> Vec<Value> {
    let endpoint = DaemonStub::new().unwrap();
    let mut answer = answer;
    endpoint.on_request(move |request| answer(&request.path));
    let uri = format!("http://{}/v4/0a1b-2", endpoint.tcp_addr());
    let env = Env::of([
        ("AWS_XRAY_METRICS_TASK_STATS", "true"),
        ("ECS_CONTAINER_METADATA_URI_V4", &uri),
    ]);
    let (lines, clock) = (
        Lines::default(),
        ManualClock::new(Duration::from_secs(MINUTE * 60)),
    );
    let metrics = Metrics::to_writer(lines.clone());
    let recorder = builder()
        .clock(clock.clone())
        .metrics(metrics)
        .env(env)
        .build()
        .unwrap();
    let mut all = Vec::new();
    for _ in 0..minutes {
        request(&recorder, "GET /");
        clock.advance(Duration::from_secs(60));
        // The first of a minute has the one before written, and that is waited for.
        request(&recorder, "GET /");
        assert!(recorder.flush_metrics(LONG));
        let lines = lines.take();
        let process = lines.into_iter().filter(|l| l.get("Operation").is_none());
        let shares = |l: Value| json!([l["TaskCpuUtilization"], l["TaskMemoryUtilization"]]);
        all.extend(
            process
                .map(shares)
                .filter(|s| !s[0].is_null() || !s[1].is_null()),
        );
    }
    all
}

#[test]
fn the_tasks_use_is_a_share_of_its_limits() {
    let shares = task_stats(1, |path| match path {
        "/v4/0a1b-2/task/stats" => Response::json(DOCKER),
        "/v4/0a1b-2/task" => Response::json(r#"{"Limits": {"CPU": 0.5, "Memory": 512}}"#),
        _ => Response::status(404),
    });
    // Of two processors for a second each, 0.1 s and 0.1 s: 0.2 of 0.5. 100 and 25 of 512 MiB.
    assert_eq!(shares, [json!([40.0, 24.41])]);
}

#[test]
fn without_limits_it_is_a_share_of_what_containers_see() {
    let shares = task_stats(1, |path| match path {
        "/v4/0a1b-2/task/stats" => Response::json(DOCKER),
        _ => Response::status(500),
    });
    assert_eq!(shares, [json!([10.0, 1.53])]);
}

#[test]
fn from_the_second_minute_on_processors_are_those_of_the_whole_minute() {
    let mut asked = 0;
    let shares = task_stats(2, move |path| {
        if path.ends_with("/task") {
            return Response::json(r#"{"Limits": {"CPU": 1, "Memory": 512}}"#);
        }
        asked += 1;
        // Fifteen seconds of work in a minute, in one of the two.
        let total = 30_000_000_000_u64 + if asked > 1 { 15_000_000_000 } else { 0 };
        Response::json(DOCKER.replacen("30000000000", &total.to_string(), 1))
    });
    assert_eq!(shares.len(), 2);
    assert_eq!(shares[1][0], 25.0);
}

#[test]
fn an_endpoint_that_says_something_else_is_left_out() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "{\"a\": {}}",
        "{\"a\": {\"memory_stats\": {\"usage\": -1, \"limit\": 0}}}",
        "{",
    ] {
        assert_eq!(
            task_stats(1, move |_| Response::json(body)),
            Vec::<Value>::new(),
            "{body}"
        );
    }
    assert!(task_stats(1, |_| Response::close()).is_empty());
    assert!(task_stats(1, |_| Response::status(404)).is_empty());
    assert!(task_stats(1, |_| Response::raw("no HTTP at all")).is_empty());
}

#[test]
fn an_endpoint_that_never_answers_delays_lines_by_a_second_and_no_more() {
    // The stub hangs; what is written without it is waited for as long as any test waits.
    assert!(task_stats(1, |_| Response::hang()).is_empty());
}
