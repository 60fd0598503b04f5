//! Whatever texts users have, documents are valid.

use crate::support::{value, with};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use std::time::{Duration, SystemTime};
use xray_core::{Exception, HttpRequest, Namespace, Segment, Sql, Subsegment};

/// Texts with what is special somewhere: escapes, separators, URLs, long ones, beyond the BMP.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "",
        "\"",
        "\\",
        "\u{0}",
        "\n",
        "AWS.",
        "xray_sdk",
        "default",
        "://",
        "@",
        "?",
        "#",
        ":80",
        "http://u:p@h/x?q ",
        "🦀",
        "ä",
        "\u{2028}",
        "\u{feff}",
        "e\u{301}",
        "NaN",
        "{}",
        "],",
    ]);
    let piece = prop_oneof![
        4 => special.prop_map(str::to_owned),
        4 => "\\PC{0,12}",
        2 => any::<String>(),
        1 => (any::<char>(), 0..1_200_usize).prop_map(|(c, n)| c.to_string().repeat(n)),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// One thing said of an entity.
#[derive(Clone, Debug)]
enum Said {
    Annotation(String, String),
    Number(String, f64),
    Metadata(String, String, String),
    Request([String; 4], bool),
    Response(u16, Option<u64>),
    User(String),
    Aws(String, String),
    Query(String),
    Exception([String; 4], bool),
}

fn said() -> impl Strategy<Value = Said> {
    let texts = || [text(), text(), text(), text()];
    prop_oneof![
        (text(), text()).prop_map(|(k, v)| Said::Annotation(k, v)),
        (text(), any::<f64>()).prop_map(|(k, v)| Said::Number(k, v)),
        (text(), text(), text()).prop_map(|(n, k, v)| Said::Metadata(n, k, v)),
        (texts(), any::<bool>()).prop_map(|(t, flag)| Said::Request(t, flag)),
        (any::<u16>(), any::<Option<u64>>()).prop_map(|(s, l)| Said::Response(s, l)),
        text().prop_map(Said::User),
        (text(), text()).prop_map(|(k, v)| Said::Aws(format!("x{k}"), v)),
        text().prop_map(Said::Query),
        (texts(), any::<bool>()).prop_map(|(t, flag)| Said::Exception(t, flag)),
    ]
}

/// Says it of the segment, or of the subsegment below it.
fn say(said: &Said, segment: &Segment, sub: &Subsegment, of_segment: bool) {
    let at = if of_segment {
        segment.context()
    } else {
        sub.context()
    };
    match said {
        Said::Annotation(key, v) => at.annotate(key, v),
        Said::Number(key, v) => at.annotate(key, *v),
        Said::Metadata(namespace, key, v) => at.metadata_in(namespace, key, v),
        Said::Request([method, url, agent, ip], flag) => {
            let (host, path) = url.split_at(url.find('/').unwrap_or(0));
            let request = match flag {
                true => HttpRequest::new(method, url),
                false => HttpRequest::of_parts(method, "https", host, path),
            };
            let request = request.user_agent(agent).client_ip(ip);
            at.http_request(&request.traced(*flag).forwarded(*flag));
        }
        Said::Response(status, length) => at.http_response(*status, *length),
        Said::User(user) => at.user(user),
        Said::Aws(key, v) => at.aws(key, v),
        Said::Query(text) => {
            let mut sql = Sql::default();
            let text = text.as_str();
            (sql.sanitized_query, sql.user) = (Some(text), Some(text));
            (sql.database_type, sql.driver_version) = (Some(text), Some(text));
            sql.connection_string = Some(text);
            at.sql(&sql);
            at.namespace(Namespace::Remote);
        }
        Said::Exception([message, name, path, label], flag) => {
            let exception = Exception::message(message)
                .named(name)
                .frame(path, 7, label);
            at.record(if *flag { exception.remote() } else { exception });
        }
    }
}

/// Keys of annotations, and names, of an entity and those below it.
fn check(entity: &Value) {
    let name = entity["name"].as_str().unwrap();
    assert!((1..=200).contains(&name.chars().count()), "{name:?}");
    assert!(
        !name
            .chars()
            .any(|c| c < ' ' || "\"\\?;*()!$~^<>{}[]|,'`".contains(c)),
        "{name:?}"
    );
    for (key, value) in entity["annotations"].as_object().into_iter().flatten() {
        assert!((1..=500).contains(&key.len()), "{key:?}");
        assert!(
            key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_'),
            "{key:?}"
        );
        assert!(
            value
                .as_str()
                .is_none_or(|text| text.chars().count() <= 1_000)
        );
    }
    for namespace in entity["metadata"].as_object().into_iter().flatten() {
        assert!(
            !namespace.0.is_empty() && !namespace.0.starts_with("AWS."),
            "{namespace:?}"
        );
    }
    entity["subsegments"]
        .as_array()
        .into_iter()
        .flatten()
        .for_each(check);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn c13_documents_are_valid_whatever_is_said(
        names in [text(), text(), text()],
        all in vec((said(), any::<bool>()), 0..12),
        start in prop::option::of(any::<u64>()),
    ) {
        let [service, segment, sub] = names;
        let (recorder, memory) = with(|b| b.service_version(service.clone()).origin(service));
        let mut builder = recorder.segment(&segment);
        if let Some(time) = start.and_then(|s| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(s))) {
            builder = builder.started_at(time);
        }
        let segment = builder.start();
        let sub = segment.subsegment(&sub);
        for (said, of_segment) in &all {
            say(said, &segment, &sub, *of_segment);
        }
        drop((sub, segment));
        // With the feature `schema`, reading them checks them.
        let documents = memory.take();
        prop_assert!(!documents.is_empty());
        documents.iter().for_each(|document| check(&value(document)));
        let stats = recorder.stats();
        prop_assert_eq!((stats.emitted, stats.open()), (2, 0));
    }
}
