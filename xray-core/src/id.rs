//! Trace and entity ids, and where they come from.
//!
//! A trace id is `1-<8 hex: epoch seconds>-<24 hex: random>`, an entity id 16 hex digits (X-Ray
//! developer guide, "segment documents"). Both print in lower case and parse in either.

use crate::json;
use rand::rngs::{SmallRng, SysRng};
use rand::{RngExt, SeedableRng};
use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// The id of a trace: `1-581cf771-a006649127e371903a2de979`.
///
/// ```
/// use xray_core::TraceId;
///
/// let id: TraceId = "1-581cf771-a006649127e371903a2de979".parse()?;
/// assert_eq!(id.to_string(), "1-581cf771-a006649127e371903a2de979");
/// assert_eq!(id.epoch_seconds(), 0x581cf771);
/// # Ok::<(), xray_core::InvalidTraceId>(())
/// ```
// Two words, since handles are moved in words: see `Place`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId {
    /// The time, and a third of the random part.
    front: u64,
    back: u64,
}

impl TraceId {
    /// What a tree says before it belongs to a trace; never sent.
    pub(crate) const PLACEHOLDER: Self = Self { front: 0, back: 0 };

    /// From the 128 bits that W3C calls the trace id; none when all are zero.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Option<Self> {
        if bits == 0 {
            return None;
        }
        Some(Self {
            front: (bits >> 64) as u64,
            back: bits as u64,
        })
    }

    /// The 128 bits that W3C calls the trace id.
    #[must_use]
    pub const fn to_u128(self) -> u128 {
        (self.front as u128) << 64 | self.back as u128
    }

    /// When the trace began, in seconds since the epoch, if its first service said so in the id.
    #[must_use]
    pub const fn epoch_seconds(self) -> u32 {
        (self.front >> 32) as u32
    }

    /// Whether both are the same. Word by word: both as one, as `==` is compiled, would wait for what
    /// was written in words a moment ago.
    #[inline(always)]
    pub(crate) fn is(self, other: Self) -> bool {
        (self.front ^ other.front) | (self.back ^ other.back) == 0
    }

    #[inline]
    pub(crate) fn write(self) -> [u8; 35] {
        let mut all = *b"1-00000000-000000000000000000000000";
        let front = json::hex64(self.front);
        all[2..10].copy_from_slice(&front[..8]);
        all[11..19].copy_from_slice(&front[8..]);
        all[19..].copy_from_slice(&json::hex64(self.back));
        all
    }

    /// Parses at fixed positions; `None` for whatever is not a trace id.
    #[inline]
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let text: &[u8; 35] = text.try_into().ok()?;
        if text[0] != b'1' || text[1] != b'-' || text[10] != b'-' {
            return None;
        }
        let time = hex(&text[2..10])?;
        let front = time << 32 | hex(&text[11..19])?;
        let back = hex(&text[19..])?;
        (front | back != 0).then_some(Self { front, back })
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.write()).unwrap_or_default())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TraceId {
    type Err = InvalidTraceId;

    fn from_str(text: &str) -> Result<Self, InvalidTraceId> {
        Self::read(text.as_bytes()).ok_or_else(|| InvalidTraceId(quoted(text)))
    }
}

/// The id of a segment or subsegment: 16 hex digits, never all zero.
///
/// ```
/// use xray_core::SegmentId;
///
/// let id: SegmentId = "70de5b6f19ff9a0a".parse()?;
/// assert_eq!(id.to_string(), "70de5b6f19ff9a0a");
/// assert!("0000000000000000".parse::<SegmentId>().is_err());
/// # Ok::<(), xray_core::InvalidSegmentId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SegmentId(NonZeroU64);

impl SegmentId {
    /// From the 64 bits that W3C calls the parent id; none when all are zero.
    #[must_use]
    pub const fn from_u64(bits: u64) -> Option<Self> {
        match NonZeroU64::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// The 64 bits that W3C calls the parent id.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0.get()
    }

    #[inline]
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        if text.len() == 16 {
            Self::from_u64(hex(text)?)
        } else {
            None
        }
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&json::hex64(self.to_u64())).unwrap_or_default())
    }
}

impl fmt::Debug for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SegmentId {
    type Err = InvalidSegmentId;

    fn from_str(text: &str) -> Result<Self, InvalidSegmentId> {
        Self::read(text.as_bytes()).ok_or_else(|| InvalidSegmentId(quoted(text)))
    }
}

/// Up to 16 hex digits of either case.
#[inline]
fn hex(digits: &[u8]) -> Option<u64> {
    const VALUE: [u8; 256] = {
        let mut table = [0xff; 256];
        let mut i = 0;
        while i < 16 {
            table[b"0123456789abcdef"[i] as usize] = i as u8;
            table[b"0123456789ABCDEF"[i] as usize] = i as u8;
            i += 1;
        }
        table
    };
    let (mut value, mut bad) = (0u64, 0u8);
    for &digit in digits {
        let digit = VALUE[digit as usize];
        bad |= digit;
        value = value << 4 | u64::from(digit & 15);
    }
    (bad < 16).then_some(value)
}

