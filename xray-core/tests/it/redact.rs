//! The hook that sees what may be sensitive before it is written.

use crate::support::{document, with};
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use xray_core::{Exception, HttpRequest, Recorder, Redact, Sensitive};

type Answer = fn(Sensitive<'_>, &str) -> Option<String>;

/// Calls a closure, and remembers what it was asked.
#[derive(Clone)]
struct Hook {
    asked: Arc<Mutex<Vec<String>>>,
    answer: Answer,
}

impl Redact for Hook {
    fn redact<'a>(&self, kind: Sensitive<'_>, text: &'a str) -> Option<Cow<'a, str>> {
        self.asked.lock().unwrap().push(format!("{kind:?} {text}"));
        (self.answer)(kind, text).map(Cow::Owned)
    }
}

/// What is recorded where the hook answers so, and what it was asked.
fn recorded(answer: Answer) -> (String, Vec<String>) {
    let hook = Hook {
        asked: Arc::default(),
        answer,
    };
    let (recorder, memory) = with(|b| b.redact(hook.clone()));
    say_all(&recorder);
    let asked = hook.asked.lock().unwrap().clone();
    (memory.tree(), asked)
}

fn say_all(recorder: &Recorder) {
    let request = HttpRequest::new("GET", "http://u:p@a/x?q=1").client_ip("10.0.0.1");
    let segment = recorder.segment("api").request(request).user("ann").start();
    segment.record(
        Exception::message(&"no http://u:p@b/?q")
            .named("E")
            .unmarked(),
    );
    segment.annotate("kept", 1);
    let call = segment.subsegment("S3");
    call.http_request(&HttpRequest::of_parts("PUT", "https", "b:443", "/y?z"));
    call.aws("key", "secret.txt");
    call.aws("count", &3);
    drop(call);
    let plain = segment.subsegment("plain");
    plain.http_request(&HttpRequest::new("GET", ""));
    plain.aws("empty", "");
    plain.end();
    segment.end();
}

#[test]
fn b10_the_hook_sees_each_kind_once_without_what_is_never_recorded() {
    let (tree, asked) = recorded(|_, text| Some(text.to_owned()));
    let expected = [
        "Url http://a/x",
        "ClientIp 10.0.0.1",
        "User ann",
        "Message no http://b/",
        "Url https://b/y",
        "AwsParameter(\"key\") secret.txt",
        "AwsParameter(\"count\") 3",
    ];
    assert_eq!(asked, expected);
    let expected = "api user=ann http=GET http://a/x annotations={kept: 1} cause=\"no http://b/\"\n  \
                    S3 http=PUT https://b/y aws={count: 3, key: \"secret.txt\"}\n  plain http=GET\n";
    assert_eq!(tree, expected);
}

#[test]
fn b10_what_the_hook_drops_is_nowhere() {
    let (tree, _) = recorded(|_, _| None);
    let expected = "api http=GET annotations={kept: 1} cause=E\n  S3 http=PUT\n  plain http=GET\n";
    assert_eq!(tree, expected);
}

#[test]
fn b10_each_kind_can_be_dropped_by_itself() {
    let all = recorded(|_, text| Some(text.to_owned())).0;
    let without: [(Answer, &[&str]); 5] = [
        (
            |k, t| (k != Sensitive::Url).then(|| t.into()),
            &[" http://a/x", " https://b/y"],
        ),
        (|k, t| (k != Sensitive::ClientIp).then(|| t.into()), &[]),
        (
            |k, t| (k != Sensitive::User).then(|| t.into()),
            &[" user=ann"],
        ),
        (
            |k, t| (k != Sensitive::Message).then(|| t.into()),
            &["\"no http://b/\""],
        ),
        (
            |k, t| (k != Sensitive::AwsParameter("key")).then(|| t.into()),
            &[", key: \"secret.txt\""],
        ),
    ];
    for (answer, gone) in without {
        let mut expected = all.clone();
        for gone in gone {
            let instead = if gone.starts_with('"') { "E" } else { "" };
            expected = expected.replacen(gone, instead, 1);
        }
        assert_eq!(recorded(answer).0, expected);
    }
}

/// What it returns is written like anything else: escaped, cut, and URLs without their query.
#[test]
fn b10_what_the_hook_changes_is_recorded_instead() {
    let (tree, _) = recorded(|kind, _| match kind {
        Sensitive::Url => Some("http://x:y@c/\"?q".into()),
        _ => Some("\"***\"\\".into()),
    });
    let expected = r#"api user="***"\ http=GET http://c/" annotations={kept: 1} cause="\"***\"\\"
  S3 http=PUT http://c/" aws={count: "\"***\"\\", key: "\"***\"\\"}
  plain http=GET
"#;
    assert_eq!(tree, expected);
}

#[test]
fn b10_a_hook_that_panics_has_withheld_it() {
    let (tree, _) = recorded(|_, _| panic!("in the hook"));
    let (dropped, _) = recorded(|_, _| None);
    assert_eq!(tree, dropped);
}

/// Two errors whose messages are withheld are two errors all the same.
#[test]
fn b10_withheld_messages_do_not_make_errors_alike() {
    let (recorder, memory) = with(|b| {
        b.redact(Hook {
            asked: Arc::default(),
            answer: |_, _| None,
        })
    });
    let segment = recorder.segment("api").start();
    segment.subsegment("a").record(Exception::message(&"one"));
    segment.record(Exception::message(&"two"));
    segment.end();
    let document = &memory.values()[0];
    assert_eq!(document["cause"]["exceptions"].as_array().unwrap().len(), 1);
}

/// The hook knows parameters by the keys that they are recorded under.
#[test]
fn b10_a_key_written_otherwise_does_not_pass_by_the_hook() {
    let (recorder, memory) = with(|b| {
        b.redact(Hook {
            asked: Arc::default(),
            answer: |kind, t| (kind != Sensitive::AwsParameter("table_name")).then(|| t.into()),
        })
    });
    let segment = recorder.segment("api").start();
    let call = segment.subsegment("DynamoDB");
    call.aws("Table-Name", "secret");
    call.aws("region", "eu-west-1");
    drop((call, segment));
    assert_eq!(
        memory.tree(),
        "api\n  DynamoDB aws={region: \"eu-west-1\"}\n"
    );
}

/// An error known only as `dyn Error` is named by its `Debug` form where that is a name.
#[test]
fn b10_types_are_names_and_no_text() {
    struct Shows(&'static str);
    impl std::fmt::Debug for Shows {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    impl std::fmt::Display for Shows {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("m")
        }
    }
    impl std::error::Error for Shows {}
    for (debug, expected) in [
        ("Closed", Some("Closed")),
        ("Status(503)", Some("Status")),
        ("Refused { by: 1 }", Some("Refused")),
        ("Refused{by:1}", Some("Refused")),
        ("\"text\"", None),
        ("ann", None),
        ("Ann has no access", None),
        ("Ann@example.com", None),
        ("", None),
    ] {
        let error: Box<dyn std::error::Error> = Shows(debug).into();
        let document = document(|s| s.record_error(&*error));
        let exception = &document["cause"]["exceptions"][0];
        assert_eq!(exception["type"].as_str(), expected, "{debug}");
        assert_eq!(exception["message"], "m");
    }
}

/// The messages recorded for some errors, sources included.
fn messages(errors: &[std::io::Error]) -> Vec<String> {
    let mut document = document(|s| errors.iter().for_each(|e| s.record_error(e)));
    let exceptions = document["cause"]["exceptions"].take();
    let all = exceptions.as_array().unwrap().iter();
    all.map(|e| e["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn b10_urls_in_messages_lose_what_they_must_not_give_away() {
    let said = [
        "GET https://u:secret@a.example/x?token=secret#y failed",
        "at (postgres://u:secret@db/x)",
    ];
    let expected = ["GET https://a.example/x failed", "at (postgres://db/x)"];
    assert_eq!(messages(&said.map(std::io::Error::other)), expected);
    // Cut where the password begins, behind a query that is left out.
    let (query, text) = ("q".repeat(4_000), "m".repeat(3_970));
    let long = format!("https://a/?{query} {text} http://u:secret{query}@b/");
    let all = messages(&[std::io::Error::other(long)]);
    assert!(!all[0].contains("secret"), "{all:?}");
}
