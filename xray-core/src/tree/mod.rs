//! The entities of one segment that have not been sent yet, and the close protocol between them.
//!
//! A node is reached by slot and id; a slot is used again, an id never, so a handle that comes late
//! finds a stranger in its slot and is told so. Only ended nodes are linked: children to the parent
//! they ended under, and every `Root` to the queue of subtrees that may leave first. An open child
//! knows its parent, the parent knows nothing of it: hence no reference counts, no search for open
//! children, and nothing to undo when one is forgotten.

mod node;
mod part;
mod shed;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use node::{Begin, NONE, Node, State, flag};
pub(crate) use part::Part;
pub(crate) use shed::Streaming;

use crate::id::TraceId;
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) trace: TraceId,
    pub(crate) nodes: Vec<Node>,
    /// Slots handed out so far; those given back are chained through `next`.
    used: u32,
    free: u32,
    open: u32,
    /// Ended nodes waiting here, and the bytes they hold.
    waiting: u32,
    waiting_bytes: usize,
    /// Slots in order of becoming a root; entries go stale and are checked when taken.
    roots: VecDeque<u32>,
    /// Subsegments begun since this was last delivered.
    pub(crate) begun: u32,
    told: Vec<told::Told>,
    moves: Vec<(u32, u32)>,
    /// What is held here, and how much of it the memory budget knows of.
    pub(crate) held: usize,
    pub(crate) charged: usize,
    /// The budget is used up: only skeletons are kept.
    pub(crate) lean: bool,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            trace: TraceId::PLACEHOLDER,
            nodes: Vec::new(),
            used: 0,
            free: NONE,
            open: 0,
            waiting: 0,
            waiting_bytes: 0,
            roots: VecDeque::new(),
            begun: 0,
            told: Vec::new(),
            moves: Vec::new(),
            held: 0,
            charged: 0,
            lean: false,
        }
    }
}

/// What has to leave after an entity ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    Nothing,
    /// Nothing is open any more: the whole tree.
    All,
    /// The segment, or one that outlived its parent.
    Only(u32),
    /// The oldest subtrees, until the thresholds hold again.
    Oldest,
}

impl Tree {
    /// Empties a used tree. Texts keep their memory for the next segment.
    pub(crate) fn reset(&mut self) {
        for node in &mut self.nodes[..self.used as usize] {
            node.state = State::Free;
        }
        (self.used, self.free, self.open, self.waiting, self.begun) = (0, NONE, 0, 0, 0);
        (self.waiting_bytes, self.held, self.charged) = (0, 0, 0);
        self.lean = false;
        self.told.clear();
        self.roots.clear();
    }

    /// Gives back what an unusually large trace took. Writes nothing otherwise.
    pub(crate) fn trim(&mut self) {
        const NODES: usize = 192;
        const TEXT: usize = 2048;
        const TEXTS: usize = 32 * 1024;
        if self.nodes.len() > NODES {
            *self = Self::default();
        }
        let mut kept = 0;
        for node in &mut self.nodes[..self.used as usize] {
            kept += node.text.capacity();
            if node.text.capacity() > TEXT || kept > TEXTS {
                node.forget_text();
            }
        }
    }

    #[inline]
    fn slot(&mut self) -> u32 {
        if self.free != NONE {
            let slot = self.free;
            self.free = self.nodes[slot as usize].next;
            return slot;
        }
        let slot = self.used;
        if slot as usize == self.nodes.len() {
            self.nodes.push(Node::default());
        }
        self.used += 1;
        slot
    }

    /// Begins an entity, which its caller adds to what is held.
    // Always, as `Node::begin`: what an entity begins with then stays in registers.
    #[inline(always)]
    pub(crate) fn begin(&mut self, begin: &Begin<'_>) -> u32 {
        let slot = self.slot();
        let node = &mut self.nodes[slot as usize];
        node.begin(begin);
        self.open += 1;
        slot
    }

    /// The open node that a handle stands for; none when it has ended.
    #[inline]
    pub(crate) fn open(&mut self, slot: u32, id: u64) -> Option<&mut Node> {
        self.nodes
            .get_mut(slot as usize)
            .filter(|n| n.id == id && n.state == State::Open)
    }

    /// Ends an open entity, which gets these flags, too; none where it has ended already.
    #[inline(always)]
    pub(crate) fn end(
        &mut self,
        (slot, id): (u32, u64),
        end: u64,
        flags: u8,
        limits: Streaming,
    ) -> Option<Leaving> {
        let node = self.open(slot, id)?;
        node.flags |= flags;
        node.end = end.max(node.start);
        node.state = State::Root;
        let mut child = node.first;
        self.waiting_bytes += node.text.len();
        self.waiting += 1;
        self.open -= 1;
        while child != NONE {
            let c = &mut self.nodes[child as usize];
            c.state = State::Inner;
            child = c.next;
        }
        match self.adopt(slot) {
            _ if self.open == 0 => return Some(Leaving::All),
            None => return Some(Leaving::Only(slot)),
            Some(State::Open) => self.roots.push_back(slot),
            Some(_) => self.nodes[slot as usize].state = State::Inner,
        }
        if self.waiting >= limits.count.saturating_add(shed::BURST)
            || self.waiting_bytes > limits.bytes
        {
            return Some(Leaving::Oldest);
        }
        Some(Leaving::Nothing)
    }

    /// Links an ended node under its parent if that is still here, and says in which state it is.
    #[inline]
    fn adopt(&mut self, slot: u32) -> Option<State> {
        let Node {
            parent, parent_id, ..
        } = self.nodes[slot as usize];
        let here = |p: &&mut Node| p.id == parent_id && p.state != State::Free;
        let Some(p) = self.nodes.get_mut(parent as usize).filter(here) else {
            self.nodes[slot as usize].parent = NONE;
            return None;
        };
        let (last, state) = (p.last, p.state);
        p.last = slot;
        if last == NONE {
            p.first = slot;
        } else {
            self.nodes[last as usize].next = slot;
        }
        self.nodes[slot as usize].previous = last;
        Some(state)
    }

    /// What documents begin with: the segment, and subtrees that leave by themselves.
    pub(crate) fn tops(&self) -> impl DoubleEndedIterator<Item = u32> + use<'_> {
        let top = |&s: &u32| {
            let n = &self.nodes[s as usize];
            !matches!(n.state, State::Free) && n.parent == NONE
        };
        (0..self.used).filter(top)
    }

    /// How many ended entities are here.
    pub(crate) fn entities(&self) -> u64 {
        let ended = |n: &&Node| matches!(n.state, State::Root | State::Inner);
        self.nodes[..self.used as usize]
            .iter()
            .filter(ended)
            .count() as u64
    }

    /// The segment, wherever it is in its life.
    pub(crate) fn segment(&self) -> Option<&Node> {
        let segment = |n: &&Node| n.state != State::Free && n.is_segment();
        self.nodes[..self.used as usize].iter().find(segment)
    }

    /// Makes a copy of an open node the only one of this empty tree.
    pub(crate) fn copy_of(&mut self, node: &Node) {
        let slot = self.slot();
        self.nodes[slot as usize].copy_of(node);
    }
}
