//! What the schemas accept and refuse.

use super::{LARGEST, OFFICIAL, check};
use serde_json::{Value, json};

const TRACE: &str = "1-581cf771-a006649127e371903a2de979";

/// A segment with everything that may be in one; times get their six decimals in `text`.
fn segment() -> Value {
    json!({
        "name": "shop.example", "id": "70de5b6f19ff9a0a", "trace_id": TRACE, "parent_id": "00000000000000aa",
        "start_time": 0, "end_time": 0, "error": true, "throttle": true, "fault": true,
        "user": "ops", "origin": "AWS::ECS::Container", "resource_arn": "arn:aws:ecs:eu-west-1:1:x",
        "service": {"version": "1.2", "runtime": "rustc", "runtime_version": "1.85"},
        "http": {
            "request": {"method": "GET", "url": "https://shop.example/a@b", "user_agent": "curl",
                "client_ip": "10.0.0.1", "x_forwarded_for": true},
            "response": {"status": 429, "content_length": 0},
        },
        "aws": {
            "account_id": "123456789012",
            "cloudwatch_logs": [{"log_group": "g", "arn": "arn:aws:logs:r:1:log-group:g"}],
            "ec2": {"instance_id": "i-1", "instance_size": "m", "ami_id": "a", "availability_zone": "z"},
            "ecs": {"container": "h", "container_id": "c", "container_arn": "arn:c"},
            "eks": {"pod": "p", "cluster_name": "c", "container_id": "i"},
            "elastic_beanstalk": {"environment_name": "e", "version_label": "v", "deployment_id": 3},
            "xray": {"sdk": "X-Ray for Rust", "sdk_version": "0.1.0", "auto_instrumentation": false,
                "sampling_rule_name": "Default"},
        },
        "annotations": {"text": "t", "number": 1.5, "flag": false},
        "metadata": {"default": {"any": [{}, [], null]}},
        "links": [{"trace_id": TRACE, "id": "00000000000000bb", "attributes": {"k": "v"}}],
        "cause": {"working_directory": "/", "paths": ["/src"], "exceptions": [
            {"id": "00000000000000cc", "message": "m", "type": "T", "remote": true, "truncated": 1,
             "skipped": 1, "cause": "00000000000000dd", "stack": [{"path": "p", "line": 1, "label": "l"}]},
            {"id": "00000000000000dd"},
        ]},
        "subsegments": [subsegment()],
    })
}

fn subsegment() -> Value {
    json!({
        "name": "DynamoDB", "id": "00000000000000ee", "start_time": 0, "end_time": 0,
        "namespace": "aws", "traced": true, "precursor_ids": ["00000000000000ef"],
        "cause": "00000000000000cc", "fault": true,
        "http": {"request": {"method": "POST", "url": "https://d", "traced": true}, "response": {"status": 200}},
        "aws": {"operation": "GetItem", "region": "eu-west-1", "request_id": "r", "retries": 0,
            "table_name": "carts", "resource_names": ["carts"], "consumed_capacity": {"CapacityUnits": 1}},
        "sql": {"connection_string": "host=db", "url": "postgresql://u@db:5432/shop", "sanitized_query": "select ?",
            "database_type": "PostgreSQL", "user": "u", "preparation": "statement"},
        "subsegments": [{"name": "leaf", "id": "00000000000000f0", "start_time": 0, "in_progress": true}],
    })
}

fn alone() -> Value {
    let mut alone = subsegment();
    alone["type"] = "subsegment".into();
    alone["trace_id"] = TRACE.into();
    alone["parent_id"] = "00000000000000aa".into();
    alone
}

fn text(document: &Value) -> String {
    let text = document.to_string();
    let timed = text.replace("\"start_time\":0", "\"start_time\":1500000000.000000");
    timed.replace("\"end_time\":0", "\"end_time\":1500000000.250000")
}

/// Puts a value at a JSON pointer whose parent exists; null takes away what is there.
fn with(mut document: Value, pointer: &str, value: Value) -> String {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    if value.is_null() {
        parent.as_object_mut().unwrap().remove(key);
    } else {
        parent[key] = value;
    }
    text(&document)
}

#[track_caller]
fn refused(document: &str, by: &str) {
    let reason = check(document).expect_err(document);
    assert!(reason.contains(by), "{reason}, not because of {by}");
}

#[test]
fn what_this_sdk_writes_is_valid() {
    for document in [segment(), alone()] {
        assert_eq!(check(&text(&document)), Ok(()), "{document:#}");
    }
    let minimal = r#"{"name":"a","id":"0000000000000001","start_time":1.000000,"trace_id":"1-00000000-000000000000000000000001","in_progress":true}"#;
    assert_eq!(check(minimal), Ok(()));
    assert_eq!(check(&format!(" {minimal}\n")), Ok(()));
}

