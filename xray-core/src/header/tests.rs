//! Vectors of the tracing header, and properties of reading and writing it.

use super::*;
use crate::id::Ids;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::HashSet;

const ROOT: &str = "1-57ff426a-80c11c39b0c928905eb0828d";
const PARENT: &str = "53995c3f42cd8ad8";

fn vectors(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap()
}

fn header_vectors() -> Vec<Value> {
    vectors(include_str!("../../test-data/header.json"))
}

fn root() -> TraceId {
    ROOT.parse().unwrap()
}

fn parent() -> SegmentId {
    PARENT.parse().unwrap()
}

fn decision(name: &str) -> Decision {
    match name {
        "sampled" => Decision::Sampled,
        "not_sampled" => Decision::NotSampled,
        "requested" => Decision::Requested,
        "absent" => Decision::Absent,
        other => panic!("{other} is no decision"),
    }
}

#[test]
fn c01_parse_table() {
    for vector in header_vectors() {
        let header = TraceHeader::parse(vector["in"].as_str().unwrap());
        let said = (
            header.root().map(|id| id.to_string()),
            header.parent().map(|id| id.to_string()),
            header.decision(),
            header.extras(),
        );
        let text = |key: &str| vector[key].as_str();
        let expected = (
            text("root").map(String::from),
            text("parent").map(String::from),
            decision(text("decision").unwrap()),
            text("extras"),
        );
        assert_eq!(said, expected, "{}", vector["name"]);
    }
}

#[test]
fn c01_bytes_that_are_no_text_spoil_their_own_pair_only() {
    let bytes = [b"Foo=\xff;Ba\xfer=1;Root=", ROOT.as_bytes(), b";\xff;App=a"].concat();
    let header = TraceHeader::parse_bytes(&bytes);
    assert_eq!(header.to_string(), format!("Root={ROOT};App=a"));
}

#[test]
fn c01_longer_than_8_kb_is_absent() {
    let front = format!("Root={ROOT};Foo=");
    let longest = format!("{front}{}", "a".repeat(parse::LONGEST - front.len()));
    assert_eq!(TraceHeader::parse(&longest).root(), Some(root()));
    let longer = format!("{longest}a");
    let absent = TraceHeader::default().with_too_long(true);
    assert_eq!(TraceHeader::parse(&longer), absent);
}

#[test]
fn c01_strict_parse_wants_something_valid() {
    for vector in header_vectors() {
        let text = vector["in"].as_str().unwrap();
        let valid = vector["out"] != "";
        assert_eq!(text.parse::<TraceHeader>().is_ok(), valid, "{text}");
    }
    let error = "é".repeat(100).parse::<TraceHeader>().unwrap_err();
    let message = error.to_string();
    assert!(message.contains(&"é".repeat(32)) && !message.contains(&"é".repeat(33)));
    assert!(message.starts_with("invalid trace header \"é"), "{message}");
}

#[test]
fn c02_serialise_table() {
    for vector in header_vectors() {
        let header = TraceHeader::parse(vector["in"].as_str().unwrap());
        assert_eq!(header.to_string(), vector["out"], "{}", vector["name"]);
    }
    let built = TraceHeader::new(root(), Some(parent()), Decision::NotSampled);
    let text = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    assert_eq!(built.to_string(), text);
    assert_eq!(TraceHeader::default().to_string(), "");
}

#[test]
fn c02_outgoing_always_has_all_three() {
    for (sampled, digit) in [(true, 1), (false, 0)] {
        let value = outgoing(root(), parent().to_u64(), sampled, None);
        assert_eq!(
            &*value,
            format!("Root={ROOT};Parent={PARENT};Sampled={digit}")
        );
        let value = outgoing(root(), 0xa, sampled, Some("Foo=bar"));
        let text = format!("Root={ROOT};Parent=000000000000000a;Sampled={digit};Foo=bar");
        assert_eq!(&*value, text);
    }
}

#[test]
fn c02_answer_says_the_decision_only_when_asked() {
    let answer = |requested| HeaderValue::answer(root(), requested).to_string();
    assert_eq!(answer(None), format!("Root={ROOT}"));
    assert_eq!(answer(Some(true)), format!("Root={ROOT};Sampled=1"));
    assert_eq!(answer(Some(false)), format!("Root={ROOT};Sampled=0"));
}

#[test]
fn c03_last_of_equal_keys_wins() {
    let vectors = header_vectors();
    let of_duplicates = vectors.iter().filter(|vector| {
        let name = vector["name"].as_str().unwrap();
        name.starts_with("duplicates")
    });
    assert_eq!(of_duplicates.count(), 9, "c01 and c02 check them");
    let other = "1-581cf771-a006649127e371903a2de979";
    for keys in [
        ["Root", "Root"],
        ["root", "ROOT"],
        ["root", "Root"],
        ["Root ", " Root"],
    ] {
        let header = TraceHeader::parse(&format!("{}={other};{}={ROOT}", keys[0], keys[1]));
        assert_eq!(header.root(), Some(root()), "{keys:?}");
    }
}

