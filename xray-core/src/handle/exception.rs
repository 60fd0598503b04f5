//! Exceptions: what an entity failed with, as the document's `cause` tells it.

use super::frames::Frames;
use crate::json;
use crate::redact::Sensitive;
use crate::report::shielded;
use crate::trace::{Edit, Trace};
use crate::tree::{Node, Part, flag};
use crate::url;
use std::backtrace::Backtrace;
use std::error::Error;
use std::fmt::{self, Display, Write};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Links of a chain of sources that are described.
const LONGEST_CHAIN: usize = 10;
/// Bytes of a message that are kept.
const LONGEST_MESSAGE: usize = 4_000;
/// Bytes that are looked at: URLs in them may become shorter.
const LONGEST_TAKEN: usize = 2 * LONGEST_MESSAGE;
/// Bytes of a type's name that are kept: those of generic types have no end.
const LONGEST_TYPE: usize = 500;
/// Bytes of a name that a `Debug` form may begin with.
const LONGEST_NAME: usize = 100;

/// An error that can be recorded: any `Error`, behind a `dyn` or not.
pub trait Recordable {
    /// The error.
    fn error(&self) -> &(dyn Error + 'static);

    /// The name of its type, where it is known.
    fn type_name(&self) -> Option<&'static str> {
        None
    }
}

impl<E: Error + 'static> Recordable for E {
    fn error(&self) -> &(dyn Error + 'static) {
        self
    }

    fn type_name(&self) -> Option<&'static str> {
        Some(std::any::type_name::<E>())
    }
}

macro_rules! dynamic { ($($t:ty)*) => { $(impl Recordable for $t {
    fn error(&self) -> &(dyn Error + 'static) {
        self
    }
})* } }
dynamic! {
    dyn Error + 'static
    dyn Error + Send + 'static
    dyn Error + Sync + 'static
    dyn Error + Send + Sync + 'static
}

/// An exception to be recorded, and what it makes of the entity.
///
/// A fault unless it says otherwise: an error that one's own code returns is one's own doing. What
/// is known to be the caller's doing says [`as_error`](Self::as_error).
///
/// ```
/// # #[cfg(feature = "test-util")] {
/// use xray_core::{Exception, Recorder, test_util::MemoryEmitter, sampling::Always};
///
/// let emitter = MemoryEmitter::new();
/// let recorder = Recorder::builder("shop").emitter(emitter.clone()).sampler(Always).build()?;
/// let segment = recorder.segment("shop").start();
/// segment.record(Exception::message(&"no such article").named("NotFound").as_error());
/// segment.end();
///
/// assert_eq!(emitter.tree(), "shop error cause=\"no such article\"\n");
/// # }
/// # Ok::<(), xray_core::InitError>(())
/// ```
#[derive(Clone)]
pub struct Exception<'a> {
    what: What<'a>,
    type_name: Option<&'a str>,
    flags: u8,
    remote: bool,
    frames: Frames,
}

#[derive(Clone, Copy)]
enum What<'a> {
    // Itself it may borrow; what it gives as its source may not.
    Error(&'a (dyn Error + 'a)),
    Message(&'a dyn Display),
}

impl<'a> Exception<'a> {
    /// An error and its sources.
    #[must_use]
    pub fn new(error: &'a (impl Recordable + ?Sized)) -> Self {
        let name = error.type_name();
        Self::of(What::Error(error.error()), name)
    }

    /// An error that may borrow, and its sources.
    pub(crate) fn borrowed<E: Error>(error: &'a E) -> Self {
        Self::of(What::Error(error), Some(std::any::type_name::<E>()))
    }

    /// A message alone.
    #[must_use]
    pub fn message(message: &'a dyn Display) -> Self {
        Self::of(What::Message(message), None)
    }

    fn of(what: What<'a>, type_name: Option<&'a str>) -> Self {
        Self {
            what,
            type_name,
            flags: flag::FAULT,
            remote: false,
            frames: Frames::default(),
        }
    }

