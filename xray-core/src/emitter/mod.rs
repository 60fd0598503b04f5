//! Where documents go.
//!
//! [`Emitter`] takes framed datagrams, one document each, on whichever thread ended a segment.
//! [`UdpEmitter`] sends them to the daemon; tests keep them in a `MemoryEmitter`.

#[cfg(target_os = "linux")]
mod offload;
mod resolver;
#[cfg(test)]
mod tests;
mod udp;

pub use udp::UdpEmitter;

use crate::document::{End, HEADER};
use std::fmt;
use std::io::{self, ErrorKind};

/// Sends documents.
///
/// Called where a segment ends, so it must not block; one that has to (a slow sink, an API call)
/// says so by [`may_block`](Self::may_block), and the recorder gives it a thread and a queue. It
/// must not panic. It may use this crate: what it records is a trace of its own, and leaves by its own
/// recorder, so whoever records each emission needs another one, or never comes to an end.
///
/// ```
/// use std::sync::mpsc::{SyncSender, sync_channel};
/// use xray_core::{Datagram, EmitError, Emitter, Recorder, sampling::Always};
///
/// struct Passed(SyncSender<String>);
///
/// impl Emitter for Passed {
///     fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
///         let document = datagram.document().to_owned();
///         self.0.try_send(document).map_err(|_| EmitError::Full)
///     }
/// }
///
/// let (sender, documents) = sync_channel(1);
/// let recorder = Recorder::builder("shop").emitter(Passed(sender)).sampler(Always).build()?;
/// recorder.segment("first").start().end();
/// recorder.segment("second").start().end();
/// assert!(documents.try_recv()?.contains("first"));
/// assert_eq!((recorder.stats().emitted, recorder.stats().lost_full), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Emitter: Send + Sync + 'static {
    /// Sends one document.
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError>;

    /// Sends several that are ready at the same time; `failed` is told the index of each that did
    /// not leave, and why.
    fn emit_all(&self, batch: Batch<'_>, failed: &mut dyn FnMut(usize, EmitError)) {
        for (index, datagram) in batch.iter().enumerate() {
            if let Err(error) = self.emit(datagram) {
                failed(index, error);
            }
        }
    }

    /// Whether [`emit`](Self::emit) may block; the recorder then never calls it on a thread of the
    /// user's.
    fn may_block(&self) -> bool {
        false
    }

    /// Called when the recorder shuts down or is flushed, after the last document, with the time
    /// that is left. True when everything taken so far has left.
    fn flush(&self, timeout: std::time::Duration) -> bool {
        let _ = timeout;
        true
    }

    /// What the recorder's start-up line calls it.
    fn describe(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

/// Why one document did not leave. The recorder counts each by its reason.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmitError {
    /// The way out does not take datagrams of this size; the recorder makes smaller ones of it.
    TooLarge,
    /// The socket's buffer, or the emitter's own, has no room.
    Full,
    /// Nobody listens at the daemon's address.
    Refused,
    /// The daemon's host name is not resolved yet.
    Unresolved,
    /// Anything else.
    Io(io::Error),
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the document is larger than a datagram may be"),
            Self::Full => f.write_str("no room in the send buffer"),
            Self::Refused => f.write_str("nobody listens at the daemon's address"),
            Self::Unresolved => f.write_str("the daemon's host name is not resolved yet"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EmitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for EmitError {
    fn from(error: io::Error) -> Self {
        // EMSGSIZE and ENOBUFS have no `ErrorKind`.
        const EMSGSIZE: i32 = if cfg!(target_os = "linux") {
            90
        } else if cfg!(windows) {
            10040
        } else {
            40
        };
        const ENOBUFS: i32 = if cfg!(target_os = "linux") {
            105
        } else if cfg!(windows) {
            10055
        } else {
            55
        };
        match (error.kind(), error.raw_os_error()) {
            (_, Some(EMSGSIZE)) => Self::TooLarge,
            (ErrorKind::WouldBlock, _) | (_, Some(ENOBUFS)) => Self::Full,
            // The second is Windows' word for it.
            (ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset, _) => Self::Refused,
            _ => Self::Io(error),
        }
    }
}

/// One document, framed as the daemon expects it: a header line, then the JSON.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a>(pub(crate) &'a [u8]);

impl<'a> Datagram<'a> {
    /// Header line and document.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The document alone.
    #[must_use]
    pub fn document(self) -> &'a str {
        std::str::from_utf8(&self.0[HEADER.len()..]).unwrap_or_default()
    }
}

/// Documents that are ready at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    from: usize,
    ends: &'a [End],
}

impl<'a> Batch<'a> {
    pub(crate) fn new(bytes: &'a [u8], ends: &'a [End]) -> Self {
        Self {
            bytes,
            from: 0,
            ends,
        }
    }

    /// How many.
    #[must_use]
    pub fn len(self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.ends.is_empty()
    }

    /// The documents in order.
    pub fn iter(self) -> impl Iterator<Item = Datagram<'a>> {
        let mut from = self.from;
        self.ends.iter().map(move |end| {
            let one = &self.bytes[from..end.at];
            from = end.at;
            Datagram(one)
        })
    }

    /// The document, when it is only one.
    #[inline]
    pub(crate) fn single(self) -> Option<Datagram<'a>> {
        (self.ends.len() == 1).then_some(Datagram(&self.bytes[self.from..]))
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn split_at(self, n: usize) -> (Self, Self) {
        let (now, later) = self.ends.split_at(n);
        let from = now.last().map_or(self.from, |end| end.at);
        (
            Self { ends: now, ..self },
            Self {
                ends: later,
                from,
                ..self
            },
        )
    }
}
