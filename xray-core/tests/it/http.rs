//! The `http` block.

use crate::support::{document, recorder, with};
use serde_json::{Value, json};
use xray_core::{HttpRequest, Segment};

fn http(describe: impl FnOnce(&Segment)) -> Value {
    document(describe)["http"].take()
}

fn request(request: HttpRequest<'_>) -> Value {
    http(|s| s.http_request(&request))["request"].take()
}

#[test]
fn c19_a_status_sets_the_flags() {
    for (status, flags) in [
        (100, [false, false, false]),
        (200, [false, false, false]),
        (304, [false, false, false]),
        (399, [false, false, false]),
        (400, [true, false, false]),
        (404, [true, false, false]),
        (429, [true, true, false]),
        (499, [true, false, false]),
        (500, [false, false, true]),
        (599, [false, false, true]),
        (600, [false, false, true]),
        (999, [false, false, true]),
    ] {
        let document = document(|s| s.http_response(status, None));
        let set = ["error", "throttle", "fault"].map(|flag| document[flag] == true);
        assert_eq!(set, flags, "{status}");
        assert_eq!(document["http"], json!({"response": {"status": status}}));
    }
}

#[test]
fn c19_integrations_may_say_themselves_whose_doing_a_status_was() {
    let document = document(|s| {
        let context = s.context();
        xray_core::__private::http_response_unmarked(&context, 503, Some(7));
        s.mark_throttle();
    });
    let set = ["error", "throttle", "fault"].map(|flag| document[flag] == true);
    assert_eq!(set, [true, true, false]);
    let response = json!({"response": {"status": 503, "content_length": 7}});
    assert_eq!(document["http"], response);
}

/// The official schema takes 100 to 999, and would refuse the whole document.
#[test]
fn c19_what_is_no_status_is_left_out_and_counted() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    for status in [0, 1, 99, 1_000, u16::MAX] {
        segment.http_response(status, Some(1));
    }
    segment.end();
    assert_eq!(memory.tree(), "api\n");
    assert_eq!(recorder.stats().invalid_values, 5);
}

#[test]
fn c20_a_throttle_is_an_error_and_no_fault() {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("api").start();
    segment.subsegment("marked").mark_throttle();
    segment.subsegment("status").http_response(429, None);
    let exception = xray_core::Exception::message(&"slow down");
    segment
        .subsegment("exception")
        .record(exception.as_throttle());
    segment.end();
    let tree = "api\n  marked error throttle\n  status error throttle http=429\n  \
                exception error throttle cause=\"slow down\"\n";
    assert_eq!(memory.tree(), tree);
}

#[test]
fn the_last_request_and_the_last_response_count() {
    let all = http(|s| {
        s.http_response(500, Some(1));
        s.http_request(&HttpRequest::new("GET", "http://a/"));
        s.http_request(&HttpRequest::new("", "").client_ip("10.0.0.1"));
        s.http_response(200, None);
    });
    let request = json!({"client_ip": "10.0.0.1"});
    assert_eq!(
        all,
        json!({"request": request, "response": {"status": 200}})
    );
}

/// D11. The vectors of URLs are those of `url.json`; here only that they are applied.
#[test]
fn d11_urls_keep_scheme_host_port_and_path() {
    for (url, expected) in [
        (
            "https://u:p@a.example:8443/x/y?q=1#z",
            "https://a.example:8443/x/y",
        ),
        ("https://a.example:443/x", "https://a.example/x"),
        ("/only/a/path?q", "/only/a/path"),
        ("http://a/\"\\\n", "http://a/\"\\\n"),
    ] {
        let expected = json!({"method": "GET", "url": expected});
        assert_eq!(request(HttpRequest::new("GET", url)), expected);
        if let Some((scheme, rest)) = url.split_once("://") {
            let (host, path) = rest.split_at(rest.find('/').unwrap());
            assert_eq!(
                request(HttpRequest::of_parts("GET", scheme, host, path)),
                expected
            );
        }
    }
}

#[test]
fn d11_a_host_header_smuggles_nothing_in() {
    for host in ["a?token=secret", "a#secret", "u:secret@a", "u:secret@a:443"] {
        let all = request(HttpRequest::of_parts("GET", "https", host, "/x"));
        let url = all["url"].as_str().unwrap();
        assert!(
            url.starts_with("https://a") && !url.contains("secret"),
            "{url}"
        );
    }
}

