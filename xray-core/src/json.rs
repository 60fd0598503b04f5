//! Writing JSON into a byte buffer: the few forms that a segment document is made of.

use crate::short::Short;

const HEX: [[u8; 2]; 256] = pairs(16);
pub(crate) const DECIMAL: [[u8; 2]; 256] = pairs(10);

const fn pairs(base: usize) -> [[u8; 2]; 256] {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut i = 0;
    while i < base * base {
        table[i] = [digits[i / base], digits[i % base]];
        i += 1;
    }
    table
}

/// The inside of a JSON string, copied whole when nothing in it needs an escape.
#[inline(always)]
pub(crate) fn text(out: &mut Vec<u8>, s: &str) {
    if let Some(short) = Short::text(s) {
        short.push(out);
    } else if needs_escape(s.as_bytes()) {
        escaped(out, s.as_bytes());
    } else {
        out.extend_from_slice(s.as_bytes());
    }
}

pub(crate) fn string(out: &mut Vec<u8>, s: &str) {
    out.push(b'"');
    text(out, s);
    out.push(b'"');
}

/// A byte eight times.
pub(crate) const fn each(c: u8) -> u64 {
    u64::from_ne_bytes([c; 8])
}

/// Anything below a blank, a quotation mark or a backslash.
fn needs_escape(b: &[u8]) -> bool {
    any(b, escapes)
}

/// Sets the top bit of the first of eight bytes that needs an escape, and of none before it.
#[inline(always)]
pub(crate) fn escapes(w: u64) -> u64 {
    let zero = |x: u64| x.wrapping_sub(each(1));
    let below_blank = w.wrapping_sub(each(b' '));
    (below_blank | zero(w ^ each(b'"')) | zero(w ^ each(b'\\'))) & !w
}

/// Whether one of four ASCII characters is in the text.
#[inline]
pub(crate) fn has_one_of(b: &[u8], [c, d, e, f]: [u8; 4]) -> bool {
    any(b, |w| {
        let zero = |c: u8| (w ^ each(c)).wrapping_sub(each(1));
        (zero(c) | zero(d) | zero(e) | zero(f)) & !w
    })
}

/// Whether `found` sets the top bit of a byte, eight bytes at a time. Short texts are filled up with
/// blanks, which must not be what is looked for.
#[inline(always)]
fn any(b: &[u8], found: impl Fn(u64) -> u64) -> bool {
    let four = |b: &[u8]| u64::from(u32::from_ne_bytes([b[0], b[1], b[2], b[3]]));
    let eight = |b: &[u8]| u64::from_ne_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
    let n = b.len();
    // A short text is read as two words that overlap.
    let found = match n {
        0 => 0,
        1..4 => found(
            each(b' ') << 24
                | each(b[0]) >> 56
                | each(b[n / 2]) >> 56 << 8
                | each(b[n - 1]) >> 56 << 16,
        ),
        4..8 => found(four(b) | four(&b[n - 4..]) << 32),
        _ => b
            .chunks_exact(8)
            .fold(found(eight(&b[n - 8..])), |all, w| all | found(eight(w))),
    };
    found & each(0x80) != 0
}

#[cold]
fn escaped(out: &mut Vec<u8>, b: &[u8]) {
    for &c in b {
        match c {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', c]),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&HEX[c as usize]);
            }
            _ => out.push(c),
        }
    }
}

#[inline]
pub(crate) fn hex64(v: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    write_hex64(&mut digits, v);
    digits
}

/// In place: digits that are moved on are loaded before they have been stored.
#[inline(always)]
pub(crate) fn write_hex64(to: &mut [u8; 16], v: u64) {
    for (pair, byte) in to.chunks_exact_mut(2).zip(v.to_be_bytes()) {
        pair.copy_from_slice(&HEX[byte as usize]);
    }
}

#[inline]
pub(crate) fn unsigned(out: &mut Vec<u8>, v: u64) {
    if let Some(short) = Short::number(v as i64) {
        return short.push(out);
    }
    let mut digits = [0; 20];
    let at = decimal(&mut digits, v);
    out.extend_from_slice(&digits[at..]);
}

/// The value of a member and what stands around it, `":-1,`, in one piece.
#[inline]
pub(crate) fn int_member(out: &mut Vec<u8>, v: u64, negative: bool) {
    let mut all = [b','; 24];
    let mut digits = [0; 20];
    let from = decimal(&mut digits, v);
    all[3..23].copy_from_slice(&digits);
    let mut at = from + 3;
    if negative {
        at -= 1;
        all[at] = b'-';
    }
    at -= 2;
    all[at..at + 2].copy_from_slice(b"\":");
    out.extend_from_slice(&all[at..]);
}

