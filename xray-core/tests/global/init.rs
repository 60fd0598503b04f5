//! From before `init` to after the guard.

use crate::{alone, log};
use std::time::Duration;
use xray_core::sampling::Always;
use xray_core::test_util::{DaemonStub, MemoryEmitter};
use xray_core::{Context, InitError, InstallError, Recorder};

const LONG: Duration = Duration::from_secs(20);

fn work() {
    let segment = xray_core::segment("api").start();
    let _entered = segment.enter();
    xray_core::subsegment("work").end();
    xray_core::annotate("k", 1);
}

#[test]
fn b02_before_init_and_without_it_everything_is_silent() {
    alone(
        "init::b02_before_init_and_without_it_everything_is_silent",
        &[("AWS_XRAY_CONTEXT_MISSING", "RUNTIME_ERROR")],
        || {
            log::install();
            work();
            xray_core::subsegment("nothing open").end();
            xray_core::annotate("nothing", "open");
            assert!(Recorder::current().is_none());
            assert!(Context::current().is_missing());
            assert!(log::take().is_empty());
        },
    );
}

#[test]
fn b01_init_says_what_it_does_in_one_line() {
    alone(
        "init::b01_init_says_what_it_does_in_one_line",
        &[("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.2:3000")],
        || {
            log::install();
            let _guard = xray_core::init("checkout");
            let version = env!("CARGO_PKG_VERSION");
            let line = format!(
                "INFO xray: X-Ray SDK for Rust {version}: recording is on, for \"checkout\", to \
                 udp:127.0.0.2:3000, sampler always, plugins none"
            );
            assert_eq!(log::take(), [line]);
        },
    );
}

#[test]
fn c66_init_says_why_nothing_is_recorded() {
    alone(
        "init::c66_init_says_why_nothing_is_recorded",
        &[("AWS_XRAY_SDK_DISABLED", "true")],
        || {
            log::install();
            let guard = xray_core::init("checkout");
            let said = log::take();
            assert_eq!(said.len(), 1);
            let why = "recording is off, by AWS_XRAY_SDK_DISABLED, for \"checkout\"";
            assert!(said[0].contains(why), "{said:?}");
            work();
            assert!(log::take().is_empty());
            assert_eq!(guard.recorder().unwrap().stats().begun, 0);
        },
    );
}

/// A typo must not take a service down: what is not understood keeps its default.
#[test]
fn b01_init_is_lenient_and_tells_of_each_mistake() {
    alone(
        "init::b01_init_is_lenient_and_tells_of_each_mistake",
        &[
            ("AWS_XRAY_DAEMON_ADDRESS", "nonsense"),
            ("AWS_XRAY_QUEUE", "many"),
            ("AWS_XRAY_SDK_ENABLED", "perhaps"),
            ("AWS_XRAY_TRACING_NAME", "from env"),
        ],
        || {
            log::install();
            let guard = xray_core::init("checkout");
            let recorder = guard.recorder().unwrap();
            assert!(recorder.is_enabled());
            assert_eq!(recorder.service(), "from env");
            let said = log::take();
            let expected = [
                "ERROR xray: invalid AWS_XRAY_DAEMON_ADDRESS \"nonsense\": expected `host:port`, or \
                 `tcp:host:port udp:host:port`; the default is used instead",
                "ERROR xray: invalid AWS_XRAY_SDK_ENABLED \"perhaps\": expected `true` or `false`; \
                 the default is used instead",
                "ERROR xray: invalid AWS_XRAY_QUEUE \"many\": expected a whole number above 0; the \
                 default is used instead",
            ];
            assert_eq!(said[..3], expected);
            assert!(said[3].contains("to udp:127.0.0.1:2000"), "{said:?}");
            assert_eq!(said.len(), 4);
        },
    );
}

#[test]
fn b01_try_init_is_strict_and_leaves_room_for_another() {
    alone(
        "init::b01_try_init_is_strict_and_leaves_room_for_another",
        &[("AWS_XRAY_QUEUE", "many")],
        || {
            log::install();
            let error = xray_core::try_init("checkout").unwrap_err();
            assert!(matches!(
                &error,
                InitError::Invalid { name: "AWS_XRAY_QUEUE", value, .. } if value == "many"
            ));
            assert!(log::take().is_empty(), "the caller has the error");
            assert!(Recorder::current().is_none());
            let _guard = xray_core::init("checkout");
            assert!(Recorder::current().is_some());
        },
    );
}

#[test]
fn a_second_recorder_is_given_back() {
    alone("init::a_second_recorder_is_given_back", &[], || {
        log::install();
        let memory = MemoryEmitter::new();
        let builder = || {
            Recorder::builder("first")
                .emitter(memory.clone())
                .sampler(Always)
        };
        let guard = builder().install().unwrap();
        log::take();
        let second = Recorder::builder("second").emitter(MemoryEmitter::new());
        let InstallError(second) = second.build().unwrap().install().unwrap_err();
        assert_eq!(second.service(), "second");
        assert!(second.is_enabled(), "and works by itself");
        assert!(matches!(
            builder().install().unwrap_err(),
            InitError::AlreadyInstalled
        ));
        assert!(log::take().is_empty());
        let third = xray_core::init("third");
        assert!(third.recorder().is_none());
        assert_eq!(log::take(), ["ERROR xray: a recorder is installed already"]);
        // Its guard ends nothing.
        drop(third);
        work();
        assert_eq!(memory.tree(), "api annotations={k: 1}\n  work\n");
        drop(guard);
    });
}

/// From the environment to the daemon, and to the end.
#[test]
fn c57_the_daemon_of_the_environment_gets_what_is_recorded() {
    let test = "init::c57_the_daemon_of_the_environment_gets_what_is_recorded";
    let daemon = DaemonStub::new().unwrap();
    let address = daemon.address();
    let variables = [
        ("AWS_XRAY_DAEMON_ADDRESS", &*address),
        ("AWS_XRAY_QUEUE", "100"),
    ];
    alone(test, &variables, || {
        let guard = xray_core::init("checkout");
        for _ in 0..10 {
            work();
        }
        let recorder = guard.recorder().unwrap().clone();
        let open = xray_core::segment("open").start();
        // The queue is emptied before the process ends.
        drop(guard);
        assert!(!recorder.is_enabled());
        assert_eq!((recorder.stats().emitted, recorder.stats().open()), (20, 1));
        work();
        drop(open);
        assert!(recorder.shutdown(LONG));
        assert_eq!(recorder.stats().emitted, 21);
    });
    // In the child itself nothing arrives at this daemon, but at its parent's.
    if std::env::var(crate::CHILD).is_err() {
        assert_eq!(daemon.wait_for_documents(11, LONG).len(), 11);
        assert!(daemon.tree().ends_with("open\n"), "{}", daemon.tree());
    }
}
