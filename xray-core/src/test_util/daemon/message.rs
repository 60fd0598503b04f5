//! Requests to the stub, and what it answers.

use std::time::Duration;

/// A request that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| &**value)
    }

    /// The body, parsed; null when it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What the stub does with a request.
#[derive(Clone, Debug)]
pub struct Response {
    pub(super) kind: Kind,
    pub(super) delay: Duration,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Whole { status: u16, body: String },
    Chunked { status: u16, body: String },
    Truncated { body: String },
    Raw(Vec<u8>),
    Close,
    Hang,
}

impl Response {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            delay: Duration::ZERO,
        }
    }

    /// 200, with this body.
    #[must_use]
    pub fn json(body: impl Into<String>) -> Self {
        let body = body.into();
        Self::of(Kind::Whole { status: 200, body })
    }

    /// This status, without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        let body = String::new();
        Self::of(Kind::Whole { status, body })
    }

    /// No answer until the stub is dropped; the connection stays open.
    #[must_use]
    pub fn hang() -> Self {
        Self::of(Kind::Hang)
    }

    /// Closes the connection within the head of an answer.
    #[must_use]
    pub fn close() -> Self {
        Self::of(Kind::Close)
    }

    /// 200 and the first half of this body, whose whole length was promised, then closes.
    #[must_use]
    pub fn truncated(body: impl Into<String>) -> Self {
        Self::of(Kind::Truncated { body: body.into() })
    }

    /// These bytes instead of an answer, then closes.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(Kind::Raw(bytes.into()))
    }

    /// With another body.
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        match &mut self.kind {
            Kind::Whole { body, .. } | Kind::Chunked { body, .. } | Kind::Truncated { body } => {
                *body = text.into();
            }
            Kind::Raw(_) | Kind::Close | Kind::Hang => {}
        }
        self
    }

    /// In chunks of unknown number, as a proxy answers that does not know the length.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        if let Kind::Whole { status, body } = self.kind {
            self.kind = Kind::Chunked { status, body };
        }
        self
    }

    /// Only after this time.
    #[must_use]
    pub fn delay(mut self, time: Duration) -> Self {
        self.delay = time;
        self
    }

    /// What the client reads, and whether the connection is good for another request.
    pub(super) fn bytes(&self) -> (Vec<u8>, bool) {
        let (text, again) = match &self.kind {
            Kind::Whole { status, body } => {
                let length = format!("Content-Length: {}", body.len());
                (head(*status, &length) + body, true)
            }
            Kind::Chunked { status, body } => {
                let mut out = head(*status, "Transfer-Encoding: chunked");
                let middle = halves(body);
                for chunk in [&body[..middle], &body[middle..]] {
                    if !chunk.is_empty() {
                        out += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
                    }
                }
                (out + "0\r\n\r\n", true)
            }
            Kind::Truncated { body } => {
                let length = format!("Content-Length: {}", body.len().max(1));
                (head(200, &length) + &body[..halves(body)], false)
            }
            Kind::Raw(bytes) => return (bytes.clone(), false),
            Kind::Close => ("HTTP/1.1 200 O".to_owned(), false),
            Kind::Hang => (String::new(), false),
        };
        (text.into_bytes(), again)
    }
}

fn head(status: u16, length: &str) -> String {
    let reason = if status < 400 { "OK" } else { "Error" };
    format!("HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n{length}\r\n\r\n")
}

fn halves(body: &str) -> usize {
    crate::json::cut(body, body.len() / 2).len()
}
