//! The stand-in for the daemon: what it takes, what it refuses, what it answers.

use super::udp::document;
use super::{DaemonStub, Response};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(20);

fn send(stub: &DaemonStub, datagram: &str) {
    let any = if stub.udp_addr().is_ipv6() {
        "[::1]:0"
    } else {
        "127.0.0.1:0"
    };
    let socket = UdpSocket::bind(any).unwrap();
    socket
        .send_to(datagram.as_bytes(), stub.udp_addr())
        .unwrap();
}

fn connect(stub: &DaemonStub) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(stub.tcp_addr()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    BufReader::new(stream)
}

fn post(client: &mut BufReader<TcpStream>, path: &str, body: &str) {
    let length = body.len();
    let request =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
    client.get_mut().write_all(request.as_bytes()).unwrap();
}

/// Status and body of an answer with a stated length.
fn answer(client: &mut BufReader<TcpStream>) -> io::Result<(u16, String)> {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        client.read_line(&mut line)?;
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().map_err(|_| io::ErrorKind::InvalidData)?;
        } else if let Some(rest) = line.strip_prefix("Content-Length: ") {
            length = rest
                .trim()
                .parse()
                .map_err(|_| io::ErrorKind::InvalidData)?;
        } else if line == "\r\n" {
            break;
        } else if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    Ok((status, String::from_utf8(body).unwrap()))
}

fn rest(client: &mut BufReader<TcpStream>) -> String {
    let mut rest = String::new();
    // A reset instead of an end is as good an end.
    let _ = client.read_to_string(&mut rest);
    rest
}

#[test]
fn takes_what_the_daemon_takes() {
    let taken = [
        ("{\"format\":\"json\",\"version\":1}\n{}", "{}"),
        (
            "{\"format\": \"JSON\", \"version\": 1, \"more\": []}\n{}",
            "{}",
        ),
        ("{\"format\":\"json\",\"version\":1}\n{\n}\n", "{\n}"),
        (
            "{\"format\":\"json\",\"version\":1}\nnot checked   ",
            "not checked",
        ),
    ];
    for (datagram, expected) in taken {
        assert_eq!(document(datagram.as_bytes()), Some(expected), "{datagram}");
    }
    let refused = [
        "",
        "{}",
        "{\"format\":\"json\",\"version\":1}",
        "{\"format\":\"json\",\"version\":1}\n",
        "{\"format\":\"json\",\"version\":1}\n  \n",
        "{\"format\":\"json\",\"version\":2}\n{}",
        "{\"format\":\"json\",\"version\":\"1\"}\n{}",
        "{\"format\":\"json\"}\n{}",
        "{\"format\":\"xml\",\"version\":1}\n{}",
        "{\"version\":1}\n{}",
        "format\n{}",
        "\n{\"format\":\"json\",\"version\":1}\n{}",
    ];
    for datagram in refused {
        assert_eq!(document(datagram.as_bytes()), None, "{datagram}");
    }
    assert_eq!(document(b"{\"format\":\"json\",\"version\":1}\n\xff"), None);
}

#[test]
fn documents_and_refused_datagrams_are_kept_apart() {
    let stub = DaemonStub::new().unwrap();
    send(&stub, "{\"format\":\"xml\",\"version\":1}\n{}");
    send(
        &stub,
        "{\"format\":\"json\",\"version\":1}\n{\"name\":\"a\",\"start_time\":1.0}  ",
    );
    let a = "{\"name\":\"a\",\"start_time\":1.0}";
    assert_eq!(stub.wait_for_documents(1, LONG), [a]);
    assert_eq!(stub.rejected(), [b"{\"format\":\"xml\",\"version\":1}\n{}"]);
    let b =
        "{\"name\":\"b\",\"start_time\":2.0,\"subsegments\":[{\"name\":\"c\",\"start_time\":3.0}]}";
    send(
        &stub,
        &format!("{{\"format\":\"json\",\"version\":1}}\n{b}"),
    );
    assert_eq!(stub.wait_for_entities(3, LONG), [a, b]);
    assert_eq!(stub.tree(), "a\nb\n  c\n");
    assert_eq!(stub.take(), [a, b]);
    assert!(stub.documents().is_empty());
    assert!(stub.wait_for_documents(1, Duration::ZERO).is_empty());
}

#[test]
fn addresses_have_one_port_and_can_be_taken_again() {
    let stub = DaemonStub::new().unwrap();
    let address = stub.udp_addr();
    assert_eq!(stub.tcp_addr(), address);
    assert_eq!(stub.address(), format!("tcp:{address} udp:{address}"));
    assert!(DaemonStub::on(address).is_err());
    // An answered connection leaves its address behind in TIME_WAIT.
    let mut client = connect(&stub);
    post(&mut client, "/GetSamplingRules", "{}");
    assert_eq!(answer(&mut client).unwrap().0, 200);
    drop(stub);
    let again = DaemonStub::on(address).unwrap();
    send(&again, "{\"format\":\"json\",\"version\":1}\n{}");
    assert_eq!(again.wait_for_documents(1, LONG), ["{}"]);
}