    /// What X-Ray shows as the exception's type.
    #[must_use]
    pub fn named(mut self, type_name: &'a str) -> Self {
        self.type_name = Some(type_name);
        self
    }

    /// The caller's doing: marks an error instead of a fault.
    #[must_use]
    pub fn as_error(mut self) -> Self {
        self.flags = flag::ERROR;
        self
    }

    /// A call that was throttled: marks a throttle and an error instead of a fault.
    #[must_use]
    pub fn as_throttle(mut self) -> Self {
        self.flags = flag::ERROR | flag::THROTTLE;
        self
    }

    /// Marks nothing: only the cause is told.
    #[must_use]
    pub fn unmarked(mut self) -> Self {
        self.flags = 0;
        self
    }

    /// Returned by the service that was called (`remote`).
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.remote = true;
        self
    }

    /// Adds a stack frame, innermost first. The first 50 are kept, the others counted.
    #[must_use]
    pub fn frame(mut self, path: &str, line: u32, label: &str) -> Self {
        self.frames.push(path, line, label);
        self
    }

    /// Adds the frames of a backtrace; none where it was not captured.
    #[must_use]
    pub fn backtrace(mut self, backtrace: &Backtrace) -> Self {
        self.frames.backtrace(backtrace);
        self
    }

    pub(super) fn flags(&self) -> u8 {
        self.flags
    }
}

impl fmt::Debug for Exception<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exception")
            .field("type", &self.type_name)
            .field("remote", &self.remote)
            .finish_non_exhaustive()
    }
}

/// One link of a chain, as it will be written.
struct Described {
    /// A hash by which a parent knows the exception again: of the message, since one error has
    /// several types on its way up (itself, `dyn Error`, a wrapper that is transparent).
    says: u64,
    id: u64,
    message: Option<String>,
    type_name: Option<String>,
}

/// One exception for each link of the chain, up to one that was recorded on the entity or below.
pub(super) fn record(trace: &Trace, at: (u32, u64), exception: &Exception<'_>) {
    let mut described = describe(trace, exception);
    let (new, known) = trace.told(at, described.iter().map(|link| link.says));
    let again = described.get(new).map(|link| link.says).zip(known);
    described.truncate(new);
    for link in &mut described {
        link.id = trace.recorder.inner().ids.entity();
    }
    let mut room = false;
    trace.edit(at, |node| {
        node.flags |= exception.flags;
        room = add(node, &described, known, exception);
        Edit::from(room)
    });
    // Nothing may refer to what did not find its way into a document.
    if room {
        let own = described.iter().map(|link| (link.says, link.id));
        trace.tell(at, own.chain(again));
    }
}

fn describe(trace: &Trace, exception: &Exception<'_>) -> Vec<Described> {
    let mut described = Vec::new();
    let mut next = Some(exception.what);
    let mut type_name = exception.type_name.map(str::to_owned);
    while let Some(what) = next.filter(|_| described.len() < LONGEST_CHAIN) {
        let type_name = type_name.take().or_else(|| match what {
            What::Error(error) => name_of(error),
            What::Message(_) => None,
        });
        let type_name = type_name
            .filter(|name| !name.is_empty())
            .map(|name| json::cut(&name, LONGEST_TYPE).to_owned());
        let message = message(what);
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let unsaid = type_name.as_ref().filter(|_| message.is_empty());
        let says = hasher.hash_one((&message, unsaid));
        let message = url::scrub(&message);
        let message = trace.recorder.redacted(Sensitive::Message, &message);
        described.push(Described {
            says,
            id: 0,
            message: message.map(|m| json::cut(&m, LONGEST_MESSAGE).to_owned()),
            type_name,
        });
        next = match what {
            What::Error(error) => shielded(|| error.source()).flatten().map(What::Error),
            What::Message(_) => None,
        };
    }
    described
}

