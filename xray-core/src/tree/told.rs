//! Exceptions recorded lately: a parent that fails with the same one refers to it.

use super::{State, Tree};

/// How many are remembered: a chain of sources, and a few siblings that failed beside it.
const MOST: usize = 16;

/// An exception that will be in a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// A hash of what it says.
    says: u64,
    /// Its own id.
    id: u64,
    /// Slot and id of the entity that it was recorded on, or that refers to it.
    at: (u32, u64),
    /// The id of that one's parent.
    parent: u64,
}

impl Tree {
    /// The exception that says the same and was recorded on this entity or below it. Siblings that
    /// fail alike (retries, a fan-out) have failed each for itself.
    pub(crate) fn told(&self, entity: u64, says: u64) -> Option<u64> {
        let same = |t: &&Told| t.says == says && self.is_within(t, entity);
        self.told.iter().rev().find(same).map(|t| t.id)
    }

    pub(crate) fn tell(&mut self, says: u64, id: u64, at: (u32, u64)) {
        let node = self.nodes.get(at.0 as usize).filter(|n| n.id == at.1);
        let parent = node.map_or(0, |n| n.parent_id);
        if self.told.len() == MOST {
            self.told.remove(0);
        }
        self.told.push(Told {
            says,
            id,
            at,
            parent,
        });
    }

    fn is_within(&self, told: &Told, entity: u64) -> bool {
        // Of an entity that has left only the parent is known.
        if told.at.1 == entity || told.parent == entity {
            return true;
        }
        let (mut slot, mut id) = told.at;
        let here = |slot: u32, id| {
            let node = self.nodes.get(slot as usize);
            node.filter(|n| n.id == id && n.state != State::Free)
        };
        while let Some(node) = here(slot, id) {
            (slot, id) = (node.parent, node.parent_id);
            if id == entity {
                return true;
            }
        }
        false
    }
}
