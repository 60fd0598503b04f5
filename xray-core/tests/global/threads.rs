//! Which threads there are: none that nobody asked for.
#![cfg(target_os = "linux")]

use crate::alone;
use std::fs;
use std::net::UdpSocket;
use std::sync::mpsc::channel;
use std::time::Duration;
use xray_core::test_util::MemoryEmitter;
use xray_core::{Recorder, UdpEmitter};

/// The SDK's threads; Linux keeps 15 characters of a name.
pub(crate) fn ours() -> Vec<String> {
    let mut names = Vec::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        // A thread may end between the two calls.
        let name = fs::read_to_string(task.unwrap().path().join("comm"));
        names.extend(name.ok().map(|name| name.trim_end().to_owned()));
    }
    names.retain(|name| name.starts_with("xray-"));
    names.sort();
    names
}

/// A thread names itself when it runs, and ends some time after it was told.
pub(crate) fn becomes(expected: &[&str]) {
    while ours() != expected {
        std::thread::yield_now();
    }
}

#[test]
fn b07_a_literal_address_needs_no_thread_and_a_name_needs_one() {
    alone(
        "threads::b07_a_literal_address_needs_no_thread_and_a_name_needs_one",
        &[],
        || {
            let ipv6 = UdpSocket::bind("[::1]:0").is_ok();
            let literals = ["127.0.0.1:2000", "[::1]:2000"];
            for literal in &literals[..1 + usize::from(ipv6)] {
                let builder = Recorder::builder("service");
                let builder = builder.daemon_address(literal.parse().unwrap());
                let recorder = builder.build().unwrap();
                recorder.segment("api").sampled(true).start().end();
                assert!(ours().is_empty(), "{:?}", ours());
            }
            let (over, wait) = channel::<()>();
            let emitter =
                UdpEmitter::with_resolver(&"daemon:2000".parse().unwrap(), move |_, _| {
                    let _ = wait.recv();
                    Ok(Vec::new())
                });
            let recorder = Recorder::builder("service").emitter(emitter.unwrap());
            let recorder = recorder.build().unwrap();
            becomes(&["xray-resolver"]);
            drop(recorder);
            drop(over);
            becomes(&[]);
        },
    );
}

#[test]
fn threads_that_were_asked_for_end_with_their_recorder() {
    alone(
        "threads::threads_that_were_asked_for_end_with_their_recorder",
        &[],
        || {
            let builder = || Recorder::builder("service").emitter(MemoryEmitter::new());
            let recorder = builder().queue(8).build().unwrap();
            becomes(&["xray-emitter"]);
            drop(recorder);
            becomes(&[]);
            let recorder = builder().in_progress_after(Duration::from_millis(1));
            let recorder = recorder.build().unwrap();
            becomes(&["xray-in-progres"]);
            recorder.shutdown(Duration::ZERO);
            becomes(&[]);
        },
    );
}

/// Neither for rules nor for anything else.
#[test]
fn c66_a_kill_switch_leaves_no_thread_that_asks_the_daemon() {
    alone(
        "threads::c66_a_kill_switch_leaves_no_thread_that_asks_the_daemon",
        &[
            ("AWS_XRAY_SDK_ENABLED", "false"),
            ("AWS_XRAY_SAMPLER", "central"),
        ],
        || {
            let _guard = xray_core::init("service");
            assert!(ours().is_empty(), "{:?}", ours());
        },
    );
}
