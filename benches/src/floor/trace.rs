//! A trace of four entities, on the stack.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Clone, Copy)]
pub(super) enum Value {
    Text(&'static str),
    Integer(i64),
}

#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) name: &'static str,
    pub(super) id: u64,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) parent: usize,
    pub(super) annotations: [(&'static str, Value); 2],
}

#[derive(Clone, Copy)]
pub(super) struct Trace {
    pub(super) ids: (u32, u32, u64),
    pub(super) len: usize,
    pub(super) spans: [Span; 4],
}

#[inline]
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_nanos() as u64
}

/// One multiplication per number, as the fastest generators have.
#[inline]
pub(super) fn random() -> u64 {
    thread_local!(static STATE: Cell<u64> = const { Cell::new(0x1234_5678_9abc_def1) });
    STATE.with(|state| {
        let x = state.get().wrapping_add(0xa076_1d64_78bd_642f);
        state.set(x);
        let m = u128::from(x) * u128::from(x ^ 0xe703_7ed1_a0b4_28db);
        (m >> 64) as u64 ^ m as u64
    })
}

impl Trace {
    #[inline]
    pub(super) fn begin(name: &'static str) -> Self {
        let start = now();
        let empty = Span {
            name: "",
            id: 0,
            start: 0,
            end: 0,
            parent: 0,
            annotations: [("", Value::Integer(0)); 2],
        };
        let seconds = (start / 1_000_000_000) as u32;
        let mut trace = Self {
            ids: (seconds, random() as u32, random()),
            len: 1,
            spans: [empty; 4],
        };
        trace.spans[0] = Span {
            name,
            id: random(),
            start,
            ..empty
        };
        trace
    }

    #[inline]
    pub(super) fn open(&mut self, parent: usize, name: &'static str) -> usize {
        let at = self.len;
        self.spans[at] = Span {
            name,
            id: random(),
            start: now(),
            parent,
            ..self.spans[at]
        };
        self.len += 1;
        at
    }

    #[inline]
    pub(super) fn annotate(&mut self, span: usize, slot: usize, key: &'static str, value: Value) {
        self.spans[span].annotations[slot] = (key, value);
    }

    #[inline]
    pub(super) fn close(&mut self, span: usize) {
        self.spans[span].end = now();
    }

    /// Forgets all but the first.
    pub(super) fn rewind(&mut self) {
        self.len = 1;
    }
}
