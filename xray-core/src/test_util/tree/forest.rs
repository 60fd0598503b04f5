//! Entities of several documents, put together.

use serde_json::Value;

/// Parsed documents, and a list of their entities.
pub(super) struct Forest {
    documents: Vec<Value>,
    entities: Vec<Placed>,
}

struct Placed {
    /// Which document, then which subsegment at each level.
    path: Vec<usize>,
    trace: String,
    parent: Option<usize>,
    /// Of a document that was in progress as a whole: the complete one says it again.
    draft: bool,
    yields: bool,
    note: &'static str,
}

/// One entity, with what is below it still inside.
pub(super) struct Entity<'a> {
    pub(super) value: &'a Value,
}

impl Entity<'_> {
    pub(super) fn start(&self) -> f64 {
        number(self.value, "start_time").unwrap_or(0.0)
    }

    pub(super) fn end(&self) -> Option<f64> {
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
        };
        for index in 0..forest.documents.len() {
            let document = &forest.documents[index];
            let trace = text(document, "trace_id").to_owned();
            let draft = document.get("in_progress") == Some(&Value::Bool(true));
            forest.add(vec![index], &trace, None, draft);
        }
        forest.replace_drafts();
        forest.attach();
        forest
    }

    fn add(&mut self, path: Vec<usize>, trace: &str, parent: Option<usize>, draft: bool) {
        let children = self.at(&path).get("subsegments").and_then(Value::as_array);
        let children = children.map_or(0, Vec::len);
        let index = self.entities.len();
        self.entities.push(Placed {
            path: path.clone(),
            trace: trace.to_owned(),
            parent,
            draft,
            yields: false,
            note: "",
        });
        for child in 0..children {
            let path = [&*path, &[child]].concat();
            self.add(path, trace, Some(index), draft);
        }
    }

    fn at(&self, path: &[usize]) -> &Value {
        path[1..]
            .iter()
            .fold(&self.documents[path[0]], |value, &child| {
                &value["subsegments"][child]
            })
    }

    fn id(&self, index: usize) -> &str {
        text(self.at(&self.entities[index].path), "id")
    }

    /// The entity of this trace and id that counts.
    fn find(&self, trace: &str, id: &str) -> Option<usize> {
        (0..self.entities.len()).find(|&index| {
            let entity = &self.entities[index];
            !id.is_empty() && !entity.yields && entity.trace == trace && self.id(index) == id
        })
    }

    fn replace_drafts(&mut self) {
        for draft in 0..self.entities.len() {
            let (of, id) = (&self.entities[draft], self.id(draft));
            let is_complete = |other: usize| {
                let entity = &self.entities[other];
                !entity.draft && entity.trace == of.trace && self.id(other) == id
            };
            self.entities[draft].yields =
                of.draft && !id.is_empty() && (0..self.entities.len()).any(is_complete);
        }
        // What only the draft has goes below the entity that took its parent's place.
        for index in 0..self.entities.len() {
            if let Some(parent) = self.entities[index].parent {
                if self.entities[parent].yields {
                    let of = &self.entities[parent];
                    self.entities[index].parent = self.find(&of.trace, self.id(parent));
                }
            }
        }
    }

    /// Places the documents whose parent is in another one.
    fn attach(&mut self) {
        for index in 0..self.entities.len() {
            let entity = &self.entities[index];
            let value = self.at(&entity.path);
            let alone = text(value, "type") == "subsegment";
            if entity.path.len() > 1 || entity.yields {
                continue;
            }
            let parent = self
                .find(&entity.trace, text(value, "parent_id"))
                .filter(|&parent| !self.is_below(parent, index));
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

    fn entity(&self, index: usize) -> Entity<'_> {
        Entity {
            value: self.at(&self.entities[index].path),
        }
    }

    /// In the order of start, then of arrival.
    fn below(&self, parent: Option<usize>) -> Vec<usize> {
        let here = |&index: &usize| {
            let entity = &self.entities[index];
            entity.parent == parent && !entity.yields
        };
        let mut children: Vec<_> = (0..self.entities.len()).filter(here).collect();
        children.sort_by(|&a, &b| self.entity(a).start().total_cmp(&self.entity(b).start()));
        children
    }

    pub(super) fn walk(&self, mut line: impl FnMut(Entity<'_>, usize, &str)) {
        self.walk_below(None, 0, &mut line, None);
    }

    pub(super) fn walk_trace(&self, trace: &str, mut line: impl FnMut(Entity<'_>, usize, &str)) {
        self.walk_below(None, 0, &mut line, Some(trace));
    }

    fn walk_below(
        &self,
        parent: Option<usize>,
        depth: usize,
        line: &mut dyn FnMut(Entity<'_>, usize, &str),
        trace: Option<&str>,
    ) {
        for index in self.below(parent) {
            let placed = &self.entities[index];
            if trace.is_none_or(|trace| placed.trace == trace) {
                line(self.entity(index), depth, placed.note);
                self.walk_below(Some(index), depth + 1, line, trace);
            }
        }
    }

    /// The traces, the one that began first at the top.
    pub(super) fn traces(&self) -> Vec<&str> {
        let mut traces: Vec<&str> = Vec::new();
        for index in self.below(None) {
            let trace = &*self.entities[index].trace;
            if !traces.contains(&trace) {
                traces.push(trace);
            }
        }
        traces
    }

    pub(super) fn begin(&self, trace: &str) -> f64 {
        let of_trace = (0..self.entities.len()).filter(|&i| self.entities[i].trace == trace);
        of_trace
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
