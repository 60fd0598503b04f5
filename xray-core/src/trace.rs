//! What the handles of one segment share: one allocation, one lock.

use crate::clock::Anchor;
use crate::id::TraceId;
use crate::loom::{Mutex, MutexGuard};
use crate::observer::Ended;
use crate::pool;
use crate::recorder::{Counters, Recorder};
use crate::tree::{Begin, Leaving, NONE, Node, Part, Tree, flag};
use std::borrow::Cow;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

pub(crate) struct Trace {
    pub(crate) id: TraceId,
    pub(crate) recorder: Recorder,
    /// Slot and id of the segment.
    pub(crate) segment: (u32, u64),
    pub(crate) sampled: bool,
    /// There is a tree: it is sampled, or somebody observes.
    kept: bool,
    /// What the caller's header said beside what we know; travels on.
    pub(crate) extras: Option<Box<str>>,
    anchor: Anchor,
    /// None once everything ended has left; a late child brings a new one.
    tree: Mutex<Option<Box<Tree>>>,
}

// A panic in the user's code leaves nothing of ours half done: handles may cross `catch_unwind`.
impl UnwindSafe for Trace {}
impl RefUnwindSafe for Trace {}

/// How a change to an entity ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Done,
    /// It holds as much as an entity may.
    NoRoom,
    /// It makes no difference on this kind of entity.
    NotHere,
}

impl From<bool> for Edit {
    #[inline]
    fn from(done: bool) -> Self {
        if done { Edit::Done } else { Edit::NoRoom }
    }
}

