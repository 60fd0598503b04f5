//! Texts of at most eight bytes as one number: most keys and values of annotations are that short, and
//! are looked at and written without a loop or a call.

use crate::json::{DECIMAL, each, escapes};

/// One to eight bytes.
#[derive(Clone, Copy)]
pub(crate) struct Short {
    /// The first byte lowest, zeros above the last one.
    word: u64,
    len: usize,
}

impl Short {
    /// A text, where it is neither empty nor too long.
    #[inline(always)]
    fn new(text: &[u8]) -> Option<Self> {
        let byte = |at: usize| u64::from(text[at]) << (at * 8);
        let four = |b: &[u8]| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let len = text.len();
        // Bytes that are read twice are the same.
        let word = match len {
            1..4 => byte(0) | byte(len / 2) | byte(len - 1),
            4..=8 => four(text) | four(&text[len - 4..]) << ((len - 4) * 8),
            _ => return None,
        };
        Some(Self { word, len })
    }

    /// The key of an annotation, where nothing of it has to be mended.
    #[inline(always)]
    pub(crate) fn key(text: &str) -> Option<Self> {
        let this = Self::new(text.as_bytes())?;
        // Seven bits of each, so that no sum reaches the next byte.
        let low = this.word & each(0x7f);
        let from = |w: u64, c: u8| w + each(0x80 - c);
        let lower = low | each(0x20);
        let letter = from(lower, b'a') & !from(lower, b'z' + 1);
        let digit = from(low, b'0') & !from(low, b'9' + 1);
        let underscore = !from(low ^ each(b'_'), 1);
        let key = (letter | digit | underscore) & !this.word;
        this.has_none(!key).then_some(this)
    }

    /// A text, where nothing in it needs an escape.
    #[inline(always)]
    pub(crate) fn text(text: &str) -> Option<Self> {
        let this = Self::new(text.as_bytes())?;
        this.has_none(escapes(this.word)).then_some(this)
    }

    /// A number of at most four digits.
    #[inline(always)]
    pub(crate) fn number(v: i64) -> Option<Self> {
        let v = u16::try_from(v).ok().filter(|&v| v < 10_000)?;
        let pair = |v: u16| u64::from(u16::from_le_bytes(DECIMAL[v as u8 as usize]));
        let digits = pair(v / 100) | pair(v % 100) << 16;
        let len = 1 + usize::from(v >= 10) + usize::from(v >= 100) + usize::from(v >= 1000);
        let word = digits >> ((4 - len) * 8);
        Some(Self { word, len })
    }

    /// Whether the top bit of none of its bytes is set in `found`.
    #[inline(always)]
    fn has_none(self, found: u64) -> bool {
        (found & each(0x80)) << (64 - self.len * 8) == 0
    }

    /// Writes it as it is.
    #[inline(always)]
    pub(crate) fn push(self, out: &mut Vec<u8>) {
        let len = out.len() + self.len;
        out.extend_from_slice(&self.word.to_le_bytes());
        out.truncate(len);
    }

    /// Writes `"key":"value",`, or `"key":value,` where it is not `QUOTED`. Returns the length up to
    /// the colon.
    #[inline(always)]
    pub(crate) fn member<const QUOTED: bool>(self, out: &mut Vec<u8>, value: Self) -> usize {
        let from = out.len();
        out.extend_from_slice(&[b'"'; 32]);
        let Some(all) = out.last_chunk_mut::<32>() else {
            return 0;
        };
        let key = 1 + self.len.min(8);
        let at = key + 2 + usize::from(QUOTED);
        let end = at + value.len.min(8);
        all[1..9].copy_from_slice(&self.word.to_le_bytes());
        all[key..key + 4].copy_from_slice(b"\":\"\"");
        all[at..at + 8].copy_from_slice(&value.word.to_le_bytes());
        if QUOTED {
            all[end..end + 2].copy_from_slice(b"\",");
        } else {
            all[end] = b',';
        }
        out.truncate(from + end + 1 + usize::from(QUOTED));
        key + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte that a text may hold, at every place of every short length.
    fn everywhere(mut check: impl FnMut(&str)) {
        for len in 0..10 {
            for at in 0..len {
                for c in '\0'..='\u{7f}' {
                    let before = "a".repeat(at);
                    let after = "b".repeat(len - at - 1);
                    check(&format!("{before}{c}{after}"));
                }
                check(&format!("{}ä{}", "a".repeat(at), "b".repeat(len - at - 1)));
            }
        }
    }

    #[test]
    fn keys_are_those_that_need_no_mending() {
        everywhere(|text| {
            let key = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let short = (1..=8).contains(&text.len());
            assert_eq!(Short::key(text).is_some(), key && short, "{text:?}");
        });
        assert!(Short::key("").is_none());
    }

    #[test]
    fn texts_are_those_that_need_no_escape() {
        everywhere(|text| {
            let escape = text.chars().any(|c| c < ' ' || c == '"' || c == '\\');
            let short = (1..=8).contains(&text.len());
            assert_eq!(Short::text(text).is_some(), short && !escape, "{text:?}");
        });
        assert!(Short::text("").is_none());
    }

    #[test]
    fn members_are_written_in_full() {
        let all = "abcdefgh";
        for (key, value) in (1..=8).flat_map(|k| (1..=8).map(move |v| (&all[..k], &all[8 - v..]))) {
            let mut out = b"{".to_vec();
            let (short, text) = (Short::key(key).unwrap(), Short::text(value).unwrap());
            assert_eq!(short.member::<true>(&mut out, text), key.len() + 3);
            let expected = format!("{{\"{key}\":\"{value}\",");
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn numbers_of_up_to_four_digits_are_short() {
        for v in -1..10_001 {
            let number = Short::number(v);
            assert_eq!(number.is_some(), (0..10_000).contains(&v));
            let Some(number) = number else { continue };
            let mut out = Vec::new();
            Short::key("n").unwrap().member::<false>(&mut out, number);
            number.push(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("\"n\":{v},{v}"));
        }
    }
}
