//! The two calls to the daemon, over real sockets, and everything a server can do to a client.

use crate::sampling_support::{ask, at, free_address, record};
use serde_json::json;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};
use xray_core::sampling::{CentralSampler, DaemonSource, RuleSource, Sampler};
use xray_core::test_util::{DaemonStub, Response};
use xray_core::{DaemonAddress, Endpoint};

fn source(address: SocketAddr) -> DaemonSource {
    DaemonSource::new(Endpoint::Ip(address)).timeout(Duration::from_secs(30))
}

/// For servers that do not answer in time.
fn impatient(address: SocketAddr) -> DaemonSource {
    source(address).timeout(Duration::from_millis(100))
}

fn rules() -> String {
    let rules = [
        record(&json!({ "RuleName": "a", "Priority": 1 })),
        record(&json!({})),
    ];
    json!({ "NextToken": null, "SamplingRuleRecords": rules }).to_string()
}

fn answering(response: Response) -> DaemonStub {
    let daemon = DaemonStub::new().unwrap();
    daemon.on_request(move |_| response.clone());
    daemon
}

/// The names of the rules, or the error.
fn fetch(source: &DaemonSource) -> Result<Vec<String>, String> {
    let page = source.get_rules(None).map_err(|error| error.to_string())?;
    Ok(page.rules.into_iter().map(|rule| rule.name).collect())
}

#[test]
fn requests_are_as_the_official_sdks_send_them() {
    let daemon = DaemonStub::new().unwrap();
    let body = rules();
    daemon.on_request(move |request| match &*request.path {
        "/GetSamplingRules" => Response::json(body.clone()),
        _ => Response::json(r#"{"SamplingTargetDocuments":[]}"#),
    });
    let sampler = CentralSampler::builder(source(daemon.tcp_addr())).build();
    sampler.poll(at(0.0));
    ask(&sampler, "/", 1.0, 0.99);
    ask(&sampler, "/", 1.0, 0.99);
    sampler.report(at(10.5));

    let requests = daemon.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request.method, "POST");
        assert_eq!(request.header("content-type"), Some("application/json"));
        let host = daemon.tcp_addr().to_string();
        assert_eq!(request.header("host"), Some(&*host));
    }
    assert_eq!(requests[0].path, "/GetSamplingRules");
    assert_eq!(requests[0].json(), json!({ "NextToken": null }));
    assert_eq!(requests[1].path, "/SamplingTargets");
    let mut report = requests[1].json();
    let client = report["SamplingStatisticsDocuments"][0]["ClientID"].take();
    let client = client.as_str().unwrap();
    assert!(client.len() == 24 && client.bytes().all(|b| b"0123456789abcdef".contains(&b)));
    assert_eq!(
        report,
        json!({ "SamplingStatisticsDocuments": [{
            "ClientID": null, "RuleName": "a", "Timestamp": 1_500_000_010,
            "RequestCount": 2, "SampledCount": 0, "BorrowCount": 1,
        }] })
    );
}

#[test]
fn c51_the_token_of_the_next_page_is_sent() {
    let daemon = DaemonStub::new().unwrap();
    daemon.on_request(|request| {
        let (name, next) = match request.json()["NextToken"].as_str() {
            None => ("a", Some("t/1+")),
            Some("t/1+") => ("b", None),
            Some(other) => panic!("{other}"),
        };
        let rules = [record(&json!({ "RuleName": name }))];
        Response::json(json!({ "NextToken": next, "SamplingRuleRecords": rules }).to_string())
    });
    let sampler = CentralSampler::builder(source(daemon.tcp_addr())).build();
    sampler.poll(at(0.0));
    assert_eq!(sampler.stats().rules.len(), 2);
}

#[test]
fn bodies_of_a_length_in_chunks_and_until_the_end() {
    let until_the_end = format!("HTTP/1.1 200 OK\r\n\r\n{}", rules());
    let announced = format!(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n{}",
        rules()
    );
    let trailers = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:X};x=y\r\n{}\r\n0\r\nA: b\r\n\r\n",
        rules().len(),
        rules()
    );
    for response in [
        Response::json(rules()),
        Response::json(rules()).chunked(),
        Response::raw(until_the_end),
        Response::raw(announced),
        Response::raw(trailers),
    ] {
        let daemon = answering(response.clone());
        let source = source(daemon.tcp_addr());
        assert_eq!(fetch(&source).unwrap(), ["a", "Default"], "{response:?}");
    }
}

