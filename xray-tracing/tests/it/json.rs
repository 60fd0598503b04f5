//! JSON, in which there is one member more.

use crate::support::{Log, id, sampled, unsampled};
use serde_json::Value;
use tracing::{info, info_span};
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields};
use xray_core::Segment;
use xray_tracing::TraceIdFormat;

type Builder = SubscriberBuilder<JsonFields, Format<Json, ()>>;

/// All that can be said about how it is written.
const FORMS: &[fn() -> Builder] = &[
    || builder(),
    || builder().flatten_event(true),
    || builder().with_current_span(false).with_span_list(false),
    || {
        builder()
            .with_level(false)
            .flatten_event(true)
            .with_target(false)
    },
    || builder().with_ansi(true),
];

fn builder() -> Builder {
    tracing_subscriber::fmt().json().without_time()
}

fn ours(builder: Builder, events: impl FnOnce()) -> String {
    let format = |log| {
        builder
            .map_event_format(TraceIdFormat::json)
            .with_writer(log)
            .finish()
    };
    Log::of(format, events)
}

fn events(segment: &Segment) {
    let _entered = segment.enter();
    let _span = info_span!("pay", order = 7).entered();
    info!(text = "of \"{}\"\n", "paid");
    // Flattened, this object has nothing else.
    info!("");
}

#[test]
fn c68_an_object_begins_with_trace_and_entity() {
    for segment in [sampled().0.segment("shop").start(), unsampled()] {
        for form in FORMS {
            let bare = Log::of(|log| form().with_writer(log).finish(), || events(&segment));
            let ours = ours(form(), || events(&segment));
            assert_eq!(
                (bare.lines().count(), ours.lines().count()),
                (2, 2),
                "{ours}"
            );
            for (bare, ours) in bare.lines().zip(ours.lines()) {
                let id = id!(segment);
                let member = format!("\"AWS-XRAY-TRACE-ID\":\"{id}\",");
                assert_eq!(ours.replacen(&member, "", 1), bare);

                let mut ours: Value = serde_json::from_str(ours).unwrap();
                let members = ours.as_object_mut().unwrap();
                assert_eq!(members.remove("AWS-XRAY-TRACE-ID").unwrap(), id);
                assert_eq!(ours, serde_json::from_str::<Value>(bare).unwrap());
            }
        }
    }
}

#[test]
fn c68_where_nothing_is_open_the_object_is_as_it_was() {
    let nothing = xray_core::segment("not installed").start();
    for form in FORMS {
        let bare = Log::of(|log| form().with_writer(log).finish(), || events(&nothing));
        assert_eq!(ours(form(), || events(&nothing)), bare);
        assert_eq!(bare.lines().count(), 2);
    }
}

#[test]
fn c68_the_name_of_the_member_is_free() {
    let segment = unsampled();
    for key in ["trace", "a \"b\"\\c\n\u{e9}"] {
        let format = |inner| TraceIdFormat::json(inner).key(key);
        let subscriber = |log| builder().map_event_format(format).with_writer(log).finish();
        let text = Log::of(subscriber, || {
            let _entered = segment.enter();
            info!("paid");
        });
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[key], id!(segment));
        assert_eq!(value["fields"]["message"], "paid");
    }
}
