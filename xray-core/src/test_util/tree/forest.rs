//! Entities of several documents, put together.

use serde_json::Value;
use std::collections::HashMap;

/// Parsed documents, and a list of their entities.
pub(super) struct Forest {
    documents: Vec<Value>,
    entities: Vec<Placed>,
    /// By parent, in the order of start, then of arrival.
    below: HashMap<Option<usize>, Vec<usize>>,
}

struct Placed {
    /// Which document, then which subsegment at each level.
    path: Vec<usize>,
    /// Trace and id.
    key: Key,
    parent: Option<usize>,
    /// Of a document that was in progress as a whole: the complete one says it again.
    draft: bool,
    yields: bool,
    note: &'static str,
}

type Key = (String, String);

/// One entity, with what is below it still inside.
#[derive(Clone, Copy)]
pub(super) struct Entity<'a> {
    pub(super) value: &'a Value,
}

impl Entity<'_> {
    pub(super) fn start(self) -> f64 {
        number(self.value, "start_time").unwrap_or(0.0)
    }

    pub(super) fn end(self) -> Option<f64> {
        number(self.value, "end_time")
    }
}

fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key).and_then(Value::as_f64)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Forest {
    pub(super) fn new(documents: &[impl AsRef<str>]) -> Self {
        let parsed = documents.iter().map(|document| parse(document.as_ref()));
        let mut forest = Self {
            documents: parsed.collect(),
            entities: Vec::new(),
            below: HashMap::new(),
        };
        for index in 0..forest.documents.len() {
            let document = &forest.documents[index];
            let trace = text(document, "trace_id").to_owned();
            let draft = document.get("in_progress") == Some(&Value::Bool(true));
            forest.add(vec![index], &trace, None, draft);
        }
        forest.replace_drafts();
        forest.attach();
        forest.order();
        forest
    }

    fn add(&mut self, path: Vec<usize>, trace: &str, parent: Option<usize>, draft: bool) {
        let value = self.at(&path);
        let children = value.get("subsegments").and_then(Value::as_array);
        let children = children.map_or(0, Vec::len);
        let key = (trace.to_owned(), text(value, "id").to_owned());
        let index = self.entities.len();
        self.entities.push(Placed {
            path: path.clone(),
            key,
            parent,
            draft,
            yields: false,
            note: "",
        });
        for child in 0..children {
            self.add([&*path, &[child]].concat(), trace, Some(index), draft);
        }
    }

    fn at(&self, path: &[usize]) -> &Value {
        path[1..]
            .iter()
            .fold(&self.documents[path[0]], |value, &child| {
                &value["subsegments"][child]
            })
    }

    /// Where each trace and id is first, among those with an id that `count`.
    fn index(&self, count: impl Fn(&Placed) -> bool) -> HashMap<Key, usize> {
        let mut all = HashMap::new();
        for (index, entity) in self.entities.iter().enumerate() {
            if count(entity) && !entity.key.1.is_empty() {
                all.entry(entity.key.clone()).or_insert(index);
            }
        }
        all
    }

    fn replace_drafts(&mut self) {
        let complete = self.index(|entity| !entity.draft);
        for entity in self.entities.iter_mut().filter(|entity| entity.draft) {
            entity.yields = complete.contains_key(&entity.key);
        }
        // What only the draft has goes below the entity that took its parent's place.
        for index in 0..self.entities.len() {
            let parent = self.entities[index].parent.map(|at| &self.entities[at]);
            if let Some(yielding) = parent.filter(|parent| parent.yields) {
                self.entities[index].parent = complete.get(&yielding.key).copied();
            }
        }
    }

    /// Places the documents whose parent is in another one.
    fn attach(&mut self) {
        let known = self.index(|entity| !entity.yields);
        for index in 0..self.entities.len() {
            let entity = &self.entities[index];
            if entity.path.len() > 1 || entity.yields {
                continue;
            }
            let value = self.at(&entity.path);
            let alone = text(value, "type") == "subsegment";
            let of = (entity.key.0.clone(), text(value, "parent_id").to_owned());
            let parent = known.get(&of).copied();
            let parent = parent.filter(|&parent| !self.is_below(parent, index));
            let note = match (alone, parent) {
                (true, None) => " (parent unknown)",
                (false, Some(_)) => " (segment)",
                _ => "",
            };
            self.entities[index].parent = parent;
            self.entities[index].note = note;
        }
    }

    /// Whether one entity is another, or below it: its parent would then be its own descendant.
    fn is_below(&self, entity: usize, other: usize) -> bool {
        let mut up = Some(entity);
        while let Some(index) = up {
            if index == other {
                return true;
            }
            up = self.entities[index].parent;
        }
        false
    }

    fn order(&mut self) {
        let mut all: Vec<_> = (0..self.entities.len())
            .filter(|&index| !self.entities[index].yields)
            .map(|index| (index, self.entity(index).start()))
            .collect();
        all.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        for (index, _) in all {
            let parent = self.entities[index].parent;
            self.below.entry(parent).or_default().push(index);
        }
    }

    fn entity(&self, index: usize) -> Entity<'_> {
        Entity {
            value: self.at(&self.entities[index].path),
        }
    }

    fn roots(&self) -> impl Iterator<Item = usize> {
        self.below.get(&None).into_iter().flatten().copied()
    }

    /// Calls `line` with each entity, its depth, and what is to be said of its place.
    pub(super) fn walk(&self, mut line: impl FnMut(Entity<'_>, usize, &str)) {
        for root in self.roots() {
            self.walk_from(root, 0, &mut line);
        }
    }

    pub(super) fn walk_trace(&self, trace: &str, mut line: impl FnMut(Entity<'_>, usize, &str)) {
        for root in self.roots() {
            if self.entities[root].key.0 == trace {
                self.walk_from(root, 0, &mut line);
            }
        }
    }

    fn walk_from(&self, index: usize, depth: usize, line: &mut dyn FnMut(Entity<'_>, usize, &str)) {
        line(self.entity(index), depth, self.entities[index].note);
        for &child in self.below.get(&Some(index)).into_iter().flatten() {
            self.walk_from(child, depth + 1, line);
        }
    }

    /// The traces, that of the first root at the top.
    pub(super) fn traces(&self) -> Vec<&str> {
        let mut traces: Vec<&str> = Vec::new();
        for root in self.roots() {
            let trace = &*self.entities[root].key.0;
            if !traces.contains(&trace) {
                traces.push(trace);
            }
        }
        traces
    }

    /// When a trace began.
    pub(super) fn begin(&self, trace: &str) -> f64 {
        (0..self.entities.len())
            .filter(|&index| self.entities[index].key.0 == trace)
            .map(|index| self.entity(index).start())
            .fold(f64::INFINITY, f64::min)
    }
}

/// What is not JSON becomes an entity that says so: a test that compares trees should fail on the
/// text, not here.
fn parse(document: &str) -> Value {
    serde_json::from_str(document)
        .unwrap_or_else(|error| serde_json::json!({ "name": format!("(not JSON: {error})") }))
}