/// Writes the digits to the end, and says where they begin.
#[inline]
fn decimal(digits: &mut [u8; 20], mut v: u64) -> usize {
    let mut at = 20;
    while v >= 100 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&DECIMAL[(v % 100) as usize]);
        v /= 100;
    }
    if v >= 10 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&DECIMAL[v as usize]);
    } else {
        at -= 1;
        digits[at] = b'0' + v as u8;
    }
    at
}

/// Epoch seconds with six decimals. The digits of the whole seconds are kept from one stamp to the
/// next, since those of one trace mostly agree.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// When the second began, in nanoseconds.
    second: u64,
    /// Ten of them, before a shorter number blanks, since JSON has no leading zeros; then a point, and
    /// what is written over.
    digits: [u8; 17],
}

/// The last time that ten digits can show, in 2286.
pub(crate) const LAST_NANOS: u64 = 9_999_999_999_999_999_999;

impl Default for Stamp {
    fn default() -> Self {
        Self {
            second: 0,
            digits: *b"         0.000000",
        }
    }
}

impl Stamp {
    #[inline(always)]
    pub(crate) fn write(&mut self, to: &mut [u8; 17], nanos: u64) {
        const SECOND: u64 = 1_000_000_000;
        if nanos.wrapping_sub(self.second) >= SECOND || self.second == 0 {
            self.begin(nanos / SECOND);
        }
        // What is left each time, since a remainder costs what a division costs.
        let micros = (nanos - self.second) as u32 / 1_000;
        let (first, rest) = (micros / 10_000, micros % 10_000);
        let (second, third) = (rest / 100, rest % 100);
        *to = self.digits;
        to[11..13].copy_from_slice(&DECIMAL[first as u8 as usize]);
        to[13..15].copy_from_slice(&DECIMAL[second as u8 as usize]);
        to[15..17].copy_from_slice(&DECIMAL[third as u8 as usize]);
    }

    #[inline(never)]
    fn begin(&mut self, second: u64) {
        self.second = second * 1_000_000_000;
        let mut rest = second;
        self.digits[..10].fill(b' ');
        for digit in self.digits[..10].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
    }
}

/// The longest beginning of at most `most` bytes that ends between characters.
#[inline]
pub(crate) fn cut(s: &str, most: usize) -> &str {
    if s.len() <= most {
        return s;
    }
    let end = (0..=most).rev().find(|&i| s.is_char_boundary(i));
    &s[..end.unwrap_or(0)]
}

/// The longest beginning of at most `most` characters.
#[inline]
pub(crate) fn cut_chars(s: &str, most: usize) -> &str {
    if s.len() <= most {
        return s;
    }
    match s.char_indices().nth(most) {
        Some((end, _)) => &s[..end],
        None => s,
    }
}

/// A finite number; others are `null`.
pub(crate) fn float(out: &mut Vec<u8>, v: f64) {
    if serde_json::to_writer(&mut *out, &v).is_err() {
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of every short length, between others that are harmless.
    fn everywhere(mut check: impl FnMut(u8, &[u8])) {
        for len in 1..20 {
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'a'; len];
                    text[at] = byte;
                    check(byte, &text);
                }
            }
        }
    }

    #[test]
    fn what_needs_an_escape_is_found_wherever_it_stands() {
        everywhere(|byte, text| {
            let needs = byte < b' ' || byte == b'"' || byte == b'\\';
            assert_eq!(needs_escape(text), needs, "{text:?}");
        });
        assert!(!needs_escape(b""));
    }

    #[test]
    fn one_of_four_characters_is_found_wherever_it_stands() {
        everywhere(|byte, text| {
            assert_eq!(
                has_one_of(text, *b"?#@:"),
                b"?#@:".contains(&byte),
                "{text:?}"
            );
        });
        assert!(!has_one_of(b"", *b"?#@:"));
    }

    #[test]
    fn whole_numbers_are_written_in_full() {
        let member = |v: i128| {
            let mut out = b"\"n".to_vec();
            int_member(&mut out, v.unsigned_abs() as u64, v < 0);
            String::from_utf8(out).unwrap()
        };
        let limits = [i64::MIN.into(), i64::MAX.into(), u64::MAX.into()];
        for v in (-1001..1001).chain(limits) {
            assert_eq!(member(v), format!("\"n\":{v},"));
        }
    }

    #[test]
    fn times_are_json_numbers_at_any_time() {
        let mut stamp = Stamp::default();
        for (nanos, expected) in [
            (0, "         0.000000"),
            (5_000_001_999, "         5.000001"),
            (999, "         0.000000"),
            (1_700_000_000_123_456_789, "1700000000.123456"),
            (LAST_NANOS, "9999999999.999999"),
        ] {
            let mut digits = [0; 17];
            stamp.write(&mut digits, nanos);
            let text = std::str::from_utf8(&digits).unwrap();
            assert_eq!(text, expected);
            serde_json::from_str::<f64>(text).unwrap();
        }
    }
}
