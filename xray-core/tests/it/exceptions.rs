//! Exceptions: why an entity failed.

use crate::support::{document, recorder, value};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use xray_core::{Exception, Segment};

/// An error with a source.
#[derive(Debug)]
struct Outer(&'static str, Option<Box<dyn Error + Send + Sync>>);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|e| e as _)
    }
}

fn leaf(message: &'static str) -> Outer {
    Outer(message, None)
}

fn exceptions(describe: impl FnOnce(&Segment)) -> Vec<Value> {
    let cause = document(describe)["cause"].take();
    cause["exceptions"].as_array().cloned().unwrap_or_default()
}

fn messages(entity: &Value) -> Vec<&str> {
    let exceptions = entity["cause"]["exceptions"].as_array();
    let exceptions = exceptions.into_iter().flatten();
    exceptions.map(|e| e["message"].as_str().unwrap()).collect()
}

#[test]
fn c21_a_parent_refers_to_its_childs_exception_by_its_id() {
    let document = document(|s| {
        let outer = s.subsegment("outer");
        let error = leaf("boom");
        outer.subsegment("inner").record_error(&error);
        outer.record_error(&error);
        drop(outer);
        // On its way up it has become another type, which says the same.
        let boxed: Box<dyn Error> = error.into();
        s.record_error(&*boxed);
    });
    let outer = &document["subsegments"][0];
    let id = &outer["subsegments"][0]["cause"]["exceptions"][0]["id"];
    assert!(id.is_string());
    assert_eq!((&outer["cause"], &document["cause"]), (id, id));
    assert!(outer["fault"] == true && document["fault"] == true);
}

/// The cause of a segment after a subsegment `depth` levels below it failed with the same error.
fn cause_after(depth: usize, has_left: bool) -> Value {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    let mut open = vec![segment.subsegment("sub")];
    for _ in 1..depth {
        open.push(open[open.len() - 1].subsegment("sub"));
    }
    open[depth - 1].record_error(&leaf("boom"));
    while open.pop().is_some() {}
    for _ in 0..if has_left { 2_000 } else { 0 } {
        segment.subsegment("filler").end();
    }
    assert_eq!(recorder.stats().streamed > 0, has_left);
    segment.record_error(&leaf("boom"));
    segment.end();
    let documents: Vec<Value> = memory.take().iter().map(|d| value(d)).collect();
    let segment = documents.iter().find(|d| d.get("type").is_none());
    segment.unwrap()["cause"].clone()
}

#[test]
fn c21_also_where_the_child_has_left_or_those_between_say_nothing() {
    assert!(cause_after(1, false).is_string());
    assert!(cause_after(3, false).is_string());
    assert!(cause_after(1, true).is_string());
    // What a grandchild has sent the segment cannot know any longer: it says it again.
    assert_eq!(cause_after(2, true)["exceptions"][0]["message"], "boom");
}

/// Retries that fail alike have each failed for themselves.
#[test]
fn c21_siblings_do_not_refer_to_each_other() {
    let document = document(|s| {
        for _ in 0..3 {
            s.subsegment("try").record_error(&leaf("timed out"));
        }
        s.record_error(&leaf("timed out"));
    });
    let tries = document["subsegments"].as_array().unwrap();
    for one in tries {
        assert_eq!(messages(one), ["timed out"]);
    }
    assert_eq!(document["cause"], tries[2]["cause"]["exceptions"][0]["id"]);
}

/// What came too late is in no document, so nothing may refer to it.
#[test]
fn c21_nothing_refers_to_what_was_not_recorded() {
    let document = document(|s| {
        let sub = s.subsegment("sub");
        let context = sub.context();
        sub.end();
        context.record_error(&leaf("boom"));
        s.record_error(&leaf("boom"));
    });
    assert_eq!(messages(&document), ["boom"]);
}

#[test]
fn c22_a_different_later_exception_makes_the_cause_an_object() {
    let document = document(|s| {
        s.subsegment("sub").record_error(&leaf("one"));
        s.record_error(&leaf("one"));
        s.record_error(&leaf("two"));
    });
    assert_eq!(messages(&document), ["two"]);
    assert_eq!(messages(&document["subsegments"][0]), ["one"]);
}

#[test]
fn c23_two_exceptions_append_and_one_twice_does_not() {
    let document = document(|s| {
        for message in ["one", "two", "one", "two"] {
            s.record_error(&leaf(message));
        }
    });
    assert_eq!(messages(&document), ["one", "two"]);
}

