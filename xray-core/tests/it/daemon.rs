//! The daemon: where it is, when it is not there, and when it is there again.

use crate::emitters::LONG;
use crate::support::balanced;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::channel;
use xray_core::sampling::Always;
use xray_core::test_util::DaemonStub;
use xray_core::{DaemonAddress, Env, InitError, Recorder, RecorderBuilder, UdpEmitter};

fn builder() -> RecorderBuilder {
    Recorder::builder("service").sampler(Always)
}

fn segment(recorder: &Recorder, name: &str) {
    recorder.segment(name).start().end();
}

fn arrives(recorder: &Recorder, daemon: &DaemonStub) {
    segment(recorder, "api");
    let arrived = daemon.wait_for_documents(1, LONG);
    assert_eq!(xray_core::test_util::tree(&arrived), "api\n");
    assert!(daemon.rejected().is_empty());
    balanced(&recorder.stats());
}

/// Where the system has more than one loopback address, one that no other test uses.
fn of_its_own(test: u8) -> SocketAddr {
    let last = if cfg!(target_os = "linux") { test } else { 1 };
    ([127, 0, 0, last], 0).into()
}

/// An address of nobody's; the socket keeps it from other tests, and being connected to itself takes
/// nothing from others.
fn nobody(address: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.connect(socket.local_addr().unwrap()).unwrap();
    socket
}

#[test]
fn c57_the_address_is_given_by_code() {
    let daemon = DaemonStub::new().unwrap();
    let address = daemon.address().parse().unwrap();
    arrives(&builder().daemon_address(address).build().unwrap(), &daemon);
}

#[test]
fn c57_the_environment_wins_over_code() {
    let (daemon, other) = (DaemonStub::new().unwrap(), DaemonStub::new().unwrap());
    let (udp, tcp) = (daemon.udp_addr(), daemon.tcp_addr());
    for text in [
        udp.to_string(),
        format!("tcp:{tcp} udp:{udp}"),
        format!("  udp:{udp} tcp:127.0.0.1:1 "),
    ] {
        let env = Env::of([("AWS_XRAY_DAEMON_ADDRESS", text)]);
        let code = other.address().parse().unwrap();
        let recorder = builder().daemon_address(code).env(env).build().unwrap();
        let before = daemon.documents().len();
        segment(&recorder, "api");
        let arrived = daemon.wait_for_documents(before + 1, LONG);
        assert_eq!(arrived.len(), before + 1);
    }
    assert!(other.documents().is_empty());
}

#[test]
fn c57_ipv6_by_code_and_environment() {
    let daemon = match DaemonStub::ipv6() {
        Ok(daemon) => daemon,
        // A host without IPv6: then its addresses are at least no mistake.
        Err(_) => {
            let address = DaemonAddress::parse("[::1]:2000").unwrap();
            assert_eq!(address.udp.to_string(), "[::1]:2000");
            return;
        }
    };
    let address = daemon.udp_addr().to_string();
    assert!(address.starts_with("[::1]:"));
    let code = builder().daemon_address(address.parse().unwrap());
    arrives(&code.build().unwrap(), &daemon);
    let before = daemon.take().len();
    assert_eq!(before, 1);
    let env = Env::of([("AWS_XRAY_DAEMON_ADDRESS", address)]);
    arrives(&builder().env(env).build().unwrap(), &daemon);
}

#[test]
fn c57_an_address_that_is_none_is_an_error_of_the_strict_form() {
    let env = Env::of([("AWS_XRAY_DAEMON_ADDRESS", "192.168.0.1")]);
    let error = builder().env(env).build().unwrap_err();
    assert!(matches!(
        &error,
        InitError::Invalid { name: "AWS_XRAY_DAEMON_ADDRESS", value, .. } if value == "192.168.0.1"
    ));
}

