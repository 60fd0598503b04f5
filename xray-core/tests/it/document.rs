//! Whole documents, compared with those in `test-data/documents`.

use crate::support::{ByService, value, with};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use xray_core::test_util::{CountingIds, ManualClock, MemoryEmitter};
use xray_core::{Exception, HttpRequest, Namespace, Recorder, RecorderBuilder, Segment, Sql};

const START: Duration = Duration::from_micros(1_700_000_000_250_000);

struct Stage {
    clock: ManualClock,
    recorder: Recorder,
    memory: MemoryEmitter,
}

impl Stage {
    fn new(settings: impl FnOnce(RecorderBuilder) -> RecorderBuilder) -> Self {
        let clock = ManualClock::new(START);
        let (recorder, memory) = with(|b| {
            settings(b.clock(clock.clone()).ids(CountingIds::new()))
                .in_progress_after(Duration::from_secs(1))
        });
        Self {
            clock,
            recorder,
            memory,
        }
    }

    /// Compares what has been sent with the file; versions of ours are no part of it.
    fn sent(&self, file: &str) {
        let mut sent: Vec<Value> = self.memory.take().iter().map(|d| value(d)).collect();
        for document in &mut sent {
            for version in ["/aws/xray/sdk_version", "/service/runtime_version"] {
                if let Some(version) = document.pointer_mut(version) {
                    assert!(version.as_str().is_some_and(|v| !v.is_empty()));
                    *version = "*".into();
                }
            }
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-data/documents");
        let path = Path::new(folder).join(file).with_extension("json");
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let expected: Value = serde_json::from_str(&expected).unwrap_or_default();
        let shown = serde_json::to_string_pretty(&sent).unwrap();
        assert_eq!(Value::from(sent), expected, "{file}: {shown}");
    }
}

/// One segment, half a second long, that a closure describes.
fn segment(file: &str, describe: impl FnOnce(&Segment, &Stage)) {
    let stage = Stage::new(|b| b);
    let segment = stage.recorder.segment("shop").start();
    describe(&segment, &stage);
    stage.clock.advance(Duration::from_millis(500));
    segment.end();
    stage.sent(file);
}

#[test]
fn c11_minimal_documents() {
    let stage = Stage::new(|b| b);
    let segment = stage.recorder.segment("shop").start();
    stage.clock.advance(Duration::from_secs(2));
    stage.recorder.sweep();
    stage.sent("minimal_open_segment");
    let (child, late) = (segment.subsegment("child"), segment.subsegment("late"));
    stage.clock.advance(Duration::from_millis(1));
    child.end();
    segment.end();
    stage.sent("minimal_segment_with_child");
    stage.clock.advance(Duration::from_millis(1));
    late.end();
    stage.sent("minimal_subsegment_alone");
}

#[test]
fn c12_segment() {
    segment("segment", |_, _| {});
}

#[test]
fn c12_segment_with_service_and_origin() {
    let stage = Stage::new(|b| b.service_version("2.5.0").origin("AWS::ECS::Container"));
    let caller = "Root=1-581cf771-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1";
    let caller = caller.parse().unwrap();
    let segment = stage.recorder.segment("shop").continues(&caller).start();
    segment.user("u-17");
    segment.end();
    stage.sent("segment_with_service_and_origin");
}

#[test]
fn c12_segment_with_annotations() {
    segment("segment_with_annotations", |segment, _| {
        segment.annotate("text", "käse \"7\" 🦀");
        segment.annotate("count", 17);
        segment.annotate("ratio", 0.25);
        segment.annotate("paid", true);
        segment.annotate("order.id", -1);
    });
}

#[test]
fn c12_segment_with_metadata() {
    segment("segment_with_metadata", |segment, _| {
        segment.metadata("cart", &json!({"items": [1, 2.5, null], "note": "a\nb"}));
        segment.metadata("tries", &3);
        segment.metadata_in("payment", "card", "visa");
        segment.metadata_in("AWS.reserved", "key", &[(); 0]);
    });
}

#[test]
fn c12_segment_with_http() {
    segment("segment_with_http", |segment, _| {
        let url = "https://u:p@shop.example:8443/cart/7?token=1#top";
        let request = HttpRequest::new("get", url).user_agent("curl/8");
        segment.http_request(&request.client_ip("203.0.113.7").forwarded(true));
        segment.http_response(404, Some(86));
    });
}

#[test]
fn c12_segment_with_exception() {
    segment("segment_with_exception", |segment, _| {
        let exception = Exception::message(&"out of stock").named("Stock").remote();
        let exception = exception.frame("src/stock.rs", 10, "take");
        segment.record(exception.frame("src/main.rs", 20, "main"));
    });
}

#[test]
fn c12_segment_that_refers_to_its_childs_exception() {
    segment("segment_with_referenced_exception", |segment, _| {
        let error = "x".parse::<u8>().unwrap_err();
        segment.subsegment("parse").record_error(&error);
        segment.record_error(&error);
    });
}

#[test]
fn c12_segment_with_subsegments_and_their_rule() {
    let stage = Stage::new(|b| b.sampler(ByService));
    let segment = stage.recorder.segment("shop").start();
    let outer = segment.subsegment("outer");
    stage.clock.advance(Duration::from_millis(5));
    outer.subsegment("inner").end();
    stage.clock.advance(Duration::from_micros(7));
    drop(outer);
    segment.subsegment("second").mark_throttle();
    segment.end();
    stage.sent("segment_with_subsegments");
}

#[test]
fn c12_subsegment_of_a_remote_call() {
    segment("subsegment_remote", |segment, _| {
        let call = segment.subsegment("prices.example");
        call.namespace(Namespace::Remote);
        let request = HttpRequest::of_parts("POST", "https", "prices.example:443", "/quote?q=1");
        call.http_request(&request.traced(true));
        call.http_response(503, None);
    });
}

#[test]
fn c12_subsegment_of_an_aws_call() {
    segment("subsegment_aws", |segment, _| {
        let call = segment.subsegment("DynamoDB");
        call.namespace(Namespace::Aws);
        call.aws("operation", "GetItem");
        call.aws("region", "eu-west-1");
        call.aws("request_id", "ABC123");
        call.aws("table_name", "carts");
        call.aws("resource_names", &["carts"]);
        call.aws("retries", &0);
        call.aws("consumed_capacity", &json!({"CapacityUnits": 0.5}));
        call.http_response(400, Some(112));
        call.record(
            Exception::message(&"slow down")
                .named("Throttling")
                .remote()
                .as_throttle(),
        );
    });
}

#[test]
fn c12_subsegment_of_a_query() {
    segment("subsegment_sql", |segment, _| {
        let query = segment.subsegment("orders@db.example");
        query.namespace(Namespace::Remote);
        let mut sql = Sql::default();
        sql.url = Some("postgresql://db.example:5432/orders");
        sql.sanitized_query = Some("select * from orders where id = ?");
        sql.database_type = Some("PostgreSQL");
        sql.database_version = Some("16.1");
        sql.driver_version = Some("");
        sql.user = Some("app");
        sql.preparation = Some("statement");
        query.sql(&sql);
    });
}

#[test]
fn c12_subsegment_alone_with_everything() {
    let stage = Stage::new(|b| b);
    let segment = stage.recorder.segment("shop").start();
    let before = segment.subsegment("before");
    let sub = segment.subsegment("step");
    sub.annotate("k", "v");
    sub.metadata("k", "v");
    sub.precursor(before.id().unwrap());
    sub.link(
        "1-581cf771-a006649127e371903a2de979".parse().unwrap(),
        before.id().unwrap(),
    );
    sub.record_error(&std::fmt::Error);
    before.end();
    segment.end();
    sub.subsegment("below").end();
    assert_eq!(stage.memory.take().len(), 1);
    sub.end();
    stage.sent("subsegment_alone");
}