#[test]
fn ipv6_where_there_is_any() {
    if UdpSocket::bind("[::1]:0").is_err() {
        return;
    }
    let stub = DaemonStub::ipv6().unwrap();
    assert!(
        stub.address().starts_with("tcp:[::1]:"),
        "{}",
        stub.address()
    );
    send(&stub, "{\"format\":\"json\",\"version\":1}\n{}");
    assert_eq!(stub.wait_for_documents(1, LONG), ["{}"]);
}

#[test]
fn answers_by_default_that_there_is_nothing() {
    let stub = DaemonStub::new().unwrap();
    let mut client = connect(&stub);
    post(&mut client, "/GetSamplingRules", "{\"NextToken\":null}");
    let rules = answer(&mut client).unwrap();
    assert_eq!(rules, (200, "{\"SamplingRuleRecords\":[]}".to_owned()));
    // The connection is kept.
    post(&mut client, "/SamplingTargets", "{}");
    let (status, targets) = answer(&mut client).unwrap();
    assert_eq!(status, 200);
    assert!(
        targets.contains("\"SamplingTargetDocuments\":[]"),
        "{targets}"
    );
    post(&mut client, "/TraceSegments", "");
    assert_eq!(answer(&mut client).unwrap().0, 404);
    let requests = stub.wait_for_requests(3, LONG);
    assert_eq!(requests, stub.requests());
    assert_eq!(
        (&*requests[0].method, &*requests[0].path),
        ("POST", "/GetSamplingRules")
    );
    assert_eq!(requests[0].header("content-length"), Some("18"));
    assert!(requests[0].json()["NextToken"].is_null());
    assert_eq!(requests[1].body, "{}");
}

#[test]
fn answers_as_told() {
    let stub = DaemonStub::new().unwrap();
    let mut calls = 0;
    stub.on_request(move |request| {
        calls += 1;
        match &*request.path {
            "/count" => Response::json(calls.to_string()),
            "/503" => Response::status(503)
                .body("busy")
                .delay(Duration::from_millis(1)),
            "/chunked" => Response::json("abcd").chunked(),
            "/truncated" => Response::truncated("abcd"),
            "/raw" => Response::raw("SSH-2.0"),
            _ => Response::close(),
        }
    });
    let mut client = connect(&stub);
    post(&mut client, "/count", "");
    assert_eq!(answer(&mut client).unwrap(), (200, "1".to_owned()));
    post(&mut client, "/503", "");
    assert_eq!(answer(&mut client).unwrap(), (503, "busy".to_owned()));
    post(&mut client, "/truncated", "");
    let error = answer(&mut client).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);

    let ends = |path| {
        let mut client = connect(&stub);
        post(&mut client, path, "");
        rest(&mut client)
    };
    assert_eq!(ends("/raw"), "SSH-2.0");
    assert_eq!(ends("/close"), "HTTP/1.1 200 O");

    let mut client = connect(&stub);
    post(&mut client, "/chunked", "");
    client
        .get_mut()
        .shutdown(std::net::Shutdown::Write)
        .unwrap();
    assert!(rest(&mut client).ends_with("\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"));
}

#[test]
fn what_is_no_request_closes_the_connection() {
    let stub = DaemonStub::new().unwrap();
    for bytes in [
        "\r\n",
        "nonsense\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ] {
        let mut client = connect(&stub);
        client.get_mut().write_all(bytes.as_bytes()).unwrap();
        assert_eq!(rest(&mut client), "", "{bytes:?}");
    }
    assert!(stub.requests().is_empty());
}

#[test]
fn dropping_ends_what_hangs_waits_and_is_idle() {
    let stub = DaemonStub::new().unwrap();
    stub.on_request(|request| match &*request.path {
        "/hang" => Response::hang(),
        _ => Response::status(200).delay(Duration::from_secs(3_600)),
    });
    let mut clients = [connect(&stub), connect(&stub), connect(&stub)];
    post(&mut clients[0], "/hang", "");
    post(&mut clients[1], "/late", "");
    assert_eq!(stub.wait_for_requests(2, LONG).len(), 2);
    let begin = Instant::now();
    drop(stub);
    assert!(begin.elapsed() < LONG, "{:?}", begin.elapsed());
    for client in &mut clients {
        assert_eq!(rest(client), "");
    }
}
