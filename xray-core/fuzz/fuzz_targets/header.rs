//! Whatever bytes arrive as a tracing header: reading them never panics, what is sent on stays
//! within 256 printable bytes, and the next service reads the same from it.
//!
//! `cargo +nightly fuzz run header` in `xray-core`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xray_core::{HeaderValue, TraceHeader};

fuzz_target!(|bytes: &[u8]| {
    let header = TraceHeader::parse_bytes(bytes);
    let sent = header.to_string();
    assert!(sent.len() <= 256, "{sent:?}");
    assert!(sent.bytes().all(|b| matches!(b, b' '..=b'~')), "{sent:?}");
    assert_eq!(TraceHeader::parse(&sent), header, "{sent:?}");
    assert_eq!(&*header.value(), sent);

    if let Some(w3c) = header.to_traceparent() {
        let read = TraceHeader::from_traceparent(&w3c).expect("what was written is valid");
        let same = (header.root(), header.parent(), header.decision());
        assert_eq!((read.root(), read.parent(), read.decision()), same);
    }
    if let Some(root) = header.root() {
        let answer = HeaderValue::answer(root, Some(true));
        assert_eq!(TraceHeader::parse(&answer).root(), Some(root));
    }
    // The other header takes anything too; none of its kind holds line breaks.
    let (front, back) = bytes.split_at(bytes.len() / 2);
    let either = xray_core::incoming(Some(front), Some(back));
    assert_eq!(TraceHeader::parse(&either.to_string()), either);
});
