//! Writing JSON into a byte buffer: the few forms that a segment document is made of.

const HEX: [[u8; 2]; 256] = pairs(16);
const DECIMAL: [[u8; 2]; 256] = pairs(10);

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
    if needs_escape(s.as_bytes()) {
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

/// Eight bytes at a time: anything below a blank, a quotation mark or a backslash.
#[inline]
fn needs_escape(b: &[u8]) -> bool {
    const fn each(c: u8) -> u64 {
        u64::from_ne_bytes([c; 8])
    }
    let below = |w: u64, n: u64| w.wrapping_sub(n) & !w & each(0x80);
    let bad = |w: u64| {
        below(w, each(0x20)) | below(w ^ each(b'"'), each(1)) | below(w ^ each(b'\\'), each(1))
    };
    let four = |b: &[u8]| u64::from(u32::from_ne_bytes([b[0], b[1], b[2], b[3]]));
    let eight = |b: &[u8]| u64::from_ne_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
    let n = b.len();
    // A short text is read as two words that overlap.
    match n {
        0 => false,
        1..4 => {
            bad(each(b' ') << 24
                | each(b[0]) >> 56
                | each(b[n / 2]) >> 56 << 8
                | each(b[n - 1]) >> 56 << 16)
                != 0
        }
        4..8 => bad(four(b) | four(&b[n - 4..]) << 32) != 0,
        _ => {
            b.chunks_exact(8)
                .fold(bad(eight(&b[n - 8..])), |f, w| f | bad(eight(w)))
                != 0
        }
    }
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
    for (pair, byte) in digits.chunks_exact_mut(2).zip(v.to_be_bytes()) {
        pair.copy_from_slice(&HEX[byte as usize]);
    }
    digits
}

#[inline]
pub(crate) fn int(out: &mut Vec<u8>, v: i64) {
    if v < 0 {
        out.push(b'-');
    }
    unsigned(out, v.unsigned_abs());
}

#[inline]
pub(crate) fn unsigned(out: &mut Vec<u8>, mut v: u64) {
    let mut digits = [0; 20];
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
    out.extend_from_slice(&digits[at..]);
}

/// Epoch seconds with six decimals. The digits of the whole seconds are kept from one stamp to the
/// next, since those of one trace mostly agree.
#[derive(Debug)]
pub(crate) struct Stamp {
    second: u64,
    /// Ten of them; before a shorter number blanks, since JSON has no leading zeros.
    digits: [u8; 10],
}

/// The last time that ten digits can show, in 2286.
pub(crate) const LAST_NANOS: u64 = 9_999_999_999_999_999_999;

impl Default for Stamp {
    fn default() -> Self {
        Self {
            second: 0,
            digits: *b"         0",
        }
    }
}

impl Stamp {
    #[inline]
    pub(crate) fn digits(&mut self, nanos: u64) -> [u8; 17] {
        let second = nanos / 1_000_000_000;
        if second != self.second {
            let mut rest = second;
            self.digits = [b' '; 10];
            for digit in self.digits.iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
                if rest == 0 {
                    break;
                }
            }
            self.second = second;
        }
        let micros = (nanos - second * 1_000_000_000) as u32 / 1_000;
        let mut all = *b"0000000000.000000";
        all[..10].copy_from_slice(&self.digits);
        all[11..13].copy_from_slice(&DECIMAL[(micros / 10_000) as u8 as usize]);
        all[13..15].copy_from_slice(&DECIMAL[(micros / 100 % 100) as usize]);
        all[15..17].copy_from_slice(&DECIMAL[(micros % 100) as usize]);
        all
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
            let digits = stamp.digits(nanos);
            let text = std::str::from_utf8(&digits).unwrap();
            assert_eq!(text, expected);
            serde_json::from_str::<f64>(text).unwrap();
        }
    }
}