/// Adds the exceptions of a chain that goes on with a known one; whether there was room.
fn add(
    node: &mut Node,
    chain: &[Described],
    known: Option<u64>,
    exception: &Exception<'_>,
) -> bool {
    if let (Some(id), true) = (known, chain.is_empty()) {
        return node.add(Part::CauseId, |out| {
            quoted(out, id);
            0
        });
    }
    let mut room = true;
    for (i, link) in chain.iter().enumerate() {
        let cause = chain.get(i + 1).map(|d| d.id).or(known);
        room &= write(node, link, cause, exception.remote);
        if i == 0 && room && !exception.frames.is_empty() {
            let frames = |out: &mut Vec<u8>| {
                exception.frames.write(out);
                0
            };
            room &= node.add(Part::Frames, frames);
        }
    }
    room
}

/// What an error says.
fn message(what: What<'_>) -> String {
    let mut text = Cut::default();
    let written = shielded(|| match what {
        What::Error(error) => write!(text, "{error}"),
        What::Message(message) => write!(text, "{message}"),
    });
    if written.is_none() {
        text.kept.push_str("its `Display` panicked");
    }
    if text.cut {
        // A URL cut in its middle might not be known as one that holds a password: what comes after
        // its last slash goes. What has none is no URL.
        let last = text.kept.rfind(|c: char| c == '/' || c.is_whitespace());
        if let Some(slash) = last.filter(|&at| text.kept[at..].starts_with('/')) {
            text.kept.truncate(slash);
        }
    }
    text.kept
}

/// The name of an error's type, from the beginning of its `Debug` form where that looks derived:
/// `Name`, `Name(…` or `Name { …`. Anything else is prose, which the hook would have to see.
fn name_of(error: &dyn Error) -> Option<String> {
    struct Beginning(String);
    impl Write for Beginning {
        fn write_str(&mut self, s: &str) -> fmt::Result {
            self.0.push_str(json::cut(s, LONGEST_NAME + 1));
            if self.0.len() > LONGEST_NAME {
                return Err(fmt::Error);
            }
            Ok(())
        }
    }
    let mut text = Beginning(String::new());
    shielded(|| {
        // An error here means that enough has been seen.
        let _ = write!(text, "{error:?}");
    })?;
    let text = text.0;
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let derived = rest.is_empty() || rest.starts_with(['(', '{']) || rest.starts_with(" {");
    let derived = derived && name.starts_with(char::is_uppercase) && name.len() <= LONGEST_NAME;
    derived.then(|| name.to_owned())
}

/// Takes somewhat more than will be kept, so that an endless message costs nothing.
#[derive(Default)]
struct Cut {
    kept: String,
    /// There was more.
    cut: bool,
}

impl Write for Cut {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        // Nothing more once something was left out, even from a `Display` that goes on.
        let room = if self.cut { 0 } else { LONGEST_TAKEN };
        let room = room.saturating_sub(self.kept.len());
        self.kept.push_str(json::cut(s, room));
        self.cut |= s.len() > room;
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}

fn quoted(out: &mut Vec<u8>, id: u64) {
    out.push(b'"');
    out.extend_from_slice(&json::hex64(id));
    out.push(b'"');
}

fn write(node: &mut Node, link: &Described, cause: Option<u64>, remote: bool) -> bool {
    node.add(Part::Exception, |out| {
        out.extend_from_slice(b"{\"id\":");
        quoted(out, link.id);
        for (key, value) in [
            (",\"type\":", &link.type_name),
            (",\"message\":", &link.message),
        ] {
            if let Some(value) = value {
                out.extend_from_slice(key.as_bytes());
                json::string(out, value);
            }
        }
        if remote {
            out.extend_from_slice(b",\"remote\":true");
        }
        if let Some(cause) = cause {
            out.extend_from_slice(b",\"cause\":");
            quoted(out, cause);
        }
        0
    })
}
