//! Used trees, kept for the next segment: a few per thread, the rest behind one lock.
//!
//! A tree is emptied by the thread that takes it, not by the one that gives it: the emitter thread
//! only reads trees, so their memory stays in the cache of the thread that will write it again.

use crate::tree::Tree;
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

const MINE: usize = 16;
const ALL: usize = 256;

static SHARED: Mutex<Vec<Box<Tree>>> = Mutex::new(Vec::new());
thread_local!(static LOCAL: RefCell<Vec<Box<Tree>>> = const { RefCell::new(Vec::new()) });

#[inline]
pub(crate) fn take() -> Box<Tree> {
    let mine = LOCAL.try_with(|l| l.borrow_mut().pop()).ok().flatten();
    let mut tree = mine.unwrap_or_else(refill);
    tree.reset();
    tree
}

#[cold]
fn refill() -> Box<Tree> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let from = shared.len().saturating_sub(MINE / 2);
    let mut some = shared.drain(from..);
    let tree = some.next().unwrap_or_default();
    let _ = LOCAL.try_with(|l| l.borrow_mut().extend(some));
    tree
}

#[inline]
pub(crate) fn give(mut tree: Box<Tree>) {
    tree.trim();
    let _ = LOCAL.try_with(|l| {
        let mut local = l.borrow_mut();
        local.push(tree);
        if local.len() > MINE {
            give_all(&mut local.split_off(MINE / 2));
        }
    });
}

/// For the emitter thread, which only ever has trees to give.
pub(crate) fn give_all(trees: &mut Vec<Box<Tree>>) {
    trees.iter_mut().for_each(|tree| tree.trim());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let room = ALL.saturating_sub(shared.len()).min(trees.len());
    shared.extend(trees.drain(..room));
    drop(shared);
    trees.clear();
}
