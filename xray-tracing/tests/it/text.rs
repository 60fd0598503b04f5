//! Text, of which only the beginning is ours.

use crate::support::{Log, id, sampled, unsampled};
use tracing::{info, info_span};
use xray_core::capture;
use xray_tracing::TraceIdFormat;

/// The events of a closure, one on a line.
fn lines(events: impl FnOnce()) -> Vec<String> {
    let text = Log::of(
        |log| {
            tracing_subscriber::fmt()
                .without_time()
                .with_target(false)
                .with_ansi(false)
                .map_event_format(TraceIdFormat::text)
                .with_writer(log)
                .finish()
        },
        events,
    );
    text.lines().map(str::to_owned).collect()
}

#[test]
fn c68_a_line_begins_with_trace_and_entity() {
    let (recorder, _memory) = sampled();
    let header = "Root=1-581cf771-a006649127e371903a2de979;Sampled=1";
    let segment = recorder
        .segment("shop")
        .continues(&header.parse().unwrap())
        .start();
    let id = segment.id().unwrap();
    let lines = lines(|| {
        let _entered = segment.enter();
        info!(order = 7, "paid");
    });
    assert_eq!(
        lines,
        [format!(
            "AWS-XRAY-TRACE-ID: 1-581cf771-a006649127e371903a2de979@{id}  INFO paid order=7"
        )]
    );
}

#[test]
fn c68_the_entity_is_the_innermost_one() {
    let (recorder, memory) = sampled();
    let segment = recorder.segment("shop").start();
    let mut expected = vec![id!(segment)];
    let lines = lines(|| {
        let _entered = segment.enter();
        info!("outside");
        let _: Result<(), std::fmt::Error> = capture("load", |load| {
            expected.push(id!(load));
            info!("in load");
            capture("parse", |parse| {
                expected.push(id!(parse));
                // A span of tracing's is no subsegment.
                let _span = info_span!("span").entered();
                info!("in parse");
                Ok(())
            })?;
            expected.push(id!(load));
            info!("in load again");
            Ok(())
        });
        expected.push(id!(segment));
        info!("outside again");
    });
    segment.end();
    assert_eq!(memory.tree(), "shop\n  load\n    parse\n");
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, id) in lines.iter().zip(expected) {
        assert!(
            line.starts_with(&format!("AWS-XRAY-TRACE-ID: {id}  INFO ")),
            "{line} {id}"
        );
    }
}

#[test]
fn c68_where_nothing_is_open_the_line_is_as_it_was() {
    assert_eq!(lines(|| info!("starting")), [" INFO starting"]);
    let (recorder, _memory) = sampled();
    let segment = recorder.segment("shop").start();
    let lines = lines(|| {
        drop(segment.enter());
        info!("left");
        segment.end();
        info!("ended");
    });
    assert_eq!(lines, [" INFO left", " INFO ended"]);
}

#[test]
fn c68_lines_of_unsampled_requests_have_it_too() {
    let segment = unsampled();
    let lines = lines(|| {
        let _entered = segment.enter();
        info!("segment");
        let _inner = segment.subsegment("inner").entered();
        info!("subsegment");
    });
    let id = id!(segment);
    assert!(!segment.is_recording());
    assert_eq!(
        lines,
        [
            format!("AWS-XRAY-TRACE-ID: {id}  INFO segment"),
            format!("AWS-XRAY-TRACE-ID: {id}  INFO subsegment"),
        ]
    );
}

#[test]
fn c68_on_request_only_recorded_requests_have_it() {
    let with = |segment: &xray_core::Segment, only| {
        Log::of(
            |log| {
                let text = |inner| TraceIdFormat::text(inner).sampled_only(only).key("trace");
                let builder = tracing_subscriber::fmt().without_time().with_ansi(false);
                let builder = builder.with_target(false).map_event_format(text);
                builder.with_writer(log).finish()
            },
            || {
                let _entered = segment.enter();
                info!("paid");
            },
        )
    };
    let segment = unsampled();
    assert_eq!(with(&segment, true), " INFO paid\n");
    assert_eq!(
        with(&segment, false),
        format!("trace: {}  INFO paid\n", id!(segment))
    );
    let (recorder, _memory) = sampled();
    let segment = recorder.segment("shop").start();
    assert_eq!(
        with(&segment, true),
        format!("trace: {}  INFO paid\n", id!(segment))
    );
}

/// All that the other format writes stays, over all its lines, and so do its colours.
#[test]
fn c68_colours_and_further_lines_stay() {
    let (recorder, _memory) = sampled();
    let segment = recorder.segment("shop").start();
    let events = || {
        let _entered = segment.enter();
        let _span = info_span!("pay", order = 7).entered();
        info!(cents = 700, "paid\nwith a card");
    };
    let pretty = || tracing_subscriber::fmt().pretty().without_time();
    for ansi in [true, false] {
        let bare = Log::of(
            |log| pretty().with_ansi(ansi).with_writer(log).finish(),
            events,
        );
        let ours = |log| {
            let builder = pretty().with_ansi(ansi);
            builder
                .map_event_format(TraceIdFormat::text)
                .with_writer(log)
                .finish()
        };
        let ours = Log::of(ours, events);
        assert!(bare.lines().count() > 2, "{bare}");
        assert_eq!(bare.contains("\u{1b}["), ansi, "{bare:?}");
        assert_eq!(ours, format!("AWS-XRAY-TRACE-ID: {} {bare}", id!(segment)));
    }
}
