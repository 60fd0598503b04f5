//! What the SDK allocates, in numbers that do not depend on the machine.

use benches::allocator::allocations;
use benches::works;
use std::net::UdpSocket;
use std::sync::{Mutex, PoisonError};

/// Allocations of the calling thread for each, once everything is warm.
fn for_each(name: &str) -> f64 {
    // The counter is switched on for the whole process.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let unread = UdpSocket::bind("127.0.0.1:0").unwrap();
    let work = works::find(name).unwrap();
    let running = (work.start)(unread.local_addr().unwrap());
    (running.run)(100);
    let seen = allocations(|| (running.run)(1000));
    seen.calls as f64 / 1000.0
}

#[test]
fn a_sampled_trace_allocates_once() {
    assert_eq!(for_each("w1 inline, handles"), 1.0);
    assert_eq!(for_each("w1 inline, context"), 1.0);
    assert_eq!(for_each("w1 inline, plugins"), 1.0);
}

#[test]
fn an_unsampled_trace_allocates_nothing() {
    assert_eq!(for_each("unsampled, handles"), 0.0);
    assert_eq!(for_each("unsampled, context"), 0.0);
}

#[test]
fn metrics_allocate_nothing() {
    for unsampled in [
        "request, unsampled, metrics",
        "unsampled, handles, metrics",
        "unsampled, context, metrics",
    ] {
        assert_eq!(for_each(unsampled), 0.0, "{unsampled}");
    }
    // Beside the one of a trace that is sent.
    assert_eq!(for_each("w1 inline, handles, metrics"), 1.0);
}

#[test]
fn without_a_context_nothing_is_allocated() {
    assert_eq!(for_each("no context"), 0.0);
    assert_eq!(for_each("no context, installed"), 0.0);
}

#[test]
fn headers_are_read_and_written_without_allocating() {
    assert_eq!(for_each("header parse"), 0.0);
    assert_eq!(for_each("header format"), 0.0);
}

#[test]
fn decisions_by_rules_allocate_nothing() {
    assert_eq!(for_each("rules, 10"), 0.0);
    assert_eq!(for_each("rules, 100"), 0.0);
    assert_eq!(for_each("rules, 100 alike"), 0.0);
}

#[test]
fn unsampled_calls_allocate_for_the_header_only() {
    let added = |work: &str, floor: &str| for_each(work) - for_each(floor);
    // Written by hand, the header is made of a text, which takes more.
    assert!(added("send_traced, unsampled", "send floor") <= 0.0);
    // The floor's header is there already.
    assert!((0.99..=1.01).contains(&added("middleware, unsampled", "middleware floor")));
}

#[test]
fn the_trace_id_in_a_line_of_the_log_allocates_nothing() {
    for form in ["text", "json"] {
        let floor = for_each(&format!("{form} line floor"));
        for context in ["no context", "unsampled", "recorded"] {
            assert_eq!(
                for_each(&format!("{form} line, {context}")),
                floor,
                "{form}, {context}"
            );
        }
    }
}

#[test]
fn polls_allocate_nothing() {
    // The segment that the future runs within is one of the thousand.
    assert!(for_each("poll, recording") <= 0.001);
    assert_eq!(for_each("poll, unsampled"), 0.0);
}