impl Trace {
    #[inline]
    pub(crate) fn new(
        recorder: Recorder,
        anchor: Anchor,
        id: TraceId,
        segment: (u32, u64),
        sampled: bool,
        extras: Option<Box<str>>,
        tree: Option<Box<Tree>>,
    ) -> Self {
        Self {
            id,
            recorder,
            segment,
            sampled,
            kept: tree.is_some(),
            extras,
            anchor,
            tree: Mutex::new(tree),
        }
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Option<Box<Tree>>> {
        // Nothing of the user's runs under the lock, so a panic elsewhere left the tree whole.
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a tree: an unsampled segment is kept where somebody observes.
    #[inline]
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Whether there will be a document: an unsampled segment is sent only where anomalies are
    /// captured.
    #[inline]
    pub(crate) fn may_be_sent(&self) -> bool {
        self.sampled || self.recorder.inner().capture.is_some()
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.anchor.now()
    }

    /// Begins a subsegment, and says its slot and id. `annotations` are written in the same breath:
    /// fragments made by `describe`, which must be ours.
    #[inline]
    pub(crate) fn begin(
        &self,
        parent: (u32, u64),
        name: &str,
        start: u64,
        flags: u8,
        describe: impl FnOnce(&mut Node) -> Edit,
    ) -> (u32, u64) {
        let outlet = &self.recorder.inner().outlet;
        let id = self.recorder.inner().ids.entity();
        let mut guard = self.lock();
        let tree: &mut Tree = guard.get_or_insert_with(|| {
            let mut tree = pool::take();
            tree.trace = self.id;
            tree
        });
        let begin = Begin {
            id,
            parent,
            name,
            fallback: "unknown",
            start,
            flags,
        };
        let slot = tree.begin(&begin);
        tree.begun += 1;
        let lean = tree.lean;
        let node = &mut tree.nodes[slot as usize];
        node.lean = lean;
        let described = describe(node);
        let cost = node.cost();
        tree.held += cost;
        outlet.charge(tree);
        drop(guard);
        if described != Edit::Done {
            self.not_edited(Some(described), lean);
        }
        (slot, id)
    }

    /// Changes an open entity. Where the memory budget is used up, flags and status still change.
    #[inline]
    pub(crate) fn edit(&self, (slot, id): (u32, u64), change: impl FnOnce(&mut Node) -> Edit) {
        let outlet = &self.recorder.inner().outlet;
        let mut guard = self.lock();
        let (mut edited, mut lean) = (None, false);
        if let Some(tree) = guard.as_deref_mut() {
            if tree.lean {
                outlet.charge(tree);
            }
            lean = tree.lean;
            if let Some(node) = tree.open(slot, id) {
                node.lean = lean;
                let before = node.text.len();
                edited = Some(change(node));
                // Less than before where given up text made room.
                let after = node.text.len();
                tree.held = (tree.held + after).saturating_sub(before);
                if tree.held > tree.charged {
                    outlet.charge(tree);
                }
            }
        }
        drop(guard);
        if edited != Some(Edit::Done) {
            self.not_edited(edited, lean);
        }
    }

    #[cold]
    fn not_edited(&self, edited: Option<Edit>, lean: bool) {
        let counters = &self.recorder.inner().outlet.counters;
        let counter = match edited {
            Some(Edit::Done | Edit::NotHere) => return,
            Some(Edit::NoRoom) if lean => &counters.over_budget,
            Some(Edit::NoRoom) => &counters.refused_values,
            None => &counters.late,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// Sets flags of an open entity, whatever the memory budget says.
    pub(crate) fn flag(&self, (slot, id): (u32, u64), flags: u8) {
        let mut tree = self.lock();
        let open = tree.as_mut().and_then(|t| t.open(slot, id));
        let late = open.is_none();
        if let Some(node) = open {
            node.flags |= flags;
        }
        drop(tree);
        if late {
            self.not_edited(None, false);
        }
    }

    /// How many links of a chain are new to an entity, and the exception that the next one was told
    /// of as, on it or below.
    pub(crate) fn told(
        &self,
        (_, id): (u32, u64),
        chain: impl Iterator<Item = u64>,
    ) -> (usize, Option<u64>) {
        let tree = self.lock();
        let mut new = 0;
        for says in chain {
            let known = tree.as_ref().and_then(|tree| tree.told(id, says));
            if known.is_some() {
                return (new, known);
            }
            new += 1;
        }
        (new, None)
    }

    /// Remembers exceptions of an entity, by what they say and their ids.
    pub(crate) fn tell(&self, at: (u32, u64), exceptions: impl Iterator<Item = (u64, u64)>) {
        if let Some(tree) = self.lock().as_mut() {
            exceptions.for_each(|(says, id)| tree.tell(says, id, at));
        }
    }

    /// Ends an entity, with a fault where a panic does it, and sends what has to leave.
    // Always, since it has one caller, which is out of line.
    #[inline(always)]
    pub(crate) fn end(&self, (slot, id): (u32, u64), at: Option<u64>) {
        let flags = if std::thread::panicking() {
            flag::FAULT
        } else {
            0
        };
        let now = at.unwrap_or_else(|| self.anchor.now());
        let inner = self.recorder.inner();
        let mut guard = self.lock();
        let open = guard.as_deref_mut();
        let ended = open.and_then(|tree| tree.end((slot, id), now, flags, inner.streaming));
        let Some(leaving) = ended else {
            drop(guard);
            return self.not_edited(None, false);
        };
        let tree = match leaving {
            Leaving::Nothing => None,
            Leaving::All => guard.take(),
            some => guard.as_mut().map(|tree| {
                let mut apart = pool::take();
                tree.shed(some, inner.streaming, &mut apart);
                apart
            }),
        };
        drop(guard);
        if let Some(tree) = tree {
            if leaving == Leaving::Oldest {
                Counters::add(&inner.outlet.counters.streamed, tree.entities());
            }
            let mut wanted = self.sampled;
            if (slot, id) == self.segment
                && !(inner.observers.is_empty() && inner.capture.is_none())
            {
                wanted |= self.observed(&tree);
            }
            if wanted {
                self.recorder.deliver(tree);
            } else {
                self.recorder.forget(tree);
            }
        }
    }

    /// Tells the observers of the segment; true where it is sent though it was not sampled.
    #[cold]
    fn observed(&self, tree: &Tree) -> bool {
        let Some(node) = tree.segment() else {
            return false;
        };
        let text = |bytes| std::str::from_utf8(bytes).ok();
        let (mut rule, mut operation, mut method) = (None, None, None);
        for (kind, bytes) in node.all() {
            if kind == Part::Rule as u8 {
                // As the sampler named it.
                rule = unquoted(bytes);
            } else if kind == Part::Operation as u8 {
                operation = text(bytes);
            } else if kind == Part::Request as u8 {
                method = method_of(bytes);
            }
        }
        let ended = Ended {
            name: text(node.name()).unwrap_or_default(),
            operation,
            method,
            rule: rule.as_deref(),
            trace_id: self.id,
            sampled: self.sampled,
            start: Duration::from_nanos(node.start),
            end: Duration::from_nanos(node.end),
            status: (node.status != 0).then_some(node.status),
            error: node.flags & flag::ERROR != 0,
            fault: node.flags & flag::FAULT != 0,
            throttle: node.flags & flag::THROTTLE != 0,
        };
        let inner = self.recorder.inner();
        for observer in &inner.observers {
            crate::report::shielded(|| observer.ended(&ended));
        }
        let captured = inner.capture.as_ref().is_some_and(|c| c.captures(&ended));
        if captured {
            inner.outlet.begun();
            Counters::add(&inner.outlet.counters.captured, 1);
        }
        captured
    }

    /// Sends a copy of the open segment, without children; true while it is too young for that.
    pub(crate) fn report_if_older(&self, after: Duration) -> bool {
        let now = self.anchor.now();
        let mut copy = pool::take();
        copy.trace = self.id;
        let guard = self.lock();
        let open = guard
            .as_ref()
            .and_then(|t| t.nodes.get(self.segment.0 as usize))
            .filter(|n| n.id == self.segment.1 && n.state == crate::tree::State::Open);
        let old = open.filter(|s| u128::from(now.saturating_sub(s.start)) >= after.as_nanos());
        let young = open.is_some() && old.is_none();
        if let Some(old) = old {
            copy.copy_of(old);
        }
        drop(guard);
        if copy.tops().next().is_none() {
            pool::give(copy);
            return young;
        }
        self.recorder.deliver_in_progress(copy);
        false
    }
}

/// The method, which a request begins with where it has one.
fn method_of(request: &[u8]) -> Option<&str> {
    let method = request.strip_prefix(b"{\"method\":\"")?;
    let end = method.iter().position(|&b| b == b'"')?;
    std::str::from_utf8(&method[..end]).ok()
}

/// A text without the escapes of JSON; there are hardly ever any.
fn unquoted(json: &[u8]) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if inside.contains(&b'\\') {
        let text: Option<String> = serde_json::from_slice(json).ok();
        return text.map(Cow::Owned);
    }
    std::str::from_utf8(inside).ok().map(Cow::Borrowed)
}

impl Drop for Trace {
    fn drop(&mut self) {
        // Only where a handle was leaked while others were not: what waits here was never ended.
        let tree = self.tree.get_mut();
        let tree = tree.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tree) = tree {
            debug_assert_eq!(tree.entities(), 0, "ended entities leave when they end");
            self.recorder.forget(tree);
        }
    }
}

/// What a segment begins with has no parent here.
pub(crate) const NO_PARENT: u32 = NONE;
