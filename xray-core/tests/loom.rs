//! The close protocol under every order of threads that loom can think of. Run by
//! `RUSTFLAGS="--cfg loom" cargo test -p aws-xray-core --features test-util --test loom`.
#![cfg(loom)]

use loom::thread;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use xray_core::sampling::Always;
use xray_core::{Datagram, EmitError, Emitter, Recorder};

/// Runs a test under every order of its threads' locks, which are more than a few.
fn every_order(test: impl Fn() + Send + Sync + 'static) {
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = orders.clone();
    loom::model(move || {
        counted.fetch_add(1, Relaxed);
        test();
    });
    let orders = orders.load(Relaxed);
    assert!(orders > 5, "only {orders} orders tried");
}

/// Keeps documents, and no more: loom's threads have small stacks, on which none is checked.
#[derive(Clone, Default)]
struct Memory(Arc<std::sync::Mutex<Vec<String>>>);

impl Memory {
    fn documents(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn values(&self) -> Vec<serde_json::Value> {
        let documents = self.documents();
        let value = |d: &String| serde_json::from_str(d).unwrap();
        documents.iter().map(value).collect()
    }
}

impl Emitter for Memory {
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
        let document = datagram.document().to_owned();
        self.0.lock().unwrap().push(document);
        Ok(())
    }
}

/// A recorder that streams as early as it can.
fn recorder() -> (Recorder, Memory) {
    let memory = Memory::default();
    let recorder = Recorder::builder("loom")
        .emitter(memory.clone())
        .sampler(Always)
        .streaming_threshold(0)
        .streaming_bytes(0)
        .build()
        .unwrap();
    (recorder, memory)
}

/// Names of all entities that arrived, each with the name of its parent; none twice.
fn arrived(memory: &Memory) -> HashMap<String, Option<String>> {
    let documents = memory.values();
    let mut names = HashMap::new();
    let mut all = Vec::new();
    for document in &documents {
        let mut todo = vec![(document, document["parent_id"].as_str())];
        while let Some((entity, parent)) = todo.pop() {
            let id = entity["id"].as_str().unwrap();
            let name = entity["name"].as_str().unwrap();
            assert!(names.insert(id, name).is_none(), "{name} arrived twice");
            all.push((name.to_owned(), parent));
            for child in entity["subsegments"].as_array().into_iter().flatten() {
                todo.push((child, Some(id)));
            }
        }
    }
    let named = |(name, parent): (String, Option<&str>)| {
        let parent = parent.map(|p| names[p].to_owned());
        (name, parent)
    };
    all.into_iter().map(named).collect()
}

fn check(recorder: &Recorder, memory: &Memory, expected: &[(&str, Option<&str>)]) {
    let owned =
        |&(name, parent): &(&str, Option<&str>)| (name.to_owned(), parent.map(str::to_owned));
    assert_eq!(arrived(memory), expected.iter().map(owned).collect());
    let stats = recorder.stats();
    assert_eq!((stats.open(), stats.lost()), (0, 0), "{stats:?}");
}

#[test]
fn two_children_and_their_segment_end_at_the_same_time() {
    every_order(|| {
        let (recorder, memory) = recorder();
        let segment = recorder.segment("segment").start();
        let (a, b) = (segment.subsegment("a"), segment.subsegment("b"));
        let ends = [thread::spawn(|| a.end()), thread::spawn(|| b.end())];
        segment.end();
        ends.into_iter().for_each(|end| end.join().unwrap());
        let under = Some("segment");
        check(
            &recorder,
            &memory,
            &[("segment", None), ("a", under), ("b", under)],
        );
    });
}

#[test]
fn a_child_begins_while_its_parent_and_the_segment_end() {
    every_order(|| {
        let (recorder, memory) = recorder();
        let segment = recorder.segment("segment").start();
        let parent = segment.subsegment("parent");
        let context = parent.context();
        let child = thread::spawn(move || context.subsegment("child").end());
        let parent = thread::spawn(move || parent.end());
        segment.end();
        child.join().unwrap();
        parent.join().unwrap();
        let expected = [
            ("segment", None),
            ("parent", Some("segment")),
            ("child", Some("parent")),
        ];
        check(&recorder, &memory, &expected);
    });
}

#[test]
fn a_write_comes_in_time_or_is_counted_as_late() {
    every_order(|| {
        let (recorder, memory) = recorder();
        let segment = recorder.segment("segment").start();
        let sub = segment.subsegment("sub");
        let context = sub.context();
        let write = thread::spawn(move || context.annotate("k", 1));
        let end = thread::spawn(move || sub.end());
        write.join().unwrap();
        end.join().unwrap();
        segment.end();
        let written = memory.documents().iter().any(|d| d.contains("\"k\":1"));
        assert_eq!(recorder.stats().late, u64::from(!written));
        check(
            &recorder,
            &memory,
            &[("segment", None), ("sub", Some("segment"))],
        );
    });
}
