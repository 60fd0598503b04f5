//! The one way out: ended trees are written and handed to the emitter, on whichever thread this is.

use super::stats::Counters;
use crate::document::{Documents, End};
use crate::emitter::{Batch, EmitError, Emitter};
use crate::plugin::Host;
use crate::report::{Report, shielded};
use crate::tree::Tree;
use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Below this a refused datagram is lost rather than made smaller.
const SMALLEST: usize = 512;
/// How many bytes, and documents, are collected before they are sent.
const ENOUGH: usize = 32 * 1024;
const MANY: usize = 64;

pub(crate) struct Outlet {
    pub(super) emitter: Box<dyn Emitter>,
    /// Asked once: it is needed where segments end.
    pub(super) may_block: bool,
    host: Arc<Host>,
    /// The largest datagram; lowered when the kernel refuses one.
    limit: AtomicUsize,
    /// What open and queued trees hold, and may hold.
    held: AtomicUsize,
    budget: usize,
    pub(crate) counters: Counters,
    failures: Report,
}

thread_local!(static DOCUMENTS: Cell<Option<Box<Documents>>> = const { Cell::new(None) });

impl Outlet {
    pub(super) fn new(
        emitter: Box<dyn Emitter>,
        host: Arc<Host>,
        limit: usize,
        budget: usize,
    ) -> Self {
        Self {
            may_block: emitter.may_block(),
            emitter,
            host,
            limit: AtomicUsize::new(limit),
            held: AtomicUsize::new(0),
            budget,
            counters: Counters::default(),
            failures: Report::new(),
        }
    }

    /// Takes what a tree has grown by, and more, from the memory budget; from now on the tree keeps
    /// only skeletons where the budget is used up.
    #[inline]
    pub(crate) fn charge(&self, tree: &mut Tree) {
        if tree.held > tree.charged {
            self.charge_more(tree);
        } else if tree.lean {
            tree.lean = self.held.load(Relaxed) > self.budget;
        }
    }

    fn charge_more(&self, tree: &mut Tree) {
        const STEP: usize = 4096;
        let more = (tree.held - tree.charged).next_multiple_of(STEP);
        tree.charged += more;
        tree.lean = self.held.fetch_add(more, Relaxed) + more > self.budget;
    }

