//! From ended entities to datagrams: one pass, no recursion, no size computed beforehand.
//!
//! A subtree that makes the document too long when it has just been written is cut off again and
//! becomes a document of its own. What is too long all alone loses stack frames first, then
//! metadata from the largest down, then annotations; id, name, times and flags always leave. The
//! order of members and every rule about them is in [`own`].

mod cause;
mod less;
mod own;
mod service;

pub(crate) use service::Service;

use crate::json::Stamp;
use crate::tree::{NONE, State, Tree};
use less::Less;

/// The line before each document.
pub(crate) const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";
/// Deeper children become documents of their own: parsers have stacks.
const DEEPEST: usize = 64;

/// One datagram among others: where it ends, and what it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The end in the buffer.
    pub(crate) at: usize,
    /// The tree and the node that it begins with.
    pub(crate) top: (u32, u32),
    /// How many entities it holds.
    pub(crate) entities: u32,
    /// It cannot be made any smaller.
    pub(crate) least: bool,
}

/// Datagrams, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) out: Vec<u8>,
    pub(crate) ends: Vec<End>,
    /// Trees and nodes that documents have still to begin with.
    pub(crate) todo: Vec<(u32, u32)>,
    /// Documents that lost something to the size limit.
    pub(crate) truncated: u64,
    /// Subtrees that became documents of their own because of the size limit.
    pub(crate) split: u64,
    stamp: Stamp,
    /// For the entities from `top` down to the present one: where it began, how many entities came
    /// before, and how long `todo` was.
    starts: Vec<(usize, u32, usize)>,
}

impl Documents {
    pub(crate) fn clear(&mut self) {
        self.out.clear();
        self.ends.clear();
        (self.truncated, self.split) = (0, 0);
    }

    /// Writes the datagram that begins with `top`; subtrees that do not fit go to `todo`.
    pub(crate) fn write(
        &mut self,
        service: &Service,
        tree: &mut Tree,
        top: (u32, u32),
        limit: usize,
    ) {
        let (from, todo) = (self.out.len(), self.todo.len());
        for less in Less::stages() {
            self.out.truncate(from);
            self.todo.truncate(todo);
            self.out.extend_from_slice(HEADER);
            let entities = self.subtree(service, tree, top, from + limit, less);
            if self.out.len() - from <= limit || less.is_last() {
                self.truncated += u64::from(!less.is_nothing());
                self.ends.push(End {
                    at: self.out.len(),
                    top,
                    entities,
                    least: less.is_last() && entities <= 1,
                });
                break;
            }
        }
        self.split += (self.todo.len() - todo) as u64;
        // Writing the document again, smaller, must not meet what has been cut from it.
        for &(_, cut) in &self.todo[todo..] {
            tree.detach(cut);
        }
    }

    #[inline]
    fn subtree(
        &mut self,
        service: &Service,
        tree: &Tree,
        (index, top): (u32, u32),
        end: usize,
        less: Less,
    ) -> u32 {
        const CHILDREN: &[u8] = b",\"subsegments\":[";
        let (mut slot, mut entities) = (top, 0);
        self.starts.clear();
        loop {
            let node = &tree.nodes[slot as usize];
            let start = (self.out.len(), entities, self.todo.len());
            self.starts.push(start);
            // A copy of an open entity comes again when that has ended.
            entities += u32::from(node.state != State::Open);
            if slot == top {
                own::alone(&mut self.out, tree.trace, node);
            }
            own::members(
                &mut self.out,
                &mut self.stamp,
                service,
                node,
                slot != top,
                less,
            );
            if node.first != NONE && self.starts.len() < DEEPEST {
                self.out.extend_from_slice(CHILDREN);
                slot = node.first;
                continue;
            }
            let mut below = node.first;
            while below != NONE {
                self.todo.push((index, below));
                below = tree.nodes[below as usize].next;
            }
            // Up to the next sibling, closing what ends on the way.
            loop {
                let node = &tree.nodes[slot as usize];
                self.out.push(b'}');
                if slot == top {
                    return entities;
                }
                let (start, before, todo) = self.starts.pop().unwrap_or_default();
                if self.out.len() + 2 * self.starts.len() > end {
                    // With all it holds, and with what was cut from it before.
                    self.out.truncate(start);
                    self.todo.truncate(todo);
                    self.todo.push((index, slot));
                    entities = before;
                }
                if node.next != NONE {
                    if !matches!(self.out.last(), Some(b'[' | b',')) {
                        self.out.push(b',');
                    }
                    slot = node.next;
                    break;
                }
                match self.out.last_mut() {
                    Some(b'[') => self.out.truncate(self.out.len() - CHILDREN.len()),
                    Some(last @ b',') => *last = b']',
                    _ => self.out.push(b']'),
                }
                slot = node.parent;
            }
        }
    }
}
