//! The wildcards of sampling rules: `*` is any text, `?` any one character, nothing else is special.

/// Whether the whole text matches the pattern, in either case of ASCII letters.
///
/// ```
/// use xray_core::wildcard_match;
///
/// assert!(wildcard_match("*.Amazon.com", "moop.amazon.com"));
/// assert!(!wildcard_match("/cart/??", "/cart/1"));
/// ```
#[must_use]
pub fn wildcard_match(pattern: &str, text: &str) -> bool {
    general(pattern.as_bytes(), text.as_bytes())
}

/// A pattern that is matched often. Most of those in rules are `*`, a literal, or a prefix.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Any,
    Literal(Box<str>),
    /// Without its `*`.
    Prefix(Box<str>),
    General(Box<str>),
}

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        let special = |c| matches!(c, '*' | '?');
        let prefix = pattern.trim_end_matches('*');
        if prefix.contains(special) {
            Self::General(pattern.into())
        } else if prefix.len() == pattern.len() {
            Self::Literal(pattern.into())
        } else if prefix.is_empty() {
            Self::Any
        } else {
            Self::Prefix(prefix.into())
        }
    }

    /// The texts without wildcards that a matching text has in it.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &str> {
        let pattern: &str = match self {
            Self::Any => "",
            Self::Literal(text) | Self::Prefix(text) | Self::General(text) => text,
        };
        pattern.split(['*', '?'])
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => literal.eq_ignore_ascii_case(text),
            Self::Prefix(prefix) => {
                let beginning = text.as_bytes().get(..prefix.len());
                beginning.is_some_and(|b| b.eq_ignore_ascii_case(prefix.as_bytes()))
            }
            Self::General(pattern) => wildcard_match(pattern, text),
        }
    }
}

/// Greedy, with one place to go back to: each `*` takes as little as it can, and only the last one
/// ever needs to take more. So hostile text costs its length times the pattern's at worst.
fn general(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Behind the last `*`, and where the text goes on after what that `*` takes.
    let mut back = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                back = Some((p, t));
            }
            Some(b'?') => {
                p += 1;
                t += width(text[t]);
            }
            Some(c) if c.eq_ignore_ascii_case(&text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((behind, at)) = back else {
                    return false;
                };
                p = behind;
                t = at + width(text[at]);
                back = Some((p, t));
            }
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// How many bytes the character has that begins with this one.
fn width(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(wildcard_match(pattern, text), expected, "{pattern} {text}");
        let compiled = Pattern::new(pattern);
        assert_eq!(compiled.matches(text), expected, "{compiled:?} {text}");
    }
    #[test]
    fn c43_wildcard_vectors() {
        let vectors = include_str!("../test-data/wildcard.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
        for vector in &vectors {
            let [pattern, text] = ["pattern", "text"].map(|key| vector[key].as_str().unwrap());
            check(pattern, text, vector["matches"] == true);
        }
        assert!(vectors.len() > 60);
    }

    #[test]
    fn c43_long_text() {
        let text: String = (0..8192)
            .map(|i| ['a', 'b', 'c', 'd'][i * 7 % 11 % 4])
            .collect();
        check("a*b", &format!("a{text}b"), true);
        check("a*b", &format!("a{text}c"), false);
        check("*a*b*c*d*?", &text.repeat(100), true);
        check(&"a*".repeat(40), &"a".repeat(100_000), true);
        check(
            &format!("{}b", "a*".repeat(40)),
            &"a".repeat(100_000),
            false,
        );
    }

    /// What the wildcards mean, without a thought about time.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|n| naive(rest, &text[n..])),
            ['?', rest @ ..] => !text.is_empty() && naive(rest, &text[1..]),
            [c, rest @ ..] => {
                let same = text.first().is_some_and(|t| t.eq_ignore_ascii_case(c));
                same && naive(rest, &text[1..])
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn c43_agrees_with_the_definition(pattern in "[aAbä?*]{0,8}", text in "[abBäé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            check(&pattern, &text, naive(&chars(&pattern), &chars(&text)));
        }
    }
}
