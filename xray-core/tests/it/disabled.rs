//! The kill switches: by environment, by code, at run time; and everything one can call, in any
//! order, while nothing is recorded.

use crate::emitters::LONG;
use crate::support::{Dice, balanced, with};
use std::time::{Duration, SystemTime};
use xray_core::sampling::{Always, Never};
use xray_core::test_util::{MemoryEmitter, block_on, scoped};
use xray_core::{
    Context, Env, Exception, HttpRequest, Namespace, Recorder, Segment, SegmentId, Sql, Subsegment,
    TraceFuture, TraceHeader, TraceId, capture, capture_async,
};

fn enabled(code: bool, env: &[(&str, &str)]) -> bool {
    let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
    let env = Env::of(env.iter().copied());
    builder.enabled(code).env(env).build().unwrap().is_enabled()
}

#[test]
fn c66_whichever_switch_says_no_is_obeyed() {
    for no in ["false", "0", "no", "off", "n", "f", "False", "OFF"] {
        assert!(!enabled(true, &[("AWS_XRAY_SDK_ENABLED", no)]), "{no}");
        assert!(!enabled(true, &[("AWS_XRAY_TRACING_ENABLED", no)]), "{no}");
        assert!(enabled(true, &[("AWS_XRAY_SDK_DISABLED", no)]), "{no}");
    }
    for yes in ["true", "1", "yes", "on", "y", "t", "TRUE", "On"] {
        assert!(!enabled(true, &[("AWS_XRAY_SDK_DISABLED", yes)]), "{yes}");
        assert!(enabled(true, &[("AWS_XRAY_TRACING_ENABLED", yes)]), "{yes}");
    }
    let both = [
        ("AWS_XRAY_SDK_ENABLED", "true"),
        ("AWS_XRAY_SDK_DISABLED", "true"),
    ];
    assert!(!enabled(true, &both));
    let both = [
        ("AWS_XRAY_SDK_ENABLED", "true"),
        ("AWS_XRAY_TRACING_ENABLED", "false"),
    ];
    assert!(!enabled(true, &both));
}

#[test]
fn c66_the_environment_wins_over_code() {
    assert!(enabled(false, &[("AWS_XRAY_SDK_ENABLED", "true")]));
    assert!(!enabled(true, &[("AWS_XRAY_SDK_ENABLED", "false")]));
    assert!(!enabled(false, &[]));
    // These two switch off, and say nothing else.
    assert!(!enabled(false, &[("AWS_XRAY_SDK_DISABLED", "false")]));
    assert!(!enabled(false, &[("AWS_XRAY_TRACING_ENABLED", "true")]));
}

#[test]
fn c66_what_is_open_is_still_sent_and_what_is_new_is_nothing() {
    let (recorder, memory) = with(|b| b);
    let open = recorder.segment("open").start();
    recorder.set_enabled(false);
    open.subsegment("still").end();
    open.annotate("still", true);
    let nothing = recorder.segment("nothing").start();
    assert!(nothing.context().is_missing() && nothing.header().is_none());
    nothing.subsegment("nothing").end();
    drop(nothing);
    drop(open);
    assert_eq!(memory.tree(), "open annotations={still: true}\n  still\n");
    recorder.set_enabled(true);
    recorder.segment("again").start().end();
    assert_eq!(memory.documents().len(), 2);
    assert_eq!(recorder.stats().missing_context, 0);
    balanced(&recorder.stats());
}

/// Every state in which nothing is recorded.
#[test]
fn c66_every_call_in_any_order_while_nothing_is_recorded() {
    let off = |b: xray_core::RecorderBuilder| b.enabled(false);
    let (disabled, first) = with(off);
    let (unsampled, second) = with(|b| b.sampler(Never));
    let (late, third) = with(|b| b);
    late.shutdown(LONG);
    let none: Option<&Recorder> = None;
    for (seed, recorder) in [Some(&disabled), Some(&unsampled), Some(&late), none]
        .into_iter()
        .enumerate()
    {
        for round in 0..40 {
            let mut dice = Dice((seed * 1000 + round) as u64);
            let all = async { everything(recorder, &mut dice) };
            match recorder {
                Some(recorder) => block_on(scoped(recorder, all)),
                None => block_on(all),
            }
            assert!(Context::current().is_missing());
        }
    }
    assert_eq!(disabled.stats().missing_context, 0);
    assert_eq!(late.stats().missing_context, 0);
    for (recorder, memory) in [(disabled, first), (unsampled, second), (late, third)] {
        assert!(memory.take().is_empty());
        assert!(recorder.flush(LONG) && recorder.shutdown(LONG));
        recorder.sweep();
        assert_eq!(recorder.stats(), missing_only(&recorder), "{recorder:?}");
    }
}

/// All counters at zero, but for what was asked for outside of unsampled segments.
fn missing_only(recorder: &Recorder) -> xray_core::Stats {
    let (fresh, _) = with(|b| b);
    let mut stats = fresh.stats();
    stats.missing_context = recorder.stats().missing_context;
    stats
}

