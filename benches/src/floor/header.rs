//! The trace header, read and written at fixed positions: everything is where most callers put it.

use super::json::hex64;
use crate::HEADER;
use crate::works::Running;
use std::hint::black_box;
use std::net::SocketAddr;

struct Header {
    time: u32,
    random: (u32, u64),
    parent: u64,
    sampled: bool,
}

#[inline]
fn hex(digits: &[u8]) -> Option<u64> {
    const VALUE: [u8; 256] = {
        let mut table = [0xff; 256];
        let mut i = 0;
        while i < 16 {
            table[b"0123456789abcdef"[i] as usize] = i as u8;
            i += 1;
        }
        table
    };
    let (mut value, mut bad) = (0, 0);
    for &digit in digits {
        let digit = VALUE[digit as usize];
        bad |= digit;
        value = value << 4 | u64::from(digit & 15);
    }
    (bad < 16).then_some(value)
}

#[inline(never)]
fn read(text: &[u8]) -> Option<Header> {
    let text: &[u8; 74] = text.try_into().ok()?;
    let fixed = text.starts_with(b"Root=1-")
        && text[15] == b'-'
        && text[40..48] == *b";Parent="
        && text[64..73] == *b";Sampled=";
    if !fixed {
        return None;
    }
    Some(Header {
        time: hex(&text[7..15])? as u32,
        random: (hex(&text[16..24])? as u32, hex(&text[24..40])?),
        parent: hex(&text[48..64])?,
        sampled: text[73] == b'1',
    })
}

#[inline(never)]
fn write(header: &Header) -> [u8; 74] {
    let mut out = *b"Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0";
    let front = hex64(u64::from(header.time) << 32 | u64::from(header.random.0));
    out[7..15].copy_from_slice(&front[..8]);
    out[16..24].copy_from_slice(&front[8..]);
    out[24..40].copy_from_slice(&hex64(header.random.1));
    out[48..64].copy_from_slice(&hex64(header.parent));
    out[73] += u8::from(header.sampled);
    out
}

/// Reads a header.
#[must_use]
pub fn parse(_: SocketAddr) -> Running {
    Running::each(|_| {
        black_box(read(black_box(HEADER.as_bytes())));
    })
}

/// Writes a header.
///
/// # Panics
///
/// If it does not write what it has read.
#[must_use]
pub fn format(_: SocketAddr) -> Running {
    let header = read(HEADER.as_bytes()).expect("the header is valid");
    assert_eq!(write(&header), *HEADER.as_bytes());
    Running::each(move |_| {
        black_box(write(black_box(&header)));
    })
}