    #[inline]
    pub(crate) fn discharge(&self, tree: &mut Tree) {
        let charged = std::mem::take(&mut tree.charged);
        self.held.fetch_sub(charged, Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// A segment was begun.
    #[inline]
    pub(crate) fn begun(&self) {
        self.counters.begun.fetch_add(1, Relaxed);
    }

    pub(super) fn describe(&self) -> String {
        shielded(|| self.emitter.describe()).unwrap_or_default()
    }

    /// Serialises and sends on this thread.
    pub(super) fn send(&self, trees: &mut [Box<Tree>]) {
        // Taken, not borrowed: an emitter is user code and may come here again.
        let mut documents = DOCUMENTS
            .try_with(Cell::take)
            .ok()
            .flatten()
            .unwrap_or_default();
        for index in 0..trees.len() {
            let tops = trees[index].tops().rev();
            documents.todo.extend(tops.map(|top| (index as u32, top)));
            self.write(trees, &mut documents);
        }
        while !documents.ends.is_empty() {
            self.flush(&mut documents);
            self.write(trees, &mut documents);
        }
        if documents.out.capacity() > 2 * ENOUGH {
            documents.out.shrink_to(2 * ENOUGH);
        }
        let mut begun = 0;
        for tree in trees {
            begun += u64::from(tree.begun);
            self.discharge(tree);
        }
        Counters::add(&self.counters.begun, begun);
        let _ = DOCUMENTS.try_with(|d| d.set(Some(documents)));
    }

    /// Counts trees as lost that will not be sent.
    pub(super) fn lose(&self, trees: &mut [Box<Tree>]) {
        for tree in trees {
            Counters::add(&self.counters.begun, u64::from(tree.begun));
            Counters::add(&self.counters.lost_queue, tree.entities());
            Counters::add(&self.counters.dropped_documents, tree.tops().count() as u64);
            self.discharge(tree);
        }
        self.failures
            .say("the queue is full or closed: traces are lost");
    }

    #[inline]
    fn write(&self, trees: &mut [Box<Tree>], documents: &mut Documents) {
        while let Some(at) = documents.todo.pop() {
            let limit = self.limit.load(Relaxed);
            let service = &self.host.here().service;
            documents.write(service, &mut trees[at.0 as usize], at, limit);
            if documents.ends.len() == MANY || documents.out.len() > ENOUGH {
                self.flush(documents);
            }
        }
    }

    /// Sends what is written; what was too large is written again, smaller.
    #[inline]
    fn flush(&self, documents: &mut Documents) {
        let all = Batch::new(&documents.out, &documents.ends);
        let mut failures = Vec::new();
        let emitted = shielded(|| match all.single() {
            Some(one) => {
                if let Err(error) = self.emitter.emit(one) {
                    failures.push((0, error));
                }
            }
            None => self
                .emitter
                .emit_all(all, &mut |index, error| failures.push((index, error))),
        });
        let entities = documents.ends.iter().map(|e| u64::from(e.entities));
        let (mut entities, mut left) = (entities.sum(), documents.ends.len() as u64);
        let mut smaller = Vec::new();
        if !failures.is_empty() || emitted.is_none() {
            let failed = self.failed(&documents.ends, failures, emitted.is_none());
            (entities, left, smaller) = (entities - failed.0, left - failed.1, failed.2);
        }
        Counters::add(&self.counters.documents, left);
        Counters::add(&self.counters.emitted, entities);
        Counters::add(&self.counters.truncated, documents.truncated);
        Counters::add(&self.counters.split, documents.split);
        documents.clear();
        documents.todo.append(&mut smaller);
    }

    /// Counts what did not leave: entities, documents, and what has to be written again, smaller.
    #[cold]
    fn failed(
        &self,
        ends: &[End],
        mut failures: Vec<(usize, EmitError)>,
        panicked: bool,
    ) -> (u64, u64, Vec<(u32, u32)>) {
        // An emitter of somebody's may tell of one twice.
        failures.sort_by_key(|&(index, _)| index);
        failures.dedup_by_key(|&mut (index, _)| index);
        if panicked {
            // How far it came is not known: all of them count as lost.
            let panicked = || EmitError::Io(io::Error::other("the emitter panicked"));
            failures = (0..ends.len()).map(|i| (i, panicked())).collect();
        }
        let (mut entities, mut documents, mut smaller) = (0, 0, Vec::new());
        for (index, error) in failures {
            let Some(end) = ends.get(index) else { continue };
            let from = index.checked_sub(1).map_or(0, |before| ends[before].at);
            documents += 1;
            entities += u64::from(end.entities);
            let size = end.at - from;
            if matches!(error, EmitError::TooLarge) && !end.least && size > SMALLEST {
                self.limit.fetch_min(size * 3 / 4, Relaxed);
                smaller.push(end.top);
            } else {
                self.count_lost(u64::from(end.entities), &error);
            }
        }
        (entities, documents, smaller)
    }

    #[cold]
    fn count_lost(&self, entities: u64, error: &EmitError) {
        let counter: &AtomicU64 = match error {
            EmitError::TooLarge => &self.counters.lost_too_large,
            EmitError::Full => &self.counters.lost_full,
            EmitError::Refused => &self.counters.lost_refused,
            EmitError::Unresolved => &self.counters.lost_unresolved,
            EmitError::Io(_) => &self.counters.lost_other,
        };
        counter.fetch_add(entities, Relaxed);
        Counters::add(&self.counters.dropped_documents, 1);
        self.failures.say(error);
    }
}
