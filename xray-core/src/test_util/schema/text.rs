//! What a parsed value does not show any longer: members that were there twice, how times were
//! written.

use std::collections::HashSet;

/// Checks a text that is known to be JSON.
pub(super) fn check(document: &str) -> Result<(), String> {
    let mut reader = Reader { rest: document };
    reader.value(Place::Entity)
}

/// What a value is, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Entity,
    Entities,
    Time,
    Other,
}

impl Place {
    fn member(self, key: &str) -> Self {
        match (self, key) {
            (Self::Entity, "subsegments") => Self::Entities,
            (Self::Entity, "start_time" | "end_time") => Self::Time,
            _ => Self::Other,
        }
    }

    fn item(self) -> Self {
        if self == Self::Entities {
            Self::Entity
        } else {
            Self::Other
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Recursion is bounded: serde_json has refused what is nested deeper than 128.
    fn value(&mut self, place: Place) -> Result<(), String> {
        self.skip_blanks();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(place),
            Some(b'[') => self.array(place),
            Some(b'"') => {
                self.string();
                Ok(())
            }
            _ => self.literal(place),
        }
    }

    fn object(&mut self, place: Place) -> Result<(), String> {
        let mut seen = HashSet::new();
        self.skip(1);
        while !self.ends('}') {
            let key = self.string();
            // Escapes may write the same key in several ways.
            let key: String = serde_json::from_str(key).map_err(|error| error.to_string())?;
            self.skip_blanks();
            self.skip(1);
            self.value(place.member(&key))?;
            if let Some(key) = seen.replace(key) {
                return Err(format!("{key:?} is there twice in one object"));
            }
        }
        Ok(())
    }

    fn array(&mut self, place: Place) -> Result<(), String> {
        self.skip(1);
        while !self.ends(']') {
            self.value(place.item())?;
        }
        Ok(())
    }

    fn literal(&mut self, place: Place) -> Result<(), String> {
        let is_end = |c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace();
        let literal = self.skip(self.rest.find(is_end).unwrap_or(self.rest.len()));
        let (seconds, decimals) = literal.split_once('.').unwrap_or((literal, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if place != Place::Time
            || (all_digits(seconds) && all_digits(decimals) && decimals.len() == 6)
        {
            return Ok(());
        }
        Err(format!(
            "the time {literal} is not in seconds with 6 decimals"
        ))
    }

    /// A string with its quotation marks.
    fn string(&mut self) -> &'a str {
        let mut escaped = false;
        let closing = self.rest.bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        self.skip(closing.map_or(self.rest.len(), |at| at + 2))
    }

    /// Passes the comma before the next element, or the end.
    fn ends(&mut self, end: char) -> bool {
        self.skip_blanks();
        if self.rest.starts_with(',') {
            self.skip(1);
            self.skip_blanks();
        }
        let ends = self.rest.is_empty() || self.rest.starts_with(end);
        if ends {
            self.skip(1);
        }
        ends
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        passed
    }
}