/// What is lost while it is away is counted, each refusal with the next document, which is sent all
/// the same. A system under load may tell of several refusals at once, so the sum is a bound.
#[test]
fn c58_a_daemon_that_restarts_is_found_and_losses_are_counted() {
    let daemon = DaemonStub::on(of_its_own(59)).unwrap();
    let address = daemon.udp_addr();
    let recorder = builder().daemon_address(daemon.address().parse().unwrap());
    let recorder = recorder.build().unwrap();
    segment(&recorder, "before");
    assert_eq!(daemon.wait_for_documents(1, LONG).len(), 1);
    drop(daemon);
    let away = nobody(address);
    let mut lost = 0;
    while lost < 5 || recorder.stats().lost_refused == 0 {
        segment(&recorder, "lost");
        lost += 1;
    }
    drop(away);
    let daemon = DaemonStub::on(address).unwrap();
    segment(&recorder, "after");
    segment(&recorder, "after");
    let arrived = daemon.wait_for_documents(2, LONG);
    assert_eq!(xray_core::test_util::tree(&arrived), "after\nafter\n");
    let stats = recorder.stats();
    assert_eq!(stats.lost(), stats.lost_refused);
    assert!((1..=lost).contains(&stats.lost_refused), "{stats:?}");
    balanced(&stats);
}

/// A port that was free a moment ago may be somebody else's by the time the daemon comes: then another.
#[test]
fn c58_a_daemon_that_comes_later_is_found() {
    let (recorder, daemon) = (0..16)
        .find_map(|_| {
            let away = nobody(of_its_own(58));
            let address = away.local_addr().unwrap();
            let text = address.to_string();
            let recorder = builder().daemon_address(text.parse().unwrap()).build();
            let recorder = recorder.unwrap();
            segment(&recorder, "lost");
            assert!(recorder.flush(LONG), "there is nothing to wait for");
            drop(away);
            let daemon = DaemonStub::on(address).ok()?;
            Some((recorder, daemon))
        })
        .unwrap();
    arrives(&recorder, &daemon);
}

/// The resolver answers only when the test is over: whoever waited for it would hang here.
#[test]
fn a_resolver_that_hangs_holds_nobody_up() {
    let (over, hang) = channel::<()>();
    let resolve = move |_: &str, _: u16| {
        let _ = hang.recv();
        Err(io::ErrorKind::TimedOut.into())
    };
    let address = DaemonAddress::parse("daemon.invalid:2000").unwrap();
    let emitter = UdpEmitter::with_resolver(&address, resolve).unwrap();
    let recorder = builder().emitter(emitter).build().unwrap();
    for _ in 0..3 {
        let segment = recorder.segment("api").start();
        segment.subsegment("work").end();
    }
    assert_eq!(recorder.stats().lost_unresolved, 6);
    assert!(recorder.flush(LONG));
    assert!(recorder.shutdown(LONG));
    balanced(&recorder.stats());
    drop(recorder);
    drop(over);
}

#[test]
fn a_resolver_that_hangs_does_not_hold_up_a_queue() {
    let (over, hang) = channel::<()>();
    let resolve = move |_: &str, _: u16| {
        let _ = hang.recv();
        Err(io::ErrorKind::TimedOut.into())
    };
    let address = DaemonAddress::parse("daemon.invalid:2000").unwrap();
    let emitter = UdpEmitter::with_resolver(&address, resolve).unwrap();
    let recorder = builder().emitter(emitter).queue(8).build().unwrap();
    segment(&recorder, "api");
    assert!(recorder.shutdown(LONG));
    assert_eq!(recorder.stats().lost_unresolved, 1);
    drop(over);
}

/// A name that nobody knows is no error of the strict form, either.
#[test]
fn a_name_is_looked_up_later_than_the_recorder_is_built() {
    let daemon = DaemonStub::new().unwrap();
    let (asked, asks) = channel();
    let to = daemon.udp_addr();
    let resolve = move |host: &str, port: u16| {
        asked.send((host.to_owned(), port)).unwrap();
        Ok(vec![to])
    };
    let address = DaemonAddress::parse("daemon.internal:3000").unwrap();
    let emitter = UdpEmitter::with_resolver(&address, resolve).unwrap();
    let recorder = builder().emitter(emitter).build().unwrap();
    assert_eq!(asks.recv().unwrap(), ("daemon.internal".to_owned(), 3000));
    while daemon.documents().is_empty() {
        segment(&recorder, "api");
        std::thread::yield_now();
    }
    assert_eq!(recorder.stats().lost(), recorder.stats().lost_unresolved);
}
