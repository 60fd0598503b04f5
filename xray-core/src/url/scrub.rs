//! URLs inside of messages: HTTP clients put the whole URL into their errors.

use super::{Ports, cleaned, marker};
use std::borrow::Cow;

/// The message, without query, fragment and credentials of every URL in it.
pub(crate) fn scrub(message: &str) -> Cow<'_, str> {
    // `kept` is how far the message is in `out` already, `from` how far it has been searched.
    let (mut out, mut kept, mut from) = (String::new(), 0, 0);
    while let Some(authority) = marker(message, from) {
        let start = scheme_start(message, authority, from);
        let end = url_end(message, start, authority);
        if let Cow::Owned(url) = cleaned_run(&message[start..end]) {
            out.push_str(&message[kept..start]);
            out.push_str(&url);
            kept = end;
        }
        from = end;
    }
    if kept == 0 {
        return message.into();
    }
    out.push_str(&message[kept..]);
    out.into()
}

/// Where the scheme of the URL begins, which is not before `from`.
fn scheme_start(message: &str, authority: usize, from: usize) -> usize {
    let before = message[from..authority].trim_end_matches(['/', '\\']);
    let before = before.strip_suffix(':').unwrap_or(before);
    let scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    from + before.trim_end_matches(scheme).len()
}

/// Where the URL ends: at a blank, at the quotation mark or bracket that matches the one before it,
/// or with the message. Other marks may belong to its query, and are hidden with it.
fn url_end(message: &str, start: usize, authority: usize) -> usize {
    let opening = message[..start].chars().next_back();
    let closing = match opening {
        Some(c @ ('"' | '\'' | '`')) => Some(c),
        Some('<') => Some('>'),
        _ => None,
    };
    let escaped = |at: usize| message[..at].ends_with('\\');
    let opening_escaped = opening.is_some_and(|c| escaped(start - c.len_utf8()));
    let end = message[authority..].char_indices().find(|&(at, c)| {
        let closes = Some(c) == closing && escaped(authority + at) == opening_escaped;
        c.is_whitespace() || closes
    });
    match end {
        Some((at, c)) if opening_escaped && Some(c) == closing => authority + at - 1,
        Some((at, _)) => authority + at,
        None => message.len(),
    }
}

/// The URL without the punctuation of the sentence around it, which is kept as it is.
fn cleaned_run(run: &str) -> Cow<'_, str> {
    let marks = [
        ')', ']', '}', '>', '"', '\'', '`', '.', ',', ';', ':', '!', '\\',
    ];
    let url = run.trim_end_matches(marks);
    match cleaned(url, Ports::All) {
        Cow::Borrowed(cleaned) if cleaned.len() == url.len() => run.into(),
        cleaned => format!("{cleaned}{}", &run[url.len()..]).into(),
    }
}
