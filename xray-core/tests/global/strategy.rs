//! C65: what is said where nothing is open; and of documents that do not leave.

use crate::{alone, log};
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use xray_core::sampling::Always;
use xray_core::test_util::{MemoryEmitter, block_on};
use xray_core::{Datagram, EmitError, Emitter, Recorder, capture_async};

#[test]
fn c65_an_error_is_logged_once_for_each_place() {
    alone(
        "strategy::c65_an_error_is_logged_once_for_each_place",
        &[],
        || {
            log::install();
            let guard = xray_core::init("checkout");
            log::take();
            for _ in 0..3 {
                xray_core::subsegment("here").end();
                xray_core::annotate("and", "here");
            }
            let said = log::take();
            assert_eq!(said.len(), 2, "{said:#?}");
            assert!(said[0].starts_with("ERROR xray: a subsegment was asked for at "));
            assert!(said[1].starts_with("ERROR xray: an annotation was given at "));
            assert!(said.iter().all(|line| line.contains("strategy.rs:")));
            for n in 0..2 {
                let future = capture_async("a", async |_| Ok::<_, String>(n));
                assert_eq!(block_on(future), Ok(n));
            }
            let said = log::take();
            assert!(
                said.len() == 1 && said[0].contains("strategy.rs:"),
                "{said:?}"
            );
            let missing = || guard.recorder().unwrap().stats().missing_context;
            assert_eq!(missing(), 8, "six by name, two futures");
            // The logger asks as well: of that is told, too, once, and then it is enough.
            log::ASKS.store(true, Relaxed);
            xray_core::user("u");
            let said = log::take();
            assert!(said.len() == 2 && said[0].contains("log.rs:"), "{said:?}");
            assert_eq!(missing(), 8 + 3);
        },
    );
}

#[test]
fn c65_ignore_error_says_nothing_and_counts() {
    alone(
        "strategy::c65_ignore_error_says_nothing_and_counts",
        &[("AWS_XRAY_CONTEXT_MISSING", "IGNORE_ERROR")],
        || {
            log::install();
            let guard = xray_core::init("checkout");
            log::take();
            xray_core::subsegment("here").end();
            xray_core::user("here");
            assert!(log::take().is_empty());
            assert_eq!(guard.recorder().unwrap().stats().missing_context, 2);
        },
    );
}

#[test]
fn c65_runtime_error_of_the_environment_acts_as_log_error() {
    alone(
        "strategy::c65_runtime_error_of_the_environment_acts_as_log_error",
        &[("AWS_XRAY_CONTEXT_MISSING", "RUNTIME_ERROR")],
        || {
            log::install();
            let _guard = xray_core::init("checkout");
            let said = log::take();
            let warnings = said.iter().filter(|line| line.starts_with("WARN"));
            assert_eq!(warnings.count(), 1, "{said:?}");
            assert!(said[0].contains("RUNTIME_ERROR acts as LOG_ERROR"));
            xray_core::subsegment("here").end();
            assert_eq!(log::take().len(), 1);
        },
    );
}

#[test]
fn c65_an_unknown_value_is_told_of_and_the_default_logs() {
    alone(
        "strategy::c65_an_unknown_value_is_told_of_and_the_default_logs",
        &[("AWS_XRAY_CONTEXT_MISSING", "UNKNOWN")],
        || {
            log::install();
            let _guard = xray_core::init("checkout");
            let said = log::take();
            assert!(said[0].starts_with(
                "ERROR xray: invalid AWS_XRAY_CONTEXT_MISSING \"UNKNOWN\": expected `LOG_ERROR`"
            ));
            xray_core::subsegment("here").end();
            assert_eq!(log::take().len(), 1);
        },
    );
}

struct Refuses;

impl Emitter for Refuses {
    fn emit(&self, _: Datagram<'_>) -> Result<(), EmitError> {
        Err(EmitError::Refused)
    }
}

/// B4: few messages, whatever happens how often and on how many threads.
#[test]
fn b04_losses_are_told_of_once_in_a_while() {
    alone(
        "strategy::b04_losses_are_told_of_once_in_a_while",
        &[],
        || {
            log::install();
            let builder = Recorder::builder("checkout").emitter(Refuses);
            let recorder = builder.sampler(Always).build().unwrap();
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        (0..100).for_each(|_| recorder.segment("api").start().end());
                    });
                }
            });
            assert_eq!(recorder.stats().lost_refused, 400);
            assert_eq!(
                log::take(),
                ["WARN xray: nobody listens at the daemon's address"]
            );
        },
    );
}

pub(crate) struct Panics;

impl ::log::Log for Panics {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &::log::Record<'_>) {
        panic!("the logger's own");
    }

    fn flush(&self) {}
}

#[test]
fn b04_a_logger_that_panics_does_not_end_the_users_work() {
    alone(
        "strategy::b04_a_logger_that_panics_does_not_end_the_users_work",
        &[],
        || {
            let memory = MemoryEmitter::new();
            let builder = Recorder::builder("checkout").emitter(memory.clone());
            let _guard = builder.sampler(Always).install().unwrap();
            ::log::set_logger(&Panics).unwrap();
            ::log::set_max_level(::log::LevelFilter::Trace);
            xray_core::subsegment("nothing open").end();
            let refusing = Recorder::builder("other").emitter(Refuses).sampler(Always);
            let refusing = refusing.build().unwrap();
            refusing.segment("lost").start().end();
            assert_eq!(refusing.stats().lost_refused, 1);
            xray_core::segment("api").start().end();
            assert_eq!(memory.tree(), "api\n");
        },
    );
}

#[test]
fn b01_a_logger_that_panics_does_not_keep_init_from_recording() {
    alone(
        "strategy::b01_a_logger_that_panics_does_not_keep_init_from_recording",
        &[
            // A remark, and an error.
            ("AWS_XRAY_CONTEXT_MISSING", "RUNTIME_ERROR"),
            ("AWS_XRAY_STREAMING_THRESHOLD", "nonsense"),
        ],
        || {
            ::log::set_logger(&Panics).unwrap();
            ::log::set_max_level(::log::LevelFilter::Trace);
            let guard = xray_core::init("checkout");
            assert!(guard.recorder().is_some_and(Recorder::is_enabled));
            assert!(xray_core::init("again").recorder().is_none());
        },
    );
}
