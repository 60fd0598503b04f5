//! Datagrams, written at known places into a buffer that is large enough.

use super::trace::{Span, Trace, Value};

/// What every segment says alike, in one piece: the lengths are those of the SDK's own.
const SERVICE: &[u8] = b",\"service\":{\"runtime\":\"rust\",\"runtime_version\":\"1.95.0\"}\
    ,\"aws\":{\"xray\":{\"sdk\":\"X-Ray for Rust\",\"sdk_version\":\"0.1.0\"}}";

const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = [digits[i >> 4], digits[i & 15]];
        i += 1;
    }
    table
};
const DECIMAL: [[u8; 2]; 100] = {
    let mut table = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        table[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    table
};

#[inline]
pub(super) fn hex64(v: u64) -> [u8; 16] {
    let mut out = [0; 16];
    for (i, b) in v.to_be_bytes().into_iter().enumerate() {
        out[i * 2..i * 2 + 2].copy_from_slice(&HEX[b as usize]);
    }
    out
}

struct Out<'a>(&'a mut [u8], usize);

impl Out<'_> {
    #[inline(always)]
    fn raw(&mut self, s: &[u8]) {
        self.0[self.1..self.1 + s.len()].copy_from_slice(s);
        self.1 += s.len();
    }

    #[inline]
    fn text(&mut self, s: &str) {
        let escape = |bad, &c| bad | (c < 0x20) | (c == b'"') | (c == b'\\');
        assert!(!s.as_bytes().iter().fold(false, escape));
        self.raw(s.as_bytes());
    }

    #[inline]
    fn hex64(&mut self, v: u64) {
        self.raw(&hex64(v));
    }

    #[inline]
    fn integer(&mut self, mut v: u64) {
        let (mut out, mut at) = ([0; 20], 20);
        while v >= 100 {
            at -= 2;
            out[at..at + 2].copy_from_slice(&DECIMAL[(v % 100) as usize]);
            v /= 100;
        }
        if v >= 10 {
            at -= 2;
            out[at..at + 2].copy_from_slice(&DECIMAL[v as usize]);
        } else {
            at -= 1;
            out[at] = b'0' + v as u8;
        }
        self.raw(&out[at..]);
    }

    #[inline]
    fn seconds(&mut self, nanos: u64) {
        self.integer(nanos / 1_000_000_000);
        let micros = ((nanos % 1_000_000_000) / 1000) as usize;
        let mut out = *b".000000";
        out[1..3].copy_from_slice(&DECIMAL[micros / 10_000]);
        out[3..5].copy_from_slice(&DECIMAL[micros / 100 % 100]);
        out[5..7].copy_from_slice(&DECIMAL[micros % 100]);
        self.raw(&out);
    }

    #[inline]
    fn span(&mut self, span: &Span) {
        self.raw(b"\"id\":\"");
        self.hex64(span.id);
        self.raw(b"\",\"name\":\"");
        self.text(span.name);
        self.raw(b"\",\"start_time\":");
        self.seconds(span.start);
        self.raw(b",\"end_time\":");
        self.seconds(span.end);
        let mut before: &[u8] = b",\"annotations\":{\"";
        for (key, value) in &span.annotations {
            self.raw(before);
            self.text(key);
            match value {
                Value::Text(v) => {
                    self.raw(b"\":\"");
                    self.text(v);
                    self.raw(b"\"");
                }
                Value::Integer(v) => {
                    self.raw(b"\":");
                    self.integer(*v as u64);
                }
            }
            before = b",\"";
        }
        self.raw(b"}");
    }

    fn trace_id(&mut self, t: &Trace) {
        self.raw(b",\"trace_id\":\"1-");
        let front = hex64(u64::from(t.ids.0) << 32 | u64::from(t.ids.1));
        self.raw(&front[..8]);
        self.raw(b"-");
        self.raw(&front[8..]);
        self.hex64(t.ids.2);
        self.raw(b"\"");
    }

    fn children(&mut self, t: &Trace, parent: usize) {
        let mut before: &[u8] = b",\"subsegments\":[{";
        for i in 1..t.len {
            if t.spans[i].parent == parent {
                self.raw(before);
                self.span(&t.spans[i]);
                self.children(t, i);
                self.raw(b"}");
                before = b",{";
            }
        }
        if before.len() == 2 {
            self.raw(b"]");
        }
    }
}

/// One datagram: header, segment, embedded subsegments.
pub(super) fn write(buffer: &mut [u8], t: &Trace, request: [&str; 4]) -> usize {
    let mut out = Out(buffer, 0);
    out.raw(HEADER);
    out.raw(b"{");
    out.span(&t.spans[0]);
    out.trace_id(t);
    out.raw(SERVICE);
    let names = [
        ",\"http\":{\"request\":{\"method\":\"",
        "\",\"url\":\"",
        "\",\"user_agent\":\"",
        "\",\"client_ip\":\"",
    ];
    for (name, value) in names.iter().zip(request) {
        out.raw(name.as_bytes());
        out.text(value);
    }
    out.raw(b"\"},\"response\":{\"status\":");
    out.integer(200);
    out.raw(b",\"content_length\":");
    out.integer(1234);
    out.raw(b"}}");
    out.children(t, 0);
    out.raw(b"}");
    out.1
}

/// One datagram: a subsegment on its own.
pub(super) fn write_one(buffer: &mut [u8], t: &Trace, at: usize) -> usize {
    let mut out = Out(buffer, 0);
    out.raw(HEADER);
    out.raw(b"{\"type\":\"subsegment\",\"parent_id\":\"");
    out.hex64(t.spans[0].id);
    out.raw(b"\",");
    out.span(&t.spans[at]);
    out.trace_id(t);
    out.raw(b"}");
    out.1
}
