//! Stack frames of an exception.

use crate::json;
use std::backtrace::{Backtrace, BacktraceStatus};

/// Frames that are kept, as in the SDKs for Java and .NET.
const MOST: usize = 50;
/// Bytes of a path or a label that are kept.
const LONGEST: usize = 500;

#[derive(Clone, Debug, Default)]
pub(super) struct Frames {
    kept: Vec<Frame>,
    /// How many more there were.
    truncated: u64,
}

#[derive(Clone, Debug)]
struct Frame {
    path: Box<str>,
    line: u32,
    label: Box<str>,
}

impl Frames {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Adds one; innermost first.
    pub(super) fn push(&mut self, path: &str, line: u32, label: &str) {
        if self.kept.len() < MOST {
            let (path, label) = (json::cut(path, LONGEST), json::cut(label, LONGEST));
            self.kept.push(Frame {
                path: path.into(),
                line,
                label: label.into(),
            });
        } else {
            self.truncated += 1;
        }
    }

    pub(super) fn backtrace(&mut self, backtrace: &Backtrace) {
        if backtrace.status() == BacktraceStatus::Captured {
            self.parse(&backtrace.to_string());
        }
    }

    /// `Backtrace` shows its frames only as text: `  3: label`, then `at path:line:column`. Where
    /// the program has no debug information there are only labels; of functions inlined into one
    /// frame only the first has a number.
    fn parse(&mut self, text: &str) {
        let mut label = "";
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(place) = line.strip_prefix("at ") {
                let mut parts = place.rsplitn(3, ':');
                let (_column, at) = (parts.next(), parts.next());
                let at = at.and_then(|l| l.parse().ok()).unwrap_or(0);
                self.push(parts.next().unwrap_or(place), at, label);
                label = "";
                continue;
            }
            if !label.is_empty() {
                self.push("", 0, label);
            }
            label = match line.split_once(": ") {
                Some((number, label)) if number.bytes().all(|b| b.is_ascii_digit()) => label,
                _ => line,
            };
        }
        if !label.is_empty() {
            self.push("", 0, label);
        }
    }

    /// `,"truncated":…,"stack":[…]`
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if self.truncated > 0 {
            out.extend_from_slice(b",\"truncated\":");
            json::unsigned(out, self.truncated);
        }
        let mut before: &[u8] = b",\"stack\":[{";
        for frame in &self.kept {
            out.extend_from_slice(before);
            if !frame.path.is_empty() {
                out.extend_from_slice(b"\"path\":");
                json::string(out, &frame.path);
                out.push(b',');
            }
            out.extend_from_slice(b"\"line\":");
            json::unsigned(out, frame.line.into());
            if !frame.label.is_empty() {
                out.extend_from_slice(b",\"label\":");
                json::string(out, &frame.label);
            }
            before = b"},{";
        }
        out.extend_from_slice(b"}]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, u32, String)> {
        let mut frames = Frames::default();
        frames.parse(text);
        let kept = frames.kept.into_iter();
        kept.map(|f| (f.path.into(), f.line, f.label.into()))
            .collect()
    }

    fn frame(path: &str, line: u32, label: &str) -> (String, u32, String) {
        (path.into(), line, label.into())
    }

    #[test]
    fn c25_frames_are_read_off_the_text_of_a_backtrace() {
        let text = "   0: shop::stock::take\n             at ./src/stock.rs:17:9\n   \
                    1: <shop::Api as shop::Service>::call::{{closure}}\n             \
                    at C:\\shop\\src\\api.rs:203:21\n             shop::inlined\n             \
                    at ./src/lib.rs:5:1\n";
        let expected = [
            frame("./src/stock.rs", 17, "shop::stock::take"),
            frame(
                "C:\\shop\\src\\api.rs",
                203,
                "<shop::Api as shop::Service>::call::{{closure}}",
            ),
            frame("./src/lib.rs", 5, "shop::inlined"),
        ];
        assert_eq!(parsed(text), expected);
    }

    #[test]
    fn c25_without_debug_information_there_are_labels() {
        let text = "   0: shop::take\n   1: shop::main\n   2: <unknown>\n";
        let expected = ["shop::take", "shop::main", "<unknown>"];
        assert_eq!(parsed(text), expected.map(|label| frame("", 0, label)));
    }

    #[test]
    fn c25_a_backtrace_that_was_not_captured_has_no_frames() {
        let mut frames = Frames::default();
        frames.backtrace(&Backtrace::disabled());
        assert!(frames.is_empty());
        frames.backtrace(&Backtrace::force_capture());
        assert!(!frames.is_empty());
        let mut out = b"{\"id\":\"0\"".to_vec();
        frames.write(&mut out);
        out.push(b'}');
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["stack"].as_array().unwrap().len(), frames.kept.len());
    }
}
