//! `TableName` → `table_name`, as all official SDKs name members of the `aws` block.

/// A new word begins before a capital that a small letter follows, and after a small letter or a
/// digit that a capital follows. Runs of capitals are one word, but for their last letter.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let in_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let ends_run = before.is_some_and(|b| b.is_ascii_uppercase())
            && letters.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (in_word || ends_run) {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
        before = Some(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c37_names_become_snake_case() {
        let vectors = include_str!("../../test-data/snake_case.json");
        let vectors: Vec<[String; 2]> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.len() > 20);
        for [name, expected] in vectors {
            assert_eq!(snake_case(&name), expected);
            assert_eq!(snake_case(&expected), expected, "once more");
        }
    }
}
