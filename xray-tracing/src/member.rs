//! One more member in an object of JSON that is being written.

use std::fmt::{self, Write};

/// Writes what it is given, and a member behind the first brace.
pub(crate) struct Member<'a, W> {
    to: &'a mut W,
    /// Written one after the other.
    parts: [&'a str; 3],
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing but blanks so far.
    Before,
    /// Behind the brace: whether a comma is wanted says what comes next.
    Open,
    /// It is written, or this is no object.
    Done,
}

impl<'a, W: Write> Member<'a, W> {
    pub(crate) fn new(to: &'a mut W, parts: [&'a str; 3]) -> Self {
        Self {
            to,
            parts,
            state: State::Before,
        }
    }

    fn begin(&mut self, text: &str) -> fmt::Result {
        let blanks = text.len() - text.trim_start().len();
        let (blanks, rest) = text.split_at(blanks);
        self.to.write_str(blanks)?;
        if rest.is_empty() {
            return Ok(());
        }
        if let State::Open = self.state {
            for part in self.parts {
                self.to.write_str(part)?;
            }
            if !rest.starts_with('}') {
                self.to.write_str(",")?;
            }
        } else if let Some(rest) = rest.strip_prefix('{') {
            self.state = State::Open;
            self.to.write_str("{")?;
            return self.begin(rest);
        }
        self.state = State::Done;
        self.to.write_str(rest)
    }
}

impl<W: Write> Write for Member<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.state {
            State::Done => self.to.write_str(text),
            _ => self.begin(text),
        }
    }
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