#[test]
fn d11_methods_are_in_upper_case_and_texts_are_cut() {
    let long = "ä".repeat(300);
    let cut = "ä".repeat(250);
    for (method, expected) in [
        ("get", "GET"),
        ("PATCH", "PATCH"),
        ("m-search", "M-SEARCH"),
        ("x\u{1f}\"", "X\u{1f}\""),
        (&long, &cut),
    ] {
        assert_eq!(request(HttpRequest::new(method, ""))["method"], expected);
    }
    let url = format!("http://a/{long}");
    let all = request(
        HttpRequest::new("GET", &url)
            .user_agent(&long)
            .client_ip(&long),
    );
    let url = format!("http://a/{}", "ä".repeat(241));
    let expected = json!({"method": "GET", "url": url, "user_agent": cut, "client_ip": cut});
    assert_eq!(all, expected);
}

#[test]
fn d11_content_lengths_are_whole_and_need_not_be_known() {
    let length = |length| http(|s| s.http_response(200, length))["response"].take();
    assert_eq!(length(None), json!({"status": 200}));
    assert_eq!(length(Some(0)), json!({"status": 200, "content_length": 0}));
    let most = json!({"status": 200, "content_length": u64::MAX});
    assert_eq!(length(Some(u64::MAX)), most);
}

#[test]
fn d12_an_empty_request_is_none() {
    let nothing = HttpRequest::new("", "");
    for request in [nothing, nothing.traced(true), HttpRequest::new("", "?q=1")] {
        let document = document(|s| s.http_request(&request));
        assert!(document.get("http").is_none(), "{document}");
    }
    let document = document(|s| s.subsegment("sub").http_request(&nothing.forwarded(true)));
    assert!(
        document["subsegments"][0].get("http").is_none(),
        "{document}"
    );
}

#[test]
fn d1_traced_is_said_in_both_places_of_a_subsegment() {
    let traced = HttpRequest::new("GET", "http://a/").traced(true);
    let sub = |describe: &dyn Fn(&xray_core::Subsegment)| {
        document(|s| describe(&s.subsegment("sub")))["subsegments"][0].take()
    };
    let said = sub(&|s| s.http_request(&traced));
    assert!(said["traced"] == true && said["http"]["request"]["traced"] == true);
    let silent = sub(&|s| {
        s.http_request(&traced);
        s.http_request(&traced.traced(false));
    });
    assert!(silent.get("traced").is_none(), "{silent}");
    assert!(
        silent["http"]["request"].get("traced").is_none(),
        "{silent}"
    );
    let alone = sub(&|s| s.http_request(&HttpRequest::new("", "").traced(true)));
    assert_eq!(
        (&alone["traced"], &alone["http"]),
        (&json!(true), &json!({"request": {"traced": true}}))
    );
}

#[test]
fn d4_forwarded_is_said_of_segments_only() {
    let forwarded = HttpRequest::new("GET", "http://a/").forwarded(true);
    let document = document(|s| {
        s.http_request(&forwarded);
        s.subsegment("sub").http_request(&forwarded);
    });
    assert_eq!(document["http"]["request"]["x_forwarded_for"], true);
    let sub = &document["subsegments"][0]["http"]["request"];
    assert_eq!(sub, &json!({"method": "GET", "url": "http://a/"}));
}

#[test]
fn d1_traced_is_said_in_both_places_when_hardly_anything_is() {
    let url = format!("http://a/{}", "\u{1F980}".repeat(241));
    let (recorder, memory) = with(|b| b.size_limit(1_024));
    let segment = recorder.segment("api").start();
    let sub = segment.subsegment("sub");
    sub.http_request(&HttpRequest::new("GET", &url).traced(true));
    sub.http_response(200, None);
    drop((sub, segment));
    let all = memory.values();
    let sub = all.iter().find(|d| d["name"] == "sub").unwrap();
    let expected = json!({"request": {"traced": true}, "response": {"status": 200}});
    assert_eq!((&sub["traced"], &sub["http"]), (&json!(true), &expected));
}