fn quoted(text: &str) -> Box<str> {
    crate::json::cut(text, 64).into()
}

/// A text that is no trace id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTraceId(Box<str>);

impl fmt::Display for InvalidTraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid trace id {:?}: expected `1-`, 8 hex digits, `-`, 24 hex digits, not all zero",
            self.0
        )
    }
}

impl std::error::Error for InvalidTraceId {}

/// A text that is no segment id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSegmentId(Box<str>);

impl fmt::Display for InvalidSegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid segment id {:?}: expected 16 hex digits, not all zero",
            self.0
        )
    }
}

impl std::error::Error for InvalidSegmentId {}

/// A source of random bits for ids and sampling, replaced in tests.
///
/// Called while a segment or subsegment starts; it must not call back into this crate.
pub trait IdSource: Send + Sync + 'static {
    /// The next 64 bits.
    fn next(&self) -> u64;
}

/// Where a recorder's ids come from.
#[derive(Clone, Default)]
pub(crate) enum Ids {
    #[default]
    System,
    Given(Arc<dyn IdSource>),
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ids::System => "System",
            Ids::Given(_) => "Given",
        })
    }
}

impl Ids {
    /// A trace id that begins now, and the id of its first segment.
    // Always, so that what is drawn stays in registers on its way into the handle.
    #[inline(always)]
    pub(crate) fn root(&self, nanos: u64) -> (TraceId, u64) {
        let [high, low, id] = match self {
            // Half of `high` is left: enough, beside what the trace has, to tell its segments apart.
            Ids::System => {
                let [high, low] = self.draw();
                let id = high.rotate_left(32) ^ low.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                [high, low, id]
            }
            Ids::Given(_) => self.draw(),
        };
        let trace = TraceId {
            front: (nanos / 1_000_000_000) << 32 | high & 0xffff_ffff,
            back: low.max(1),
        };
        (trace, id.max(1))
    }

    /// An entity id; never zero, which stands for "none".
    #[inline]
    pub(crate) fn entity(&self) -> u64 {
        self.bits().max(1)
    }

    /// A number from 0 (included) to 1 (not included).
    #[inline]
    pub(crate) fn fraction(&self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    #[inline]
    pub(crate) fn bits(&self) -> u64 {
        let [bits] = self.draw();
        bits
    }

    /// In one go: the generator's state stays in registers.
    #[inline]
    fn draw<const N: usize>(&self) -> [u64; N] {
        match self {
            Ids::System => random(|r| std::array::from_fn(|_| r.random())),
            Ids::Given(given) => drawn(&**given),
        }
    }
}

/// Out of line, so that it costs the system's source nothing. A panic must not become that of
/// whoever begins a segment.
#[inline(never)]
fn drawn<const N: usize>(given: &dyn IdSource) -> [u64; N] {
    let drawn = crate::report::shielded(|| std::array::from_fn(|_| given.next()));
    drawn.unwrap_or_else(|| Ids::System.draw())
}

/// Counts restores of a process that was copied; see [`reseed`].
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Makes every thread draw a new seed from the system before its next id.
///
/// For hooks that run in a process that was copied (a restored Lambda SnapStart snapshot, a fork):
/// both copies would otherwise go on with the same ids.
pub fn reseed() {
    GENERATION.fetch_add(1, Relaxed);
}

struct Source {
    generation: u32,
    random: SmallRng,
}

impl Source {
    #[cold]
    fn new(generation: u32) -> Self {
        // The system's generator itself, not the thread's: a copied process has copied that one.
        let random = SmallRng::try_from_rng(&mut SysRng).unwrap_or_else(|_| {
            // Without entropy from the system, ids that differ are still better than none.
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let nanos = since.unwrap_or_default().as_nanos();
            SmallRng::seed_from_u64(RandomState::new().hash_one((nanos, generation)))
        });
        Source { generation, random }
    }
}

#[inline]
fn random<R>(draw: impl Fn(&mut SmallRng) -> R) -> R {
    thread_local!(static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) });
    let drawn = SOURCE.try_with(|source| {
        let mut source = source.borrow_mut();
        let now = GENERATION.load(Relaxed);
        match &mut *source {
            Some(s) if s.generation == now => draw(&mut s.random),
            _ => draw(&mut source.insert(Source::new(now)).random),
        }
    });
    // Where the thread is ending and its source is gone, a new one serves this once.
    drawn.unwrap_or_else(|_| draw(&mut Source::new(0).random))
}
