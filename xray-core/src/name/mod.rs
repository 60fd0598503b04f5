//! Names and annotation keys: what X-Ray accepts, and how others are mended.
//!
//! The characters of a name are those of the `name` pattern of the official schema; those of a key
//! are `[A-Za-z0-9_]`, in the same schema. None of either needs an escape in JSON.

mod ranges;

use crate::json;

const NAME: u8 = 1;
const KEY: u8 = 2;
const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        if c.is_ascii_alphanumeric() || c == b'_' {
            table[i] = NAME | KEY;
        }
        i += 1;
    }
    let others = b" .:/%&#=+-@";
    let mut i = 0;
    while i < others.len() {
        table[others[i] as usize] = NAME;
        i += 1;
    }
    table
};

/// In characters (official schema, `name`).
const LONGEST_NAME: usize = 200;
/// In characters (official schema, `annotations`).
const LONGEST_KEY: usize = 500;

/// Writes an entity's name, or `fallback` where nothing of the name can be kept.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, name: &str, fallback: &str) {
    let valid = all(name.as_bytes(), NAME);
    if valid && name.len() <= LONGEST_NAME && !name.is_empty() {
        out.extend_from_slice(name.as_bytes());
    } else {
        mend(out, name, fallback);
    }
}

#[cold]
fn mend(out: &mut Vec<u8>, name: &str, fallback: &str) {
    let from = out.len();
    for name in [name, fallback, "unknown"] {
        let mut buffer = [0; 4];
        // Removed, not replaced: Python's SDK does so, and one service keeps one name on the map.
        for c in name.chars().filter(|&c| taken(c)).take(LONGEST_NAME) {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        }
        if out.len() > from {
            return;
        }
    }
}

/// Whether a name may hold the character.
fn taken(c: char) -> bool {
    if c.is_ascii() {
        return CLASS[c as usize] & NAME != 0;
    }
    match u16::try_from(u32::from(c)) {
        Ok(c) => ranges::CHANGES.partition_point(|&at| at <= c) % 2 == 1,
        Err(_) => false,
    }
}

/// Writes `"key` of an annotation; its value goes on with `":`. Returns the length up to there.
#[inline]
pub(crate) fn key(out: &mut Vec<u8>, key: &str) -> usize {
    let from = out.len();
    out.push(b'"');
    if all(key.as_bytes(), KEY) && key.len() <= LONGEST_KEY && !key.is_empty() {
        out.extend_from_slice(key.as_bytes());
    } else {
        mend_key(out, key);
    }
    out.len() - from + 2
}

#[cold]
fn mend_key(out: &mut Vec<u8>, key: &str) {
    if key.is_empty() {
        out.push(b'_');
    }
    let mended = json::cut_chars(key, LONGEST_KEY).chars();
    out.extend(mended.map(|c| match u8::try_from(c) {
        Ok(c) if CLASS[c as usize] & KEY != 0 => c,
        _ => b'_',
    }));
}

/// One pass without a branch per character, so that the common case costs little.
#[inline]
fn all(text: &[u8], class: u8) -> bool {
    text.iter().fold(class, |all, &c| all & CLASS[c as usize]) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, fallback: &str) -> String {
        let mut out = Vec::new();
        write(&mut out, name, fallback);
        String::from_utf8(out).unwrap()
    }

    fn key_of(text: &str) -> String {
        let mut out = b"x".to_vec();
        let len = key(&mut out, text);
        out.extend_from_slice(b"\":");
        assert_eq!(len, out.len() - 1);
        String::from_utf8(out[2..out.len() - 2].to_vec()).unwrap()
    }

    fn pattern() -> regex::Regex {
        let schema = include_str!("../../test-data/segment-document.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let pattern = schema["properties"]["name"]["pattern"].as_str().unwrap();
        regex::Regex::new(pattern).unwrap()
    }

    #[test]
    fn takes_what_the_schema_takes() {
        let pattern = pattern();
        // Surrogates are no characters.
        for c in (0..=0xffff).filter_map(char::from_u32) {
            let one = String::from(c);
            assert_eq!(taken(c), pattern.is_match(&one), "U+{:04x}", u32::from(c));
            let expected = if taken(c) { one.as_str() } else { "unknown" };
            assert_eq!(name(&one, ""), expected);
        }
        assert!(!taken('\u{1f980}'));
    }

    #[test]
    fn removes_what_is_not_taken() {
        assert_eq!(name("shop.example.com", "f"), "shop.example.com");
        assert_eq!(name("a\tb\nc\\d\"e\u{0}f", "f"), "abcdef");
        assert_eq!(name("what? (a) *name*;!", "f"), "what a name");
        assert_eq!(name("käse 日本語 🦀!", "f"), "käse 日本語 ");
    }

    #[test]
    fn falls_back() {
        assert_eq!(name("", "checkout"), "checkout");
        assert_eq!(name("🦀", "check\tout"), "checkout");
        assert_eq!(name("???", "()"), "unknown");
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(name(&"a".repeat(200), "f"), "a".repeat(200));
        assert_eq!(name(&"a".repeat(201), "f"), "a".repeat(200));
        assert_eq!(name(&"語".repeat(201), "f"), "語".repeat(200));
        let mixed = format!("{}{}", "?".repeat(300), "ä".repeat(300));
        assert_eq!(name(&mixed, "f"), "ä".repeat(200));
        assert!(pattern().is_match(&name(&mixed, "f")));
    }

    #[test]
    fn keys_keep_letters_digits_and_underscores() {
        assert_eq!(key_of("cart_ID_7"), "cart_ID_7");
        assert_eq!(key_of("cart.id-\"ä\\🦀"), "cart_id_____");
        assert_eq!(key_of(""), "_");
        assert_eq!(key_of(&"k".repeat(501)), "k".repeat(500));
        assert_eq!(key_of(&"é".repeat(501)), "_".repeat(500));
    }
}
