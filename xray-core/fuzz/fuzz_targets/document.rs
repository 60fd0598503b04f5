//! Whatever is said about entities, and whichever way they end: every document fits and is valid,
//! and every entity arrives once.
//!
//! `cargo +nightly fuzz run document` in `xray-core`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xray_core::sampling::Always;
use xray_core::test_util::MemoryEmitter;
use xray_core::{Context, Exception, HttpRequest, Namespace, Recorder, SegmentId, Sql, Subsegment};

const LIMIT: usize = 2_000;

/// Reads a program from the fuzzer's bytes.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Up to 255 bytes as text, repeated now and then until it is long.
    fn text(&mut self) -> String {
        let length = usize::from(self.byte().unwrap_or(0));
        let (text, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        let text = String::from_utf8_lossy(text);
        text.repeat(if length % 7 == 6 { 30 } else { 1 })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input(bytes);
    let memory = MemoryEmitter::new();
    let recorder = Recorder::builder(input.text())
        .emitter(memory.clone())
        .sampler(Always)
        .size_limit(LIMIT)
        .streaming_threshold(3)
        .build()
        .expect("valid settings");
    let (name, user) = (input.text(), input.text());
    let segment = recorder.segment(&name).user(&user).start();
    let top = segment.context();
    let mut segment = Some(segment);
    let mut open: Vec<Subsegment> = Vec::new();
    while let Some(byte) = input.byte() {
        let at = usize::from(byte >> 4) % (open.len() + 1);
        let context = open.get(at).map_or(top.clone(), Subsegment::context);
        match byte & 15 {
            0..=2 => open.push(context.subsegment(&input.text())),
            3 if !open.is_empty() => drop(open.swap_remove(at % open.len())),
            4 if byte > 200 => drop(segment.take()),
            other => describe(&context, other, &mut input),
        }
    }
    drop((segment, open));
    // The emitter has checked each document against the schema; reading them tells.
    let documents = memory.documents();
    let ids = documents
        .iter()
        .map(|d| d.matches("\"start_time\":").count() as u64);
    assert!(ids.sum::<u64>() >= recorder.stats().begun);
    assert!(documents.iter().all(|d| d.len() <= LIMIT));
    let stats = recorder.stats();
    assert_eq!((stats.open(), stats.lost()), (0, 0), "{stats:?}");
});

fn describe(context: &Context, what: u8, input: &mut Input<'_>) {
    let (a, b) = (input.text(), input.text());
    match what {
        4 => context.annotate(&a, &b),
        5 => context.annotate(&a, f64::from_bits(b.len() as u64 * 0x7ff0_0000_0123)),
        6 => context.metadata_in(&a, &b, &input.text()),
        7 => context.record_error(&std::io::Error::other(a)),
        8 => context.record(Exception::message(&a).named(&b).remote().frame(&a, 1, &b)),
        9 => context.http_request(&HttpRequest::new(&a, &b).client_ip(&a).traced(true)),
        10 => context.http_response(100 + a.len() as u16, Some(b.len() as u64)),
        11 => context.aws(&a, &b),
        12 => context.namespace(Namespace::Remote),
        13 => {
            let mut sql = Sql::default();
            sql.database_type = Some(a.as_str());
            sql.sanitized_query = Some(b.as_str());
            context.sql(&sql);
        }
        14 => context.user(&a),
        _ => {
            if let (Some(trace), Some(id)) = (context.trace_id(), SegmentId::from_u64(7)) {
                context.link(trace, id);
                context.precursor(id);
            }
        }
    }
}
