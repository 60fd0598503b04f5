//! Reading an HTTP/1.1 answer.

use std::io::{self, ErrorKind, Read};

/// Larger heads are not what was asked for.
const LARGEST_HEAD: usize = 16 << 10;

/// Reads an answer, up to a size.
pub(crate) struct Reader<R> {
    stream: R,
    /// The largest body that is taken.
    largest: usize,
    /// Read, but not used yet.
    buffer: Vec<u8>,
    /// Whether the server keeps the connection open.
    keeps: bool,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// How the body ends.
enum Body {
    Length(usize),
    Chunked,
    UntilClosed,
}

impl<R: Read> Reader<R> {
    pub(crate) fn new(stream: R, largest: usize) -> Self {
        Self {
            stream,
            largest,
            buffer: Vec::new(),
            keeps: true,
        }
    }

    /// After an answer: whether the connection is good for another request.
    pub(crate) fn is_reusable(&self) -> bool {
        self.keeps && self.buffer.is_empty()
    }

    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let (status, body) = loop {
            let head = self.head()?;
            // 100 and its like announce the answer.
            if !(100..200).contains(&head.0) {
                break head;
            }
        };
        let body = match body {
            Body::Length(length) => self.bytes(length)?,
            Body::Chunked => self.chunks()?,
            Body::UntilClosed => self.rest()?,
        };
        Ok(Answer { status, body })
    }

    fn head(&mut self) -> io::Result<(u16, Body)> {
        let mut size = LARGEST_HEAD;
        let first = self.line(&mut size)?;
        let (version, status) = first
            .split_once(' ')
            .ok_or_else(|| invalid("the answer is not HTTP"))?;
        let status = status.get(..3).and_then(|digits| digits.parse().ok());
        let (true, Some(status)) = (version.starts_with("HTTP/1."), status) else {
            return Err(invalid("the answer is not HTTP"));
        };
        self.keeps = version != "HTTP/1.0";
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = self.line(&mut size)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| invalid("a header of the answer has no colon"))?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                let stated = value.parse::<usize>().map_err(invalid)?;
                if length.is_some_and(|length| length != stated) {
                    return Err(invalid("the answer has two lengths"));
                }
                length = Some(stated);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                if !value.eq_ignore_ascii_case("chunked") {
                    return Err(invalid("the answer has an unknown transfer encoding"));
                }
                chunked = true;
            } else if name.eq_ignore_ascii_case("connection") {
                let mut words = value.split(',').map(str::trim);
                self.keeps &= !words.any(|word| word.eq_ignore_ascii_case("close"));
            }
        }
        let body = match (chunked, length) {
            _ if matches!(status, 100..200 | 204 | 304) => Body::Length(0),
            (true, _) => Body::Chunked,
            (false, Some(length)) => Body::Length(length),
            (false, None) => {
                self.keeps = false;
                Body::UntilClosed
            }
        };
        Ok((status, body))
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut size = LARGEST_HEAD;
            let line = self.line(&mut size)?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16).map_err(invalid)?;
            if length > self.largest - body.len() {
                return Err(too_large());
            }
            if length == 0 {
                // Trailers, up to an empty line.
                while !self.line(&mut size)?.is_empty() {}
                return Ok(body);
            }
            body.append(&mut self.bytes(length)?);
            if !self.line(&mut size)?.is_empty() {
                return Err(invalid("a chunk of the answer is longer than it says"));
            }
        }
    }

    fn rest(&mut self) -> io::Result<Vec<u8>> {
        // Some of it came with the head.
        loop {
            if self.buffer.len() > self.largest {
                return Err(too_large());
            }
            if self.fill()? == 0 {
                return Ok(std::mem::take(&mut self.buffer));
            }
        }
    }

    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > self.largest {
            return Err(too_large());
        }
        while self.buffer.len() < length {
            self.more()?;
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    /// The next line, without its end; `left` is what the lines of a head may still take.
    fn line(&mut self, left: &mut usize) -> io::Result<String> {
        let (mut seen, end) = (0, b'\n');
        let at = loop {
            let found = self.buffer[seen..].iter().position(|&byte| byte == end);
            if let Some(at) = found {
                break seen + at;
            }
            seen = self.buffer.len();
            if seen >= *left {
                return Err(too_large());
            }
            self.more()?;
        };
        let line: Vec<u8> = self.buffer.drain(..=at).collect();
        *left = left.saturating_sub(line.len());
        let line = String::from_utf8(line).map_err(invalid)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn more(&mut self) -> io::Result<()> {
        match self.fill()? {
            0 => Err(io::Error::new(
                ErrorKind::UnexpectedEof,
                "the connection was closed before the answer was complete",
            )),
            _ => Ok(()),
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut some = [0; 8 << 10];
        loop {
            match self.stream.read(&mut some) {
                Ok(count) => {
                    self.buffer.extend_from_slice(&some[..count]);
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn invalid(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, cause)
}

fn too_large() -> io::Error {
    invalid("the answer is too large")
}