#[test]
fn c03_as_xray_spells_it_counts_more_than_the_last() {
    let other = "1-581cf771-a006649127e371903a2de979";
    for key in ["root", "ROOT", " Root", "Root "] {
        for value in [other, "b"] {
            let header = TraceHeader::parse(&format!("Root={ROOT};{key}={value}"));
            assert_eq!(header.root(), Some(root()), "{key:?}");
        }
    }
}

#[test]
fn c04_extras_stay_within_the_budget() {
    let many: String = (0..2000).map(|i| format!("{i:x}=1;")).collect();
    let header = TraceHeader::parse(&format!("Root={ROOT};{}", &many[..8000]));
    let extras = header.extras().unwrap();
    assert!(extras.starts_with("0=1;1=1;2=1;") && extras.len() <= 181);
    assert!(extras.len() > 181 - 5, "none that fits is left out");
    let value = outgoing(root(), parent().to_u64(), true, Some(extras));
    assert!(value.len() <= 256 && value.ends_with(extras));
}

proptest! {
    #[test]
    fn c05_bytes_never_panic_and_read_back(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        reads_back(&bytes);
    }

    #[test]
    fn c05_pieces_never_panic_and_read_back(pieces in prop::collection::vec(prop_oneof![
        Just(format!("Root={ROOT}")),
        Just(format!("Parent={PARENT}")),
        Just(format!("rOOt={}", ROOT.to_uppercase())),
        "(Root|PARENT|Sampled|Self|Lineage|lineage|[A-Za-z=]{1,9})",
        "[;= ?01]{1,3}",
        "[ -~]{0,90}",
        ".{0,9}",
    ], 0..20), between in ";|") {
        reads_back(pieces.join(&between).as_bytes());
    }

    #[test]
    fn c10_w3c_round_trip(root in 1u128.., parent in 1u64.., sampled in any::<bool>()) {
        let decision = if sampled { Decision::Sampled } else { Decision::NotSampled };
        let header = TraceHeader::new(
            TraceId::from_u128(root).unwrap(),
            SegmentId::from_u64(parent),
            decision,
        );
        let w3c = header.to_traceparent().unwrap();
        prop_assert_eq!(&w3c, &format!("00-{root:032x}-{parent:016x}-{:02x}", u8::from(sampled)));
        prop_assert_eq!(TraceHeader::from_traceparent(&w3c), Some(header));
    }
}

fn reads_back(bytes: &[u8]) {
    let header = TraceHeader::parse_bytes(bytes);
    let value = header.value();
    assert!(value.len() <= 256);
    assert!(value.bytes().all(|b| matches!(b, b' '..=b'~')), "{value:?}");
    assert!(
        !value.ends_with(';') && !value.starts_with(';'),
        "{value:?}"
    );
    assert_eq!(TraceHeader::parse(&value), header, "{value:?}");
    if let Some(root) = header.root() {
        let sent = outgoing(root, 1, true, header.extras());
        let read = TraceHeader::parse(&sent);
        assert!(sent.len() <= 256);
        assert_eq!(read.extras(), header.extras(), "whatever was read fits");
    }
}

#[test]
fn c06_ids_have_their_form_and_are_unique() {
    let ids = Ids::System;
    let (mut traces, mut entities) = (HashSet::new(), HashSet::new());
    for i in 0..1_000_000u64 {
        let (trace, _) = ids.root(0x57ff_426a * 1_000_000_000);
        let entity = ids.entity();
        if i % 1000 == 0 {
            let text = trace.to_string();
            assert!(
                text.starts_with("1-57ff426a-") && text.len() == 35,
                "{text}"
            );
            assert_eq!(text.parse(), Ok(trace));
            let text = SegmentId::from_u64(entity).unwrap().to_string();
            assert_eq!(
                (text.len(), text.parse()),
                (16, Ok(SegmentId::from_u64(entity).unwrap()))
            );
        }
        traces.insert(trace);
        entities.insert(entity);
    }
    assert_eq!((traces.len(), entities.len()), (1_000_000, 1_000_000));
}

#[test]
fn c07_trace_id_vectors() {
    for vector in vectors(include_str!("../../test-data/trace-id.json")) {
        let text = vector["text"].as_str().unwrap();
        let read = text.parse::<TraceId>();
        assert_eq!(read.is_ok(), vector["valid"] == true, "{text}");
        if let Ok(id) = read {
            assert_eq!(id.to_string(), text.to_lowercase());
        }
    }
}

#[test]
fn c09_lineage_survives() {
    let text = format!("Root={ROOT};Parent={PARENT};Sampled=1;App=a;Lineage=10:1234abcd:3");
    let header = TraceHeader::parse(&text);
    let sent = outgoing(root(), 7, true, header.extras());
    assert!(
        sent.ends_with(";Sampled=1;Lineage=10:1234abcd:3;App=a"),
        "{sent}"
    );
    // Also where the trace itself is taken from the other header.
    let bare = format!("Root={ROOT};Lineage=10:1234abcd:3");
    let w3c = b"00-4efaaf4d1e8720b39541901950019ee5-70de5b6f19ff9a0a-01";
    let header = crate::incoming(Some(bare.as_bytes()), Some(w3c));
    assert_eq!(header.extras(), Some("Lineage=10:1234abcd:3"));
}
