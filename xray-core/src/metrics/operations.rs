//! The operations that are told apart, and no more of them than was agreed.

use super::counts::Counts;
use crate::observer::Ended;
use arc_swap::ArcSwap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// What an operation is called of which nobody has said anything, not even the method.
const UNKNOWN: &str = "unknown";
/// What those are called, all together, that there are too many of.
const OTHER: &str = "other";
/// More than most machines have processors: threads take theirs in turn, and two that count at once
/// should not meet. One that is not used is small.
const SHARES: usize = 8;
/// CloudWatch's limit for the value of a dimension is 1,024; names are shorter everywhere in X-Ray.
const LONGEST: usize = 250;

/// What is counted for one service and operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// As CloudWatch takes them.
    pub(super) service: Box<str>,
    pub(super) name: Box<str>,
    pub(super) counts: Counts,
}

/// By name, in order: there are few services and some dozens of operations, and to compare a few
/// names takes less than to hash one so that nobody can choose names that collide.
type Named<T> = Vec<(Box<str>, T)>;

#[derive(Clone, Debug)]
struct Service {
    operations: Named<Arc<Operation>>,
    other: Arc<Operation>,
}

#[inline]
fn find<T>(all: &Named<T>, name: &str) -> Result<usize, usize> {
    all.binary_search_by(|(one, _)| (**one).cmp(name))
}

#[inline]
fn get<'a, T>(all: &'a Named<T>, name: &str) -> Option<&'a T> {
    find(all, name).ok().map(|index| &all[index].1)
}

/// A new operation is rare, so the list is copied for it; those who count never wait.
#[derive(Debug)]
pub(super) struct Operations {
    services: ArcSwap<Named<Service>>,
    adding: Mutex<()>,
    most: usize,
    full: AtomicBool,
    /// For services that there is no room for either.
    other: Arc<Operation>,
    others: AtomicU64,
}

impl Operations {
    pub(super) fn new(service: &str, most: usize) -> Self {
        Self {
            services: ArcSwap::default(),
            adding: Mutex::default(),
            most,
            full: AtomicBool::new(most == 0),
            other: operation(service, OTHER),
            others: AtomicU64::new(0),
        }
    }

    /// Counts a segment that has ended.
    pub(super) fn add(&self, minute: u64, ended: &Ended<'_>) {
        let name = ended.operation.or(ended.method).unwrap_or(UNKNOWN);
        let services = self.services.load();
        let service = get(&services, ended.name);
        if let Some(known) = service.and_then(|s| get(&s.operations, name)) {
            return known.counts.add(minute, ended);
        }
        if !self.full.load(Relaxed) {
            if let Some(new) = self.new_one(ended.name, name) {
                return new.counts.add(minute, ended);
            }
        }
        self.others.fetch_add(1, Relaxed);
        let other = service.map_or(&self.other, |s| &s.other);
        other.counts.add(minute, ended);
    }

    #[cold]
    fn new_one(&self, service: &str, name: &str) -> Option<Arc<Operation>> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut services = Named::clone(&self.services.load());
        let there = get(&services, service);
        if let Some(there) = there.and_then(|s| get(&s.operations, name)) {
            return Some(there.clone());
        }
        let told_apart: usize = services.iter().map(|(_, s)| s.operations.len()).sum();
        if told_apart >= self.most {
            self.full.store(true, Relaxed);
            return None;
        }
        let new = operation(service, name);
        let at = find(&services, service).unwrap_or_else(|at| {
            let other = operation(service, OTHER);
            let operations = Vec::new();
            services.insert(at, (service.into(), Service { operations, other }));
            at
        });
        let operations = &mut services[at].1.operations;
        let at = find(operations, name).unwrap_or_else(|at| at);
        operations.insert(at, (name.into(), new.clone()));
        self.services.store(Arc::new(services));
        Some(new)
    }

    /// All of them, in order of their names.
    pub(super) fn all(&self) -> Vec<Arc<Operation>> {
        let mut all = vec![self.other.clone()];
        for (_, service) in self.services.load().iter() {
            all.extend(service.operations.iter().map(|(_, o)| o.clone()));
            all.push(service.other.clone());
        }
        all.sort_by(|a, b| (&a.service, &a.name).cmp(&(&b.service, &b.name)));
        all
    }

    /// Requests counted as `other`, since the beginning.
    pub(super) fn others(&self) -> u64 {
        self.others.load(Relaxed)
    }
}

fn operation(service: &str, name: &str) -> Arc<Operation> {
    Arc::new(Operation {
        service: dimension(service),
        name: dimension(name),
        counts: Counts::new(SHARES),
    })
}

/// CloudWatch takes printable ASCII, with something in it that is no blank, and no colon in front.
pub(super) fn dimension(text: &str) -> Box<str> {
    let taken = |c: char| if matches!(c, ' '..='~') { c } else { '_' };
    let mut value: String = text.trim().chars().take(LONGEST).map(taken).collect();
    if value.starts_with(':') {
        value.replace_range(..1, "_");
    }
    if value.is_empty() {
        value.push_str(UNKNOWN);
    }
    value.into()
}

#[cfg(test)]
mod tests {
    use super::dimension;

    #[test]
    fn dimensions_are_what_cloudwatch_takes() {
        assert_eq!(&*dimension("GET /orders/{id}"), "GET /orders/{id}");
        assert_eq!(&*dimension("GET /café\n"), "GET /caf_");
        assert_eq!(&*dimension(":8080"), "_8080");
        assert_eq!(&*dimension(" \t"), "unknown");
        assert_eq!(dimension(&"é".repeat(2_000)).len(), 250);
    }
}