fn segment(recorder: Option<&Recorder>) -> Segment {
    let header: TraceHeader = "Root=1-581cf771-a006649127e371903a2de979;Sampled=?;Lineage=a:1"
        .parse()
        .unwrap();
    let builder = match recorder {
        Some(recorder) => recorder.segment("api"),
        None => xray_core::segment("api"),
    };
    builder
        .continues(&header)
        .request(HttpRequest::new("get", "http://host/path"))
        .user("u")
        .operation("GET /path")
        .started_at(SystemTime::now())
        .sampling(Some("host"), "GET", "/path")
        .resource_arn("arn:aws:ec2:::i-1")
        .attributes(&[("k", "v")])
        .start()
}

/// Draws calls until each had its chance, on a segment, a subsegment, their contexts and the current
/// one, entered or not.
fn everything(recorder: Option<&Recorder>, dice: &mut Dice) {
    let segment = segment(recorder);
    let sub = segment.subsegment("sub");
    let contexts = [
        Context::default(),
        Context::current(),
        segment.context(),
        sub.context(),
        sub.segment(),
    ];
    let mut guards = Vec::new();
    for _ in 0..60 {
        let context = &contexts[dice.roll(5) as usize];
        if dice.roll(6) == 0 {
            guards.push(context.enter());
        }
        if dice.roll(6) == 0 && !guards.is_empty() {
            drop(guards.swap_remove(dice.roll(guards.len() as u64) as usize));
        }
        say(context, dice.roll(28));
        ambient(dice.roll(12));
        assert!(!context.is_recording() && !xray_core::__private::is_recording());
    }
    drop(guards);
    match dice.roll(4) {
        0 => sub.end_at(SystemTime::now()),
        1 => drop(block_on(async { Ok::<_, String>(1) }.within(sub))),
        2 => sub.entered().leave().entered().end(),
        _ => assert_eq!(block_on(sub.run(async { Err::<u8, _>("e") })), Err("e")),
    }
    match dice.roll(3) {
        0 => segment.end_at(SystemTime::now() + Duration::from_secs(1)),
        1 => assert_eq!(block_on(segment.run(async { Ok::<_, &str>(7) })), Ok(7)),
        _ => segment.end(),
    }
    contexts.iter().for_each(|context| say(context, 0));
}

fn say(on: &Context, what: u64) {
    match what {
        0 => on.annotate("k", "v"),
        1 => on.metadata("k", &[1, 2]),
        2 => on.metadata_in("n", "k", &f64::NAN),
        3 => on.user("u"),
        4 => on.record_error(&std::fmt::Error),
        5 => on.record(Exception::message(&"m").as_throttle().remote()),
        6 => on.mark_error(),
        7 => on.mark_fault(),
        8 => on.mark_throttle(),
        9 => on.http_request(&HttpRequest::new("GET", "http://host/").traced(true)),
        10 => on.http_response(503, Some(1)),
        11 => on.namespace(Namespace::Aws),
        12 => on.aws("operation", "GetItem"),
        13 => on.sql(&Sql::default()),
        14 => on.link(trace(), id()),
        15 => on.precursor(id()),
        16 => on.operation("GET /"),
        17 => on.clone().wrap(|| xray_core::annotate("k", 1))(),
        18 => drop(on.subsegment("a").subsegment("b")),
        19 => on.segment().annotate("k", 1),
        20 => drop(std::thread::spawn(on.clone().wrap(|| 1)).join().unwrap()),
        21 => assert!(!format!("{on:?}").contains("recording")),
        22 => assert_eq!(on.trace_id().is_some(), on.header().is_some()),
        23 => assert_eq!(on.id().is_some(), on.header_value().is_some()),
        24 => std::mem::forget(on.subsegment("leaked")),
        25 => drop(on.subsegment("guard").entered()),
        26 => assert!(!on.is_missing() || on.id().is_none()),
        _ => drop(on.clone()),
    }
}

fn ambient(what: u64) {
    match what {
        0 => xray_core::annotate("k", 1),
        1 => xray_core::metadata("k", "v"),
        2 => xray_core::record_error(&std::fmt::Error),
        3 => xray_core::user("u"),
        4 => xray_core::http_response(404, None),
        5 => drop(xray_core::subsegment("a")),
        6 => drop(xray_core::current()),
        7 => {
            let failed = capture("a", |s: &Subsegment| {
                s.annotate("k", 1);
                Err::<u8, _>("told")
            });
            assert_eq!(failed, Err("told"));
        }
        8 => {
            let done = block_on(capture_async("a", async |_| Ok::<_, String>(3)));
            assert_eq!(done, Ok(3));
        }
        9 => drop(xray_core::__private::subsegment("a", &[("k", 1.into())])),
        10 => block_on(async {}.within(Context::current())),
        _ => drop(xray_core::segment("b").sampled(false).start()),
    }
}

fn trace() -> TraceId {
    "1-581cf771-a006649127e371903a2de979".parse().unwrap()
}

fn id() -> SegmentId {
    "53995c3f42cd8ad8".parse().unwrap()
}

/// A recorder that was off from the start can be turned on.
#[test]
fn recording_can_begin_later() {
    let (recorder, memory) = with(|b| b.enabled(false).sampler(Always));
    recorder.segment("nothing").start().end();
    recorder.set_enabled(true);
    recorder.segment("something").start().end();
    assert_eq!(memory.tree(), "something\n");
}
