//! Ended subtrees that leave a segment which is still open.

use super::{Leaving, NONE, State, Tree};

/// When ended subtrees leave a segment that is still open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streaming {
    pub(crate) count: u32,
    pub(crate) bytes: usize,
}

/// How many more than the threshold are let in, so that they leave in one system call.
pub(super) const BURST: u32 = 64;

impl Tree {
    /// Moves ended subtrees to the empty tree `to`.
    pub(crate) fn shed(&mut self, leaving: Leaving, limits: Streaming, to: &mut Tree) {
        to.trace = self.trace;
        to.begun = std::mem::take(&mut self.begun);
        if let Leaving::Only(slot) = leaving {
            self.transplant(slot, to);
            self.forget_stale();
        } else {
            while self.waiting > limits.count || self.waiting_bytes > limits.bytes / 2 {
                let Some(slot) = self.roots.pop_front() else {
                    break;
                };
                if self.nodes[slot as usize].state == State::Root {
                    self.transplant(slot, to);
                }
            }
        }
        to.charged = to.held.min(self.charged);
        self.charged -= to.charged;
    }

    /// Entries of the queue go stale as subtrees leave with a parent. Where so few wait that none is
    /// ever taken from it, it would grow with every child.
    fn forget_stale(&mut self) {
        if self.roots.len() <= 2 * self.used as usize + BURST as usize {
            return;
        }
        let (nodes, used) = (&self.nodes, self.used);
        self.roots.clear();
        let roots = (0..used).filter(|&slot| nodes[slot as usize].state == State::Root);
        self.roots.extend(roots);
        let oldest = |&slot: &u32| nodes[slot as usize].end;
        self.roots.make_contiguous().sort_by_key(oldest);
    }

    /// Moves one ended subtree. Nodes are swapped, so that both trees keep their buffers.
    fn transplant(&mut self, root: u32, to: &mut Tree) {
        self.unlink(root);
        let mut moves = std::mem::take(&mut to.moves);
        moves.push((root, NONE));
        while let Some((from, parent)) = moves.pop() {
            let slot = to.slot();
            let (old, new) = (&mut self.nodes[from as usize], &mut to.nodes[slot as usize]);
            std::mem::swap(old, new);
            old.state = State::Free;
            old.next = std::mem::replace(&mut self.free, from);
            self.waiting -= 1;
            self.waiting_bytes -= new.text.len();
            self.held -= new.cost().min(self.held);
            to.held += new.cost();
            let mut child = new.first;
            (new.parent, new.first, new.last) = (parent, NONE, NONE);
            (new.next, new.previous) = (NONE, NONE);
            while child != NONE {
                moves.push((child, slot));
                child = self.nodes[child as usize].next;
            }
            if parent != NONE {
                // The last child is moved first: each goes before those already here.
                let first = std::mem::replace(&mut to.nodes[parent as usize].first, slot);
                to.nodes[slot as usize].next = first;
                match first {
                    NONE => to.nodes[parent as usize].last = slot,
                    f => to.nodes[f as usize].previous = slot,
                }
            }
        }
        to.moves = moves;
    }

    /// Makes an ended entity the top of a document of its own.
    pub(crate) fn detach(&mut self, slot: u32) {
        self.unlink(slot);
        let node = &mut self.nodes[slot as usize];
        (node.parent, node.next, node.previous) = (NONE, NONE, NONE);
    }

    fn unlink(&mut self, slot: u32) {
        let node = &self.nodes[slot as usize];
        let (parent, previous, next) = (node.parent, node.previous, node.next);
        if parent == NONE {
            return;
        }
        match previous {
            NONE => self.nodes[parent as usize].first = next,
            p => self.nodes[p as usize].next = next,
        }
        match next {
            NONE => self.nodes[parent as usize].last = previous,
            n => self.nodes[n as usize].previous = previous,
        }
    }
}