#[test]
fn answers_that_are_none_are_errors() {
    let large = "x".repeat(5 << 20);
    for (response, expected) in [
        (Response::status(500), "was answered with status 500"),
        (
            Response::status(403).body(r#"{"message":"no"}"#),
            "status 403: {\"message\":\"no\"}",
        ),
        (Response::status(302), "status 302"),
        (Response::json(""), "EOF while parsing"),
        (Response::json("{}"), "no list `SamplingRuleRecords`"),
        (Response::json("[]"), "no list `SamplingRuleRecords`"),
        (
            Response::json("{\"SamplingRuleRecords\":["),
            "EOF while parsing",
        ),
        (Response::json("<html>"), "expected value"),
        (
            Response::truncated(rules()),
            "closed before the answer was complete",
        ),
        (Response::close(), "closed before the answer was complete"),
        (Response::raw(""), "closed before the answer was complete"),
        (Response::raw("SSH-2.0-OpenSSH_9\r\n\r\n"), "not HTTP"),
        (Response::raw("HTTP/2 200 OK\r\n\r\n"), "not HTTP"),
        (Response::raw("HTTP/1.1 2x0 OK\r\n\r\n"), "not HTTP"),
        (
            Response::raw("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
            "no colon",
        ),
        (
            Response::raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
            "invalid digit",
        ),
        (
            Response::raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
            "two lengths",
        ),
        (
            Response::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
            "unknown transfer encoding",
        ),
        (
            Response::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            "invalid digit",
        ),
        (
            Response::raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
            ),
            "longer than it says",
        ),
        (
            Response::raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            ),
            "too large",
        ),
        (
            Response::raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"),
            "too large",
        ),
        (Response::json(large.clone()), "too large"),
        (
            Response::raw(format!("HTTP/1.1 200 OK\r\n\r\n{large}")),
            "too large",
        ),
        (
            Response::raw(format!("HTTP/1.1 200 OK\r\nX: {large}\r\n\r\n")),
            "too large",
        ),
        (
            Response::raw(b"HTTP/1.1 200 \xff\r\n\r\n".to_vec()),
            "invalid utf-8",
        ),
    ] {
        let daemon = answering(response);
        let error = fetch(&source(daemon.tcp_addr())).unwrap_err();
        assert!(error.contains(expected), "{error}, not {expected}");
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let daemon = answering(Response::hang());
    let error = fetch(&impatient(daemon.tcp_addr())).unwrap_err();
    assert!(error.contains("timed out"), "{error}");
}

#[test]
fn a_server_that_sends_a_byte_now_and_then_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        // Each byte is well within any limit for a single read; the client ends this.
        while stream.write_all(b"H").is_ok() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let error = fetch(&impatient(address)).unwrap_err();
    assert!(error.contains("timed out"), "{error}");
    server.join().unwrap();
}

/// A server that accepts no connection looks like this: the system does it for it, and that is all.
#[test]
fn a_half_open_connection_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let error = fetch(&impatient(listener.local_addr().unwrap())).unwrap_err();
    assert!(error.contains("timed out"), "{error}");
}

#[test]
fn nobody_there_is_an_error_at_once() {
    let source = source(free_address(72));
    let error = source.get_rules(None).unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(error.source().is_none(), "the text has said it");
}

#[test]
fn one_connection_serves_many_calls() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let body = rules();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..3 {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"{\"NextToken\":null}") {
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length:{length}\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    let source = source(address);
    for _ in 0..3 {
        assert_eq!(fetch(&source).unwrap().len(), 2);
    }
    server.join().unwrap();
}

#[test]
fn a_daemon_that_restarts_is_found_again() {
    let address = free_address(73);
    let source = source(address);
    let start = || {
        let daemon = DaemonStub::on(address).unwrap();
        let body = rules();
        daemon.on_request(move |_| Response::json(body.clone()));
        daemon
    };
    let daemon = start();
    assert!(fetch(&source).is_ok());
    drop(daemon);
    // Nothing is sent into the closed connection, and nothing is sent twice.
    assert!(fetch(&source).is_err());
    let daemon = start();
    assert!(fetch(&source).is_ok());
    assert_eq!(daemon.requests().len(), 1);
}

#[test]
fn a_connection_that_the_daemon_will_close_is_not_used_again() {
    let closing = format!(
        "HTTP/1.1 200 OK\r\nConnection: Keep, Close\r\nContent-Length: {}\r\n\r\n{}",
        rules().len(),
        rules()
    );
    let daemon = answering(Response::raw(closing));
    let source = source(daemon.tcp_addr());
    for _ in 0..3 {
        assert!(fetch(&source).is_ok());
    }
}

#[test]
fn host_names_are_resolved() {
    let daemon = answering(Response::json(rules()));
    let address = format!("localhost:{}", daemon.tcp_addr().port());
    let address = DaemonAddress::parse(&address).unwrap();
    let source = DaemonSource::new(address.tcp);
    assert_eq!(fetch(&source).unwrap(), ["a", "Default"]);
    assert_eq!(
        source.describe(),
        format!("localhost:{}", daemon.tcp_addr().port())
    );
}

#[test]
fn a_name_that_does_not_exist_is_an_error() {
    let address = DaemonAddress::parse("no-such-host.invalid:2000").unwrap();
    assert!(fetch(&DaemonSource::new(address.tcp)).is_err());
}

#[test]
fn a_shutdown_does_not_wait_for_a_daemon_that_hangs() {
    let daemon = answering(Response::hang());
    let source = source(daemon.tcp_addr());
    let sampler = CentralSampler::builder(source).start().unwrap();
    assert_eq!(
        daemon.wait_for_requests(1, Duration::from_secs(30)).len(),
        1
    );
    let before = Instant::now();
    sampler.shutdown(Duration::from_millis(10));
    assert!(before.elapsed() < Duration::from_secs(20));
    // Decisions do not wait either.
    assert_eq!(ask(&sampler, "/", 0.0, 0.99), (true, String::new()));
}