#[test]
fn c24_sources_are_linked_by_their_ids() {
    let inner = Outer("middle", Some("inner".into()));
    let all = exceptions(|s| s.record_error(&Outer("outer", Some(Box::new(inner)))));
    let said: Vec<_> = all
        .iter()
        .map(|e| (e["type"].as_str(), e["message"].as_str()))
        .collect();
    let own = std::any::type_name::<Outer>();
    let expected = [
        (Some(own), Some("outer")),
        (Some("Outer"), Some("middle")),
        (None, Some("inner")),
    ];
    assert_eq!(said, expected);
    assert_eq!(all[0]["cause"], all[1]["id"]);
    assert_eq!(all[1]["cause"], all[2]["id"]);
    assert_eq!(all[2]["cause"], Value::Null);
}

#[test]
fn c24_a_chain_goes_on_with_what_a_child_has_recorded() {
    let document = document(|s| {
        s.subsegment("sub").record_error(&leaf("inner"));
        s.record_error(&Outer("outer", Some(leaf("inner").into())));
    });
    assert_eq!(messages(&document), ["outer"]);
    let inner = &document["subsegments"][0]["cause"]["exceptions"][0]["id"];
    assert_eq!(&document["cause"]["exceptions"][0]["cause"], inner);
}

#[test]
fn c24_an_endless_chain_ends() {
    #[derive(Debug)]
    struct Ring(#[expect(dead_code, reason = "gives it an address")] u8);
    impl fmt::Display for Ring {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:p}", self)
        }
    }
    impl Error for Ring {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }
    assert_eq!(exceptions(|s| s.record_error(&Ring(0))).len(), 10);
}

#[test]
fn c25_fifty_frames_are_kept_and_the_others_counted() {
    let with = |n: u32| {
        let mut exception = Exception::message(&"m");
        for line in 0..n {
            exception = exception.frame("src/\"a\".rs", line, "f<T>");
        }
        exceptions(|s| s.record(exception)).remove(0)
    };
    let none = with(0);
    assert!(none.get("stack").is_none() && none.get("truncated").is_none());
    let all = with(50);
    assert!(all.get("truncated").is_none());
    assert_eq!(
        all["stack"][49],
        json!({"path": "src/\"a\".rs", "line": 49, "label": "f<T>"})
    );
    let many = with(73);
    assert_eq!(
        (many["stack"].as_array().unwrap().len(), &many["truncated"]),
        (50, &json!(23))
    );
}

#[test]
fn flags_are_as_the_exception_says() {
    let flags = |exception: Exception<'_>| {
        let document = document(|s| s.record(exception));
        ["error", "throttle", "fault"].map(|flag| document[flag] == true)
    };
    let m = || Exception::message(&"m");
    assert_eq!(flags(m()), [false, false, true]);
    assert_eq!(flags(m().as_error()), [true, false, false]);
    assert_eq!(flags(m().as_throttle()), [true, true, false]);
    assert_eq!(flags(m().unmarked()), [false, false, false]);
}

#[test]
fn an_error_that_panics_or_never_ends_is_recorded_all_the_same() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half ")?;
            panic!("in display")
        }
    }
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("ä")?;
            }
        }
    }
    let all = exceptions(|s| {
        s.record(Exception::message(&Panics));
        s.record(Exception::message(&Endless).named(&"N".repeat(9_000)));
        s.record(Exception::message(&"").named(""));
    });
    assert_eq!(all[0]["message"], "half its `Display` panicked");
    assert_eq!(all[1]["message"], "ä".repeat(2_000));
    assert_eq!(all[1]["type"], "N".repeat(500));
    assert_eq!((&all[2]["message"], all[2].get("type")), (&json!(""), None));
}

#[test]
fn c24_a_long_message_without_a_blank_is_cut_between_characters() {
    // So that the end of what is looked at lies between characters, and that of what is kept not.
    let message = format!("x{}x{}", "é".repeat(3_000), "é".repeat(2_000));
    let all = exceptions(|s| s.record(Exception::message(&message)));
    let kept = all[0]["message"].as_str().unwrap();
    assert!(message.starts_with(kept) && kept.len() == 3_999, "{kept}");
}

#[test]
fn c24_the_password_of_a_url_that_is_cut_is_not_told() {
    // Whatever the width of the character at which it is cut.
    for filler in ["a", "é", "語", "🦀"] {
        let query = filler.repeat(7_900 / filler.len());
        for blanks in 0..100 {
            let blanks = "_".repeat(blanks);
            let message = format!("http://a?{query} {blanks}http://user:secret語@host/ {query}");
            let all = exceptions(|s| s.record(Exception::message(&message)));
            let kept = all[0]["message"].as_str().unwrap();
            assert!(!kept.contains("secr"), "{kept}");
        }
    }
}