#[test]
fn names_are_those_of_the_official_pattern() {
    let long = "é".repeat(200);
    for name in [
        "é",
        "日本",
        "a b",
        "a_.:/%&#=+-@9",
        "\u{a0}",
        "Ж",
        "٣",
        &long,
    ] {
        assert_eq!(
            check(&with(segment(), "/name", name.into())),
            Ok(()),
            "{name}"
        );
        assert_eq!(
            check(&with(alone(), "/name", name.into())),
            Ok(()),
            "{name}"
        );
    }
    let longer = "é".repeat(201);
    for name in [
        "", "🦀", "a\tb", "a\nb", "a\n", "a\\b", "a;b", "𝔘", "a(b)", &longer,
    ] {
        refused(&with(segment(), "/name", name.into()), "/name: ");
        refused(
            &with(segment(), "/subsegments/0/name", name.into()),
            "/subsegments/0/name: ",
        );
        refused(&with(alone(), "/name", name.into()), "/name: ");
    }
}

/// What is refused in a segment, and in a subsegment both inside and alone.
#[test]
fn members_are_strict() {
    let long = |n: usize| Value::from("x".repeat(n));
    let in_segments = [
        ("/id", json!("70DE5B6F19FF9A0A")),
        ("/id", json!("0000000000000000")),
        ("/id", json!("1")),
        ("/trace_id", json!("1-581CF771-a006649127e371903a2de979")),
        ("/trace_id", json!("1-00000000-000000000000000000000000")),
        ("/trace_id", json!(null)),
        ("/end_time", json!(null)),
        ("/in_progress", json!(true)),
        ("/in_progress", json!(false)),
        ("/fault", json!(false)),
        ("/error", json!(null)),
        ("/user", long(251)),
        ("/user", json!("")),
        ("/namespace", json!("aws")),
        ("/type", json!("segment")),
        ("/traced", json!(true)),
        ("/sql", json!({"user": "u"})),
        ("/precursor_ids", json!(["00000000000000aa"])),
        ("/unknown", json!(1)),
        ("/service", json!({})),
        ("/service/version", json!("unknown")),
        ("/subsegments", json!([])),
        ("/http/request", json!({})),
        ("/http/request/traced", json!(true)),
        ("/http/request/method", json!("get")),
        ("/http/request/url", json!("https://h/p?q")),
        ("/http/request/url", json!("https://u:p@h/p")),
        ("/http/request/url", long(251)),
        ("/http/request/user_agent", long(251)),
        ("/http/response/content_length", json!(-1)),
        ("/http/response/content_length", json!("5")),
        ("/http/response/content_length", json!(1.5)),
        ("/aws/operation", json!("GetItem")),
        ("/aws/ec2", json!({})),
        ("/aws/xray/rule_name", json!("Default")),
        ("/aws/cloudwatch_logs", json!([])),
        ("/annotations", json!({})),
        ("/annotations/a.b", json!(1)),
        ("/annotations/x", json!({"no": "object"})),
        ("/annotations/x", long(1_001)),
        ("/metadata", json!({})),
        ("/metadata/default", json!({})),
        ("/metadata/default", json!("no object")),
        ("/metadata/AWS.x", json!({"k": 1})),
        ("/links", json!([])),
        ("/links/0/id", json!(null)),
        ("/cause", json!("123")),
        ("/cause/exceptions", json!([])),
        ("/cause/exceptions/0/id", json!(null)),
        ("/cause/exceptions/0/cause", json!("")),
        ("/subsegments/0/trace_id", json!(TRACE)),
        ("/subsegments/0/parent_id", json!("70de5b6f19ff9a0a")),
        ("/subsegments/0/type", json!("subsegment")),
    ];
    for (pointer, value) in in_segments {
        refused(&with(segment(), pointer, value), "schema: ");
    }
    let in_subsegments = [
        ("/id", json!(null)),
        ("/namespace", json!("local")),
        ("/namespace", json!("")),
        ("/user", json!("ops")),
        ("/origin", json!("AWS::EC2::Instance")),
        ("/service", json!({"version": "1"})),
        ("/resource_arn", json!("arn:x")),
        ("/in_progress", json!(true)),
        ("/traced", json!(null)),
        ("/traced", json!(false)),
        ("/http/request/traced", json!(null)),
        ("/http", json!(null)),
        ("/http/request/x_forwarded_for", json!(true)),
        ("/aws/xray", json!({"sdk": "s", "sdk_version": "1"})),
        ("/aws/TableName", json!("carts")),
        ("/aws/resource_names", json!([])),
        ("/sql/url", json!("postgresql://u:p@db/shop")),
        ("/sql/url", json!("jdbc:postgresql://db/shop?password=p")),
        ("/sql/preparation", json!("other")),
        ("/precursor_ids", json!([])),
    ];
    for (pointer, value) in in_subsegments {
        refused(&with(alone(), pointer, value.clone()), "schema: ");
        let pointer = format!("/subsegments/0{pointer}");
        refused(&with(segment(), &pointer, value), "schema: ");
    }
    // The reason is legible, though the instance is a whole segment.
    refused(
        &with(segment(), "/end_time", json!(null)),
        "/: value is not valid under any of the schemas listed in the 'oneOf' keyword (/$defs/segment/oneOf)",
    );
    refused(
        &with(segment(), "/unknown", json!(1)),
        "'unknown' was unexpected",
    );
    refused(
        &with(segment(), "/throttle", json!(null)).replace("\"error\":true", "\"throttle\":true"),
        "\"error\" is a required",
    );
    for pointer in ["/trace_id", "/parent_id", "/type"] {
        refused(&with(alone(), pointer, json!(null)), "schema: ");
    }
    let link = segment()["links"][0].clone();
    refused(
        &with(segment(), "/links", vec![link; 21].into()),
        "/links: ",
    );
}

