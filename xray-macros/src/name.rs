//! Names and annotation keys that X-Ray would take as they are.
//!
//! The core mends others when they are recorded. What stands in the source can be put right there,
//! so that it is found under the name that was written.

// The core's own table, so that both agree.
use crate::ranges::CHANGES;

/// In characters (official schema, `name`).
const LONGEST_NAME: usize = 200;
/// In characters (official schema, `annotations`).
const LONGEST_KEY: usize = 500;
const OTHERS: &str = " _.:/%&#=+-@";

/// What is wrong with a name.
pub(crate) fn name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a subsegment needs a name: it is empty".to_owned());
    }
    let count = name.chars().count();
    if count > LONGEST_NAME {
        return Err(format!(
            "a name has at most {LONGEST_NAME} characters, this one has {count}"
        ));
    }
    match name.chars().find(|&c| !taken(c)) {
        None => Ok(()),
        Some(c) => Err(format!(
            "X-Ray would remove {c:?} from this name: letters, digits, blanks and `_.:/%&#=+-@` \
             can be in one"
        )),
    }
}

fn taken(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || OTHERS.contains(c);
    }
    match u16::try_from(u32::from(c)) {
        Ok(c) => CHANGES.partition_point(|&at| at <= c) % 2 == 1,
        Err(_) => false,
    }
}

/// What is wrong with a key, of annotations or of metadata.
pub(crate) fn key(key: &str, indexed: bool) -> Result<(), String> {
    if key.is_empty() {
        return Err("a key is empty".to_owned());
    }
    let count = key.chars().count();
    if count > LONGEST_KEY {
        return Err(format!(
            "a key has at most {LONGEST_KEY} characters, this one has {count}"
        ));
    }
    let bad = |c: &char| !c.is_ascii_alphanumeric() && *c != '_';
    match key.chars().find(bad).filter(|_| indexed) {
        None => Ok(()),
        Some(c) => Err(format!(
            "the key of an annotation cannot hold {c:?}: X-Ray indexes `A-Z`, `a-z`, `0-9` and `_`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_letters_of_any_script() {
        for good in [
            "price-cart",
            "GET /orders",
            "käse",
            "日本語",
            "a@b.c:80/%&#=+_",
        ] {
            assert_eq!(name(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn names_the_character_that_would_be_removed() {
        // The last one holds a vowel sign, which the official schema leaves out.
        for (bad, c) in [
            ("a?", "'?'"),
            ("a\tb", "'\\t'"),
            ("🦀", "'🦀'"),
            ("हि", "'ि'"),
        ] {
            let why = name(bad).unwrap_err();
            assert!(why.contains(c), "{bad}: {why}");
        }
    }

    #[test]
    fn counts_characters_not_bytes() {
        assert_eq!(name(&"語".repeat(200)), Ok(()));
        assert!(name(&"語".repeat(201)).unwrap_err().contains("has 201"));
        assert_eq!(key(&"k".repeat(500), true), Ok(()));
        assert!(key(&"k".repeat(501), true).unwrap_err().contains("has 501"));
    }

    #[test]
    fn keys_of_metadata_are_free() {
        assert_eq!(key("cart.id", false), Ok(()));
        assert!(key("cart.id", true).unwrap_err().contains("'.'"));
        assert!(key("", false).is_err());
    }
}
