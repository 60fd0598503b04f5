//! Names, and the smaller members of a document.

use crate::support::{ByService, document, recorder, value, with};
use serde_json::{Value, json};
use xray_core::{Recorder, SegmentId, Sql, Subsegment, TraceId, sampling::Always};

fn subsegment(describe: impl FnOnce(&Subsegment)) -> Value {
    document(|s| describe(&s.subsegment("sub")))["subsegments"][0].take()
}

#[test]
fn d3_names_are_mended() {
    let vectors = include_str!("../../test-data/documents/names.json");
    for vector in value(vectors).as_array().unwrap() {
        let text = |key: &str| match &vector[key] {
            // So many of one character.
            Value::Object(times) => {
                let (text, n) = times.iter().next().unwrap();
                text.repeat(n.as_u64().unwrap() as usize)
            }
            text => text.as_str().unwrap_or_default().to_owned(),
        };
        let (recorder, memory) = with(|b| b);
        let segment = recorder.segment(&text("name")).start();
        segment.subsegment(&text("name")).end();
        segment.end();
        let document = &memory.values()[0];
        let of_segment = Some(text("name_of_segment")).filter(|name| !name.is_empty());
        let (expected, sub) = (text("expected"), &document["subsegments"][0]);
        assert_eq!(
            document["name"],
            of_segment.unwrap_or(expected.clone()),
            "{vector}"
        );
        assert_eq!(sub["name"], expected, "{vector}");
    }
}

#[test]
fn d3_without_any_name_a_segment_is_unknown() {
    let memory = xray_core::test_util::MemoryEmitter::new();
    let recorder = Recorder::builder("()")
        .emitter(memory.clone())
        .sampler(Always);
    recorder.build().unwrap().segment("??").start().end();
    assert_eq!(memory.tree(), "unknown\n");
}

#[test]
fn the_user_is_cut_and_the_last_one_counts() {
    let long = "\"ä".repeat(200);
    let user = |users: &[&str]| document(|s| users.iter().for_each(|u| s.user(u)))["user"].take();
    assert_eq!(user(&["ann"]), "ann");
    assert_eq!(user(&["ann", "bob"]), "bob");
    assert_eq!(user(&[&long]), "\"ä".repeat(125));
    assert_eq!(user(&[""]), Value::Null);
    assert_eq!(user(&["ann", ""]), "ann");
}

#[test]
fn links_are_at_most_twenty() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let trace: TraceId = "1-581cf771-a006649127e371903a2de979".parse().unwrap();
    let ids = || (1..=25).filter_map(SegmentId::from_u64);
    ids().for_each(|id| segment.link(trace, id));
    // One that is there is not there twice, and none is forgotten for it.
    segment.link(trace, SegmentId::from_u64(1).unwrap());
    segment.end();
    let entry = |id: SegmentId| json!({"trace_id": trace.to_string(), "id": id.to_string()});
    let expected: Vec<_> = ids().take(20).map(entry).collect();
    assert_eq!(memory.values()[0]["links"], json!(expected));
    assert_eq!(recorder.stats().refused_values, 5);
}

#[test]
fn precursors_are_siblings_by_id() {
    let ids = || (1..=120).filter_map(SegmentId::from_u64);
    let sub = subsegment(|s| {
        ids().for_each(|id| s.precursor(id));
        s.precursor(SegmentId::from_u64(7).unwrap());
    });
    let expected: Vec<_> = ids().take(100).map(|id| id.to_string()).collect();
    assert_eq!(sub["precursor_ids"], json!(expected));
}

#[test]
fn a_query_is_on_its_subsegment_without_what_is_empty() {
    let long = "ä".repeat(11_000);
    let sql = |describe: fn(&mut Sql<'_>)| {
        let mut sql = Sql::default();
        describe(&mut sql);
        subsegment(|s| s.sql(&sql))
    };
    assert!(sql(|_| {}).get("sql").is_none());
    assert!(sql(|s| s.url = Some("")).get("sql").is_none());
    let some = sql(|s| {
        s.connection_string = Some("Host=db;\"");
        s.user = Some("");
        s.preparation = Some("call");
    });
    assert_eq!(
        some["sql"],
        json!({"connection_string": "Host=db;\"", "preparation": "call"})
    );
    let mut sql = Sql::default();
    (sql.sanitized_query, sql.user) = (Some(&*long), Some(&*long));
    let sub = subsegment(|s| {
        s.sql(&Sql::default());
        s.sql(&sql);
    });
    let expected = json!({"sanitized_query": "ä".repeat(10_000), "user": "ä".repeat(250)});
    assert_eq!(sub["sql"], expected);
}

#[test]
fn d13_keys_of_the_aws_block_are_mended_and_empty_values_left_out() {
    let sub = subsegment(|s| {
        s.aws("operation", "GetItem");
        s.aws("Table-Name", "carts");
        s.aws("id_2", "x");
        s.aws("", "nameless");
        s.aws("retries", &0);
        s.aws("consistent_read", &false);
        s.aws(
            "consumed_capacity",
            &json!({"CapacityUnits": 1.5, "Nested": {}}),
        );
        s.aws("none", &None::<u8>);
        s.aws("text", "");
        s.aws("list", &[(); 0]);
        s.aws("map", &json!({}));
        s.aws("operation", "PutItem");
    });
    let expected = json!({
        "operation": "PutItem", "table_name": "carts", "id_2": "x", "_": "nameless", "retries": 0,
        "consistent_read": false, "consumed_capacity": {"CapacityUnits": 1.5, "Nested": {}},
    });
    assert_eq!(sub["aws"], expected);
    let nothing = subsegment(|s| s.aws("none", ""));
    assert!(nothing.get("aws").is_none(), "{nothing}");
}

#[test]
fn d12_service_and_origin_are_cut_and_left_out_where_empty() {
    let (recorder, memory) = with(|b| b.service_version("").origin(""));
    recorder.segment("api").start().end();
    let document = &memory.values()[0];
    assert!(document.get("origin").is_none());
    let service = document["service"].as_object().unwrap();
    assert_eq!(
        service.keys().collect::<Vec<_>>(),
        ["runtime", "runtime_version"]
    );
    let (recorder, memory) = with(|b| b.service_version("v".repeat(300)).origin("o\"".repeat(300)));
    recorder.segment("api").start().end();
    let document = &memory.values()[0];
    assert_eq!(document["service"]["version"], "v".repeat(250));
    assert_eq!(document["origin"], "o\"".repeat(125));
}

#[test]
fn c15_the_rule_is_named_and_not_shared() {
    let (recorder, memory) = with(|b| b.sampler(ByService));
    let caller = "Root=1-581cf771-a006649127e371903a2de979;Sampled=1";
    let caller = caller.parse().unwrap();
    for name in ["first", "second", "plain"] {
        recorder.segment(name).start().end();
    }
    recorder.segment("decided").continues(&caller).start().end();
    let rules = memory.values();
    let rules = rules
        .iter()
        .map(|d| &d["aws"]["xray"]["sampling_rule_name"]);
    let expected = [json!("first"), json!("second"), Value::Null, Value::Null];
    assert_eq!(rules.cloned().collect::<Vec<_>>(), expected);
}

#[test]
fn the_resource_is_named_by_its_arn_and_by_nothing_else() {
    for (given, expected) in [
        ("arn:aws:ecs:eu-central-1:123456789012:container/a", true),
        ("container/a", false),
    ] {
        let (recorder, memory) = recorder();
        recorder.segment("api").resource_arn(given).start().end();
        let document = crate::support::value(&memory.take()[0]);
        assert_eq!(document["resource_arn"] == given, expected, "{document}");
    }
}
