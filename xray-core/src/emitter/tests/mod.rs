//! Host names, with a resolver that answers when the test says so and pauses of no length; and what
//! errors of the system mean.

#[cfg(target_os = "linux")]
mod offload;

use super::resolver::Schedule;
use super::{Datagram, EmitError, Emitter, UdpEmitter};
use crate::address::DaemonAddress;
use crate::document::HEADER;
use crate::test_util::DaemonStub;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);
const HOUR: Duration = Duration::from_secs(3600);

/// What the resolver does next; `Panic` is what a careless one does.
enum Answer {
    Is(Vec<SocketAddr>),
    Unknown,
    Panic,
}

/// An emitter to the host `daemon`, and its resolver, which takes an answer only when it is asked:
/// when a second one was taken, the first has had its effect.
fn named(refresh: Duration) -> (UdpEmitter, SyncSender<Answer>) {
    let (answers, asked) = sync_channel(0);
    let schedule = Schedule {
        refresh,
        pause: Duration::ZERO,
    };
    let address = DaemonAddress::parse("daemon:2000").unwrap();
    let resolve = move |host: &str, port: u16| {
        assert_eq!((host, port), ("daemon", 2000));
        match asked.recv() {
            Ok(Answer::Is(addresses)) => Ok(addresses),
            Ok(Answer::Unknown) => Err(ErrorKind::NotFound.into()),
            Ok(Answer::Panic) => panic!("the resolver's own"),
            // The test is over.
            Err(_) => loop {
                thread::park();
            },
        }
    };
    let emitter = UdpEmitter::with_schedule(&address, schedule, resolve).unwrap();
    (emitter, answers)
}

fn emit(emitter: &UdpEmitter, name: &str) -> Result<(), EmitError> {
    let document = format!("{{\"name\":\"{name}\"}}");
    emitter.emit(Datagram(&[HEADER, document.as_bytes()].concat()))
}

/// Sends until it is at another address, and something has arrived there.
fn arrives(emitter: &UdpEmitter, daemon: &DaemonStub) {
    while daemon.documents().is_empty() {
        let _ = emit(emitter, "a");
        thread::yield_now();
    }
}

/// A daemon on another of the loopback addresses.
fn second() -> DaemonStub {
    // A port that is free for TCP may be taken for UDP.
    let any = || DaemonStub::on(([127, 0, 0, 2], 0).into()).ok();
    std::iter::repeat_with(any)
        .take(16)
        .flatten()
        .next()
        .unwrap()
}

/// Stops a daemon. The socket keeps the port from other tests and takes nothing, as it is connected
/// to itself.
fn stop(daemon: DaemonStub) -> UdpSocket {
    let address = daemon.udp_addr();
    drop(daemon);
    let nobody = UdpSocket::bind(address).unwrap();
    nobody.connect(address).unwrap();
    nobody
}

