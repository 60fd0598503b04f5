//! One entity at rest: a few numbers, and everything the user said about it.

/// "No slot", "no neighbour".
pub(crate) const NONE: u32 = u32::MAX;
/// What a node costs beside its text, for the memory budget.
pub(crate) const NODE_COST: usize = size_of::<Node>() + 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Free,
    /// The owner has not ended it.
    Open,
    /// Ended, and nothing ended holds it: it can leave by itself.
    Root,
    /// Ended, inside an ended parent's subtree.
    Inner,
}

pub(crate) mod flag {
    pub(crate) const ERROR: u8 = 1;
    pub(crate) const FAULT: u8 = 2;
    pub(crate) const THROTTLE: u8 = 4;
    pub(crate) const SEGMENT: u8 = 8;
    pub(crate) const AWS: u8 = 16;
    pub(crate) const REMOTE: u8 = 32;
    /// Shown in `http.request` and beside it: a segment of the called service follows.
    pub(crate) const TRACED: u8 = 64;
}

#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) parent_id: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The name, then the fragments, without gaps.
    pub(crate) text: Vec<u8>,
    /// Where each fragment begins, and in the upper bits what it is.
    pub(super) parts: Vec<u32>,
    pub(crate) parent: u32,
    /// Ended children, in order of ending; and the neighbours among the parent's.
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) next: u32,
    pub(crate) previous: u32,
    /// The length of the name.
    pub(super) name: u16,
    /// One bit for each kind of fragment present.
    pub(crate) kinds: u16,
    /// The status of the response, for observers; 0 where there was none.
    pub(crate) status: u16,
    pub(crate) state: State,
    pub(crate) flags: u8,
    /// Something did not fit.
    pub(crate) truncated: bool,
    /// The memory budget is used up: nothing is added but the response and the operation.
    pub(crate) lean: bool,
}

/// What an entity begins with.
#[derive(Clone, Copy)]
pub(crate) struct Begin<'a> {
    pub(crate) id: u64,
    /// Slot and id of the parent.
    pub(crate) parent: (u32, u64),
    pub(crate) name: &'a str,
    /// What it is called where nothing of the name can be kept.
    pub(crate) fallback: &'a str,
    pub(crate) start: u64,
    pub(crate) flags: u8,
}

impl Node {
    #[inline(always)]
    pub(crate) fn begin(&mut self, begin: &Begin<'_>) {
        self.id = begin.id;
        (self.parent, self.parent_id) = begin.parent;
        (self.start, self.end) = (begin.start, 0);
        (self.first, self.last, self.next, self.previous) = (NONE, NONE, NONE, NONE);
        (self.kinds, self.status) = (0, 0);
        (self.truncated, self.lean) = (false, false);
        (self.state, self.flags) = (State::Open, begin.flags);
        self.text.clear();
        self.parts.clear();
        crate::name::write(&mut self.text, begin.name, begin.fallback);
        self.name = self.text.len() as u16;
    }

    /// Makes this empty node a copy of an open one, to be sent as it is.
    pub(crate) fn copy_of(&mut self, node: &Node) {
        (self.id, self.parent, self.parent_id) = (node.id, NONE, node.parent_id);
        (self.start, self.end) = (node.start, 0);
        (self.first, self.last, self.next, self.previous) = (NONE, NONE, NONE, NONE);
        (self.kinds, self.status, self.truncated) = (node.kinds, node.status, node.truncated);
        (self.state, self.flags, self.name) = (State::Open, node.flags, node.name);
        self.text.clone_from(&node.text);
        self.parts.clone_from(&node.parts);
    }

    #[inline]
    pub(crate) fn name(&self) -> &[u8] {
        &self.text[..self.name as usize]
    }

    /// What the text begins with, whatever it is; none where that is shorter.
    #[inline]
    pub(crate) fn start_of_text<const N: usize>(&self) -> Option<&[u8; N]> {
        self.text.first_chunk()
    }

    /// What it takes of the memory budget.
    #[inline]
    pub(crate) fn cost(&self) -> usize {
        NODE_COST + self.text.len()
    }

    #[inline]
    pub(crate) fn is_segment(&self) -> bool {
        self.flags & flag::SEGMENT != 0
    }

    /// Gives back a buffer that has grown large.
    pub(super) fn forget_text(&mut self) {
        (self.text, self.parts) = (Vec::new(), Vec::new());
    }
}
