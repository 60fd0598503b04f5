//! Vectors of URLs, and that nothing secret comes through.

use super::*;
use proptest::prelude::*;
use std::borrow::Cow;

fn written(url: &str) -> String {
    let mut out = b"\"".to_vec();
    write(&mut out, url);
    out.push(b'"');
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn c30_url_vectors() {
    let vectors = include_str!("../../test-data/url.json");
    let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
    for vector in vectors {
        let url = vector["in"].as_str().unwrap();
        assert_eq!(clean(url), vector["out"].as_str().unwrap(), "{url}");
        assert_eq!(written(url), vector["out"].as_str().unwrap(), "{url}");
        assert_eq!(host(url), vector["host"].as_str(), "{url}");
    }
}

#[test]
fn c30_presigned_urls_keep_nothing_secret() {
    let url = "https://bucket.s3.amazonaws.com/key?X-Amz-Credential=AKID&X-Amz-Signature=abc\
               &X-Amz-Security-Token=def";
    assert_eq!(written(url), "https://bucket.s3.amazonaws.com/key");
}

#[test]
fn c30_urls_are_cut_between_characters() {
    let long = format!("https://h/{}", "ü".repeat(300));
    assert_eq!(written(&long), format!("https://h/{}", "ü".repeat(240)));
    // A password that is cut in two would not be recognised.
    let long = format!("https://u:{}@h/p", "s".repeat(300));
    assert_eq!(written(&long), "https://h/p");
}

#[test]
fn c30_ordinary_urls_are_borrowed() {
    for url in ["https://h/p?q", "https://h:8443/p", "/p#f", ""] {
        assert!(matches!(clean(url), Cow::Borrowed(_)), "{url}");
    }
}

#[test]
fn c30_messages_lose_what_their_urls_hide() {
    for (message, expected) in [
        (
            "error sending request for url (https://u:p@h/p?token=x)",
            "error sending request for url (https://h/p)",
        ),
        (
            "error for url (https://h/p?token=x): connection refused",
            "error for url (https://h/p): connection refused",
        ),
        (
            "see https://h/p?a=(b)secret, then.",
            "see https://h/p, then.",
        ),
        (
            r#"{"url":"https://h/p?t=x","n":1}"#,
            r#"{"url":"https://h/p","n":1}"#,
        ),
        (
            r#"{\"url\":\"https:\/\/u:p@h\/p?t=x\",\"n\":1}"#,
            r#"{\"url\":\"https:\/\/h\/p\",\"n\":1}"#,
        ),
        ("<https://h/p?x>y", "<https://h/p>y"),
        (
            "'https://h/p#f', `https://h/p#f`",
            "'https://h/p', `https://h/p`",
        ),
        ("a=https://h/?q=\"secret\" b", "a=https://h/\" b"),
        (
            "postgres://app:p@ss@db:5432/shop: down, redis://:pw@r",
            "postgres://db:5432/shop: down, redis://r",
        ),
        ("GET https://h:443/p?x failed", "GET https://h:443/p failed"),
        ("(https://u:p@h", "(https://h"),
        (
            "http://a/?x http://b/?y\nhttp://c/?z",
            "http://a/ http://b/\nhttp://c/",
        ),
        (
            "url=https://p/https://u:p@h/x?y;",
            "url=https://p/https://h/x;",
        ),
        ("://u:p@h?x", "://h"),
        (
            "ünïhttps://u:p@h/ä?ö “https://h/?x” ",
            "ünïhttps://h/ä “https://h/ ",
        ),
    ] {
        assert_eq!(scrub(message), expected);
    }
}

#[test]
fn c30_messages_without_secrets_are_borrowed() {
    for message in [
        "",
        "connection refused (os error 111)",
        r"C:\Users\me@home: not found? #1",
        "who@example.com: std::io::Error",
        "cannot reach https://h:443/p (https://h/@scope/pkg).",
    ] {
        let scrubbed = scrub(message);
        assert!(
            matches!(scrubbed, Cow::Borrowed(same) if same == message),
            "{scrubbed}"
        );
    }
}

fn shows_nothing(url: &str) {
    assert!(!url.contains(['?', '#']), "{url}");
    let relative = url.strip_prefix("//").into_iter();
    for rest in relative.chain(url.split("://").skip(1)) {
        let authority = rest.trim_start_matches(['/', '\\']).split('/').next();
        assert!(!authority.is_some_and(|a| a.contains('@')), "{url}");
    }
}

proptest! {
    #[test]
    fn c30_written_urls_hide(url in "[a-c:/@?#\\\\ .\t%ü]{0,24}") {
        shows_nothing(&written(&url));
    }

    #[test]
    fn c30_passwords_are_hidden(
        scheme in "[a-z]{1,5}",
        slashes in r"//|\\\\|/\\|\\/|/|///",
        user in "[a-z:@]{0,4}",
        // Upper case is found nowhere else.
        secret in r"[A-Z!$&'()*+,;=\\:@]{0,3}[A-Z]{4}",
        host in "[a-z.]{1,9}",
        tail in r"(/[a-z@]{0,5}){0,2}",
        query in r"(|[?#][a-z?#/@:]{0,9})",
    ) {
        let url = format!("{scheme}:{slashes}{user}:{secret}@{host}{tail}{query}");
        let written = written(&url);
        prop_assert!(!written.contains(|c: char| c.is_ascii_uppercase()), "{}", written);
        prop_assert!(written.ends_with(&format!("{host}{tail}")), "{}", written);
        if slashes.starts_with("//") {
            let message = format!("failed ({url}): no");
            let scrubbed = scrub(&message);
            prop_assert!(!scrubbed.contains(|c: char| c.is_ascii_uppercase()), "{}", scrubbed);
            prop_assert!(scrubbed.starts_with("failed ("), "{}", scrubbed);
            prop_assert!(scrubbed.ends_with("): no"), "{}", scrubbed);
        }
    }

    #[test]
    fn c30_queries_are_hidden(path in "[a-z/:@\\\\]{0,12}", query in "[ -~]{0,12}") {
        let url = format!("https://h/{path}?{query}");
        let before = format!("https://h/{path}");
        prop_assert_eq!(clean(&url), clean(&before));
    }

    #[test]
    fn c30_no_message_panics(message in ".{0,40}", pieces in "([a-z\"'<>`(] ?|://|:|\\\\|@|\\?|ü){0,20}") {
        for message in [message, pieces] {
            prop_assert!(scrub(&message).len() <= message.len());
            prop_assert!(host(&message).is_none_or(|host| message.contains(host)));
        }
    }
}