#[test]
fn c58_a_name_is_asked_for_until_it_is_known() {
    let daemon = DaemonStub::new().unwrap();
    let (emitter, answers) = named(Duration::ZERO);
    for answer in [Answer::Unknown, Answer::Panic, Answer::Is(Vec::new())] {
        answers.send(answer).unwrap();
        assert!(matches!(emit(&emitter, "lost"), Err(EmitError::Unresolved)));
    }
    answers.send(Answer::Is(vec![daemon.udp_addr()])).unwrap();
    answers.send(Answer::Unknown).unwrap();
    emit(&emitter, "known").unwrap();
    let arrived = daemon.wait_for_documents(1, LONG);
    assert_eq!(arrived, [r#"{"name":"known"}"#]);
}

#[test]
fn c58_an_answer_that_changes_is_followed_and_one_that_fails_is_not() {
    let (first, second) = (DaemonStub::new().unwrap(), second());
    let (emitter, answers) = named(Duration::ZERO);
    answers.send(Answer::Is(vec![first.udp_addr()])).unwrap();
    answers.send(Answer::Unknown).unwrap();
    answers.send(Answer::Panic).unwrap();
    answers.send(Answer::Unknown).unwrap();
    emit(&emitter, "first").unwrap();
    answers.send(Answer::Is(vec![second.udp_addr()])).unwrap();
    answers.send(Answer::Unknown).unwrap();
    emit(&emitter, "second").unwrap();
    let arrived = (
        first.wait_for_documents(1, LONG),
        second.wait_for_documents(1, LONG),
    );
    assert_eq!(arrived.0, [r#"{"name":"first"}"#]);
    assert_eq!(arrived.1, [r#"{"name":"second"}"#]);
}

/// Nothing is due for an hour: only the refusal makes the thread ask again.
#[test]
fn c58_a_daemon_that_moved_is_found_after_a_refusal() {
    let (first, second) = (DaemonStub::new().unwrap(), second());
    let (emitter, answers) = named(HOUR);
    answers.send(Answer::Is(vec![first.udp_addr()])).unwrap();
    arrives(&emitter, &first);
    let _nobody = stop(first);
    while !matches!(emit(&emitter, "lost"), Err(EmitError::Refused)) {}
    answers.send(Answer::Is(vec![second.udp_addr()])).unwrap();
    arrives(&emitter, &second);
}

/// `localhost` means both families, and a service's name all of its hosts.
#[test]
fn c58_the_next_address_of_a_name_is_tried_where_one_refuses() {
    let (first, second) = (DaemonStub::new().unwrap(), second());
    let both = vec![first.udp_addr(), second.udp_addr()];
    let (emitter, answers) = named(HOUR);
    answers.send(Answer::Is(both.clone())).unwrap();
    arrives(&emitter, &first);
    let _nobody = stop(first);
    while !matches!(emit(&emitter, "lost"), Err(EmitError::Refused)) {}
    answers.send(Answer::Is(both)).unwrap();
    arrives(&emitter, &second);
}

/// As on a host that has a route for one of the families only.
#[test]
fn an_address_that_cannot_be_sent_to_is_passed_over() {
    let daemon = DaemonStub::new().unwrap();
    let (emitter, answers) = named(Duration::ZERO);
    let broadcast = ([255, 255, 255, 255], 2000).into();
    answers
        .send(Answer::Is(vec![broadcast, daemon.udp_addr()]))
        .unwrap();
    answers.send(Answer::Unknown).unwrap();
    emit(&emitter, "a").unwrap();
    assert_eq!(daemon.wait_for_documents(1, LONG).len(), 1);
}

#[test]
fn the_resolver_ends_with_its_emitter() {
    let (emitter, answers) = named(HOUR);
    drop(emitter);
    answers.send(Answer::Unknown).unwrap();
    // Its end of the channel is dropped with the thread.
    assert!(answers.send(Answer::Unknown).is_err());
}

#[test]
fn errors_of_the_system_become_reasons() {
    let reason = |kind: ErrorKind| EmitError::from(io::Error::from(kind));
    assert!(matches!(reason(ErrorKind::WouldBlock), EmitError::Full));
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset] {
        assert!(matches!(reason(kind), EmitError::Refused));
    }
    let other = reason(ErrorKind::PermissionDenied);
    assert!(matches!(&other, EmitError::Io(error) if error.kind() == ErrorKind::PermissionDenied));
    assert_eq!(other.source().unwrap().to_string(), other.to_string());
    assert!(EmitError::Full.source().is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn numbers_of_linux_become_reasons() {
    let reason = |number| EmitError::from(io::Error::from_raw_os_error(number));
    assert!(matches!(reason(90), EmitError::TooLarge), "EMSGSIZE");
    assert!(matches!(reason(105), EmitError::Full), "ENOBUFS");
    assert!(matches!(reason(11), EmitError::Full), "EAGAIN");
    assert!(matches!(reason(111), EmitError::Refused), "ECONNREFUSED");
    assert!(matches!(reason(101), EmitError::Io(_)), "ENETUNREACH");
}

#[test]
fn a_datagram_is_a_header_and_a_document() {
    let bytes = [HEADER, b"{}"].concat();
    assert_eq!(Datagram(&bytes).document(), "{}");
    assert_eq!(
        Datagram(&bytes).bytes(),
        b"{\"format\":\"json\",\"version\":1}\n{}"
    );
}