#[test]
fn nulls_are_refused() {
    // Not by `with`, which takes null for absent.
    let document = text(&segment());
    refused(
        &document.replace("\"flag\":false", "\"flag\":null"),
        "/annotations/flag: ",
    );
    refused(
        &document.replace("\"user\":\"ops\"", "\"user\":null"),
        "/user: ",
    );
}

#[test]
fn the_official_schema_is_the_floor() {
    let document = text(&segment());
    assert!(OFFICIAL.contains("java_pattern"));
    refused(
        &document.replace("\"name\":\"shop.example\"", "\"name\":7"),
        "official schema: /name",
    );
    refused("[]", "official schema");
    // Its subsegments have a name that is not empty; its root does not look at `namespace`.
    refused(
        &with(alone(), "/namespace", json!(7)),
        "official schema: /namespace",
    );
}

#[test]
fn members_may_not_be_there_twice() {
    let document = text(&segment());
    let twice = [
        (
            "\"user\":\"ops\"",
            "\"user\":\"ops\",\"user\":\"ops\"",
            "\"user\"",
        ),
        (
            "\"user\":\"ops\"",
            "\"user\":\"ops\",\"\\u0075ser\":\"dev\"",
            "\"user\"",
        ),
        (
            "\"any\":[{}",
            "\"any\":[{\"k\":1,\"l\":{\"m\" : \"\\\\\\\"\"} , \"k\":2}",
            "\"k\"",
        ),
    ];
    for (once, twice, key) in twice {
        let changed = document.replace(once, twice);
        assert_ne!(changed, document);
        refused(&changed, &format!("{key} is there twice"));
    }
    // The same key in different objects, and in a string.
    let fine = document.replace(
        "\"any\":[{}",
        "\"any\":[{\"any\":1},\"{\\\"k\\\":1,\\\"k\\\":1}\"",
    );
    assert_ne!(fine, document);
    assert_eq!(check(&fine), Ok(()));
}

#[test]
fn times_have_six_decimals_and_no_exponent() {
    let document = text(&segment());
    for time in [
        "1.5E9",
        "1500000000",
        "1500000000.25",
        "1.500000e9",
        "1500000000.0000000",
        "-1.000000",
    ] {
        for member in [
            "\"start_time\":1500000000.000000",
            "\"end_time\":1500000000.250000",
        ] {
            let key = member.split_once(':').unwrap().0;
            let changed = document.replacen(member, &format!("{key}:{time}"), 1);
            assert_ne!(changed, document);
            refused(&changed, &format!("the time {time}"));
        }
    }
    // In the user's own data they are no times.
    let fine = document.replace(
        "\"any\":[{}",
        "\"start_time\":1e3,\"any\":[{\"end_time\":7}",
    );
    assert_ne!(fine, document);
    assert_eq!(check(&fine), Ok(()));
}

#[test]
fn nothing_ends_before_it_starts() {
    for pointer in ["/end_time", "/subsegments/0/end_time"] {
        let early = with(segment(), pointer, json!("early"));
        refused(
            &early.replace("\"early\"", "1499999999.999999"),
            "starts at 1500000000.0 and ends at 1499999999.999999",
        );
    }
}

#[test]
fn the_size_is_that_of_a_datagram_less_its_header() {
    assert_eq!(LARGEST, 64_512 - 30);
    let padded = |n: usize| {
        let empty = with(segment(), "/metadata/default/pad", "".into()).len();
        with(
            segment(),
            "/metadata/default/pad",
            "x".repeat(n - empty).into(),
        )
    };
    assert_eq!(check(&padded(LARGEST)), Ok(()));
    refused(&padded(LARGEST + 1), "64483 bytes");
}

#[test]
fn what_is_not_json_is_refused() {
    for text in ["", "{", "{\"name\":NaN}", "{} {}"] {
        refused(text, " at line ");
    }
}
