//! C65: what happens where something is recorded and nothing is open. What is said in the log is
//! looked at where a logger is installed, in the tests of the process's recorder.

use crate::support::with;
use std::panic::{AssertUnwindSafe, catch_unwind};
use xray_core::sampling::Always;
use xray_core::test_util::{MemoryEmitter, block_on, scoped};
use xray_core::{Context, ContextMissing, Env, Recorder, Subsegment, capture, capture_async};

fn recorder(strategy: ContextMissing, env: &[(&str, &str)]) -> Recorder {
    let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
    let env = Env::of(env.iter().copied());
    let builder = builder.sampler(Always).context_missing(strategy).env(env);
    builder.build().unwrap()
}

/// Runs `f` where `recorder` is the process's, as far as `f` can see.
fn inside<R>(recorder: &Recorder, f: impl FnOnce() -> R) -> R {
    block_on(scoped(recorder, async { f() }))
}

/// Everything that asks for the current context.
const ASK: &[fn()] = &[
    || drop(xray_core::subsegment("a")),
    || xray_core::annotate("k", 1),
    || xray_core::metadata("k", &1),
    || xray_core::record_error(&std::fmt::Error),
    || xray_core::user("u"),
    || xray_core::http_response(500, None),
    || {
        let _ = capture("a", |_: &Subsegment| Ok::<_, std::fmt::Error>(()));
    },
    || {
        let future = capture_async("a", async |_| Ok::<_, std::fmt::Error>(()));
        let _ = block_on(future);
    },
    || drop(Context::current().subsegment("a")),
];

#[test]
fn c65_each_call_is_counted_whether_it_is_told_of_or_not() {
    for strategy in [ContextMissing::Log, ContextMissing::Ignore] {
        let recorder = recorder(strategy, &[]);
        for (before, ask) in ASK.iter().enumerate() {
            assert_eq!(recorder.stats().missing_context, before as u64);
            inside(&recorder, ask);
        }
        assert_eq!(recorder.stats().missing_context, ASK.len() as u64);
        assert_eq!(recorder.stats().begun, 0);
    }
}

#[test]
fn c65_code_can_choose_a_panic_that_names_the_place() {
    let recorder = recorder(ContextMissing::Panic, &[]);
    for ask in ASK {
        let caught = inside(&recorder, || catch_unwind(ask)).unwrap_err();
        let message = caught.downcast::<String>().unwrap();
        assert!(message.contains("missing.rs:"), "{message}");
    }
    assert_eq!(recorder.stats().missing_context, ASK.len() as u64);
}

#[test]
fn c65_a_panic_that_unwinds_is_not_made_two() {
    let recorder = recorder(ContextMissing::Panic, &[]);
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            ASK.iter().for_each(|ask| ask());
        }
    }
    let caught = inside(&recorder, || {
        catch_unwind(|| {
            let _last = Last;
            panic!("the user's own");
        })
    });
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"the user's own"));
}

#[test]
fn c65_the_environment_wins_over_code_and_never_panics() {
    for text in [
        "LOG_ERROR",
        "IGNORE_ERROR",
        "RUNTIME_ERROR",
        "runtime_error",
    ] {
        let recorder = recorder(ContextMissing::Panic, &[("AWS_XRAY_CONTEXT_MISSING", text)]);
        inside(&recorder, || ASK.iter().for_each(|ask| ask()));
        assert_eq!(recorder.stats().missing_context, ASK.len() as u64, "{text}");
    }
}

#[test]
fn c65_an_unknown_value_is_an_error_of_the_strict_form() {
    let env = Env::of([("AWS_XRAY_CONTEXT_MISSING", "UNKNOWN")]);
    let error = Recorder::builder("service").env(env).build().unwrap_err();
    let message = "invalid AWS_XRAY_CONTEXT_MISSING \"UNKNOWN\": expected `LOG_ERROR`, \
                   `IGNORE_ERROR` or `RUNTIME_ERROR`";
    assert_eq!(error.to_string(), message);
}

/// What integrations do: they look first.
#[test]
fn c65_whoever_looks_first_is_neither_counted_nor_makes_panic() {
    let recorder = recorder(ContextMissing::Panic, &[]);
    inside(&recorder, || {
        let current = Context::current();
        assert!(current.is_missing() && !current.is_recording());
        // Nor does writing to a context that is held in the hand.
        current.annotate("k", 1);
        current.http_response(500, None);
        current.record_error(&std::fmt::Error);
        assert!(current.header().is_none());
        drop(current.enter());
    });
    assert_eq!(recorder.stats().missing_context, 0);
}

#[test]
fn c65_nothing_is_missing_where_a_segment_is_open_sampled_or_not() {
    for sampled in [true, false] {
        let (recorder, _) = with(|b| b.context_missing(ContextMissing::Panic));
        inside(&recorder, || {
            let segment = recorder.segment("api").sampled(sampled).start();
            let _entered = segment.enter();
            ASK.iter().for_each(|ask| ask());
        });
        assert_eq!(recorder.stats().missing_context, 0);
    }
}

#[test]
fn c65_without_a_recorder_and_while_disabled_all_is_silent() {
    ASK.iter().for_each(|ask| ask());
    let recorder = recorder(ContextMissing::Panic, &[]);
    recorder.set_enabled(false);
    inside(&recorder, || ASK.iter().for_each(|ask| ask()));
    assert_eq!(recorder.stats().missing_context, 0);
    recorder.set_enabled(true);
    let caught = catch_unwind(AssertUnwindSafe(|| inside(&recorder, ASK[0])));
    assert!(caught.is_err());
}
