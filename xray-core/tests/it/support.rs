//! What the tests have in common.

use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use xray_core::sampling::{Always, Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::MemoryEmitter;
use xray_core::{Context, Datagram, EmitError, Emitter, Recorder, RecorderBuilder, Segment, Stats};

/// A recorder that records everything, and where it goes.
pub(crate) fn recorder() -> (Recorder, MemoryEmitter) {
    with(|builder| builder)
}

/// The same with some settings.
pub(crate) fn with(
    settings: impl FnOnce(RecorderBuilder) -> RecorderBuilder,
) -> (Recorder, MemoryEmitter) {
    let memory = MemoryEmitter::new();
    let builder = Recorder::builder("service").emitter(memory.clone());
    let recorder = settings(builder.sampler(Always)).build().unwrap();
    (recorder, memory)
}

pub(crate) fn value(document: &str) -> Value {
    serde_json::from_str(document).unwrap()
}

/// The one document of a segment that a closure describes.
pub(crate) fn document(describe: impl FnOnce(&Segment)) -> Value {
    let (recorder, memory) = recorder();
    let segment = recorder.segment("segment").start();
    describe(&segment);
    segment.end();
    let documents = memory.take();
    assert_eq!(documents.len(), 1, "{documents:#?}");
    value(&documents[0])
}

/// Every entity of some documents: id, name, and the id of what it hangs from. That none arrives
/// twice, and that parents may be read off the nesting, is checked on the way.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) entities: HashMap<String, (String, Option<String>)>,
    pub(crate) documents: Vec<Value>,
}

impl Arrived {
    pub(crate) fn read(documents: &[String]) -> Self {
        let mut all = Arrived::default();
        for text in documents {
            assert!(text.len() <= 64 * 1024, "{} bytes", text.len());
            let document = value(text);
            let parent = document["parent_id"].as_str().map(str::to_owned);
            let mut todo = vec![(&document, parent)];
            while let Some((entity, parent)) = todo.pop() {
                let id = entity["id"].as_str().unwrap().to_owned();
                let name = entity["name"].as_str().unwrap().to_owned();
                for child in entity["subsegments"].as_array().into_iter().flatten() {
                    todo.push((child, Some(id.clone())));
                }
                let before = all.entities.insert(id.clone(), (name, parent));
                assert!(
                    before.is_none() || entity["in_progress"] == true,
                    "{id} twice"
                );
            }
            all.documents.push(document);
        }
        all
    }

    /// The name of what the entity of this name hangs from.
    pub(crate) fn parent_of(&self, name: &str) -> &str {
        let entity = self.entities.values().find(|e| e.0 == name).unwrap();
        &self.entities[entity.1.as_ref().unwrap()].0
    }
}

/// Nothing is open, and everything begun has left or was counted.
pub(crate) fn balanced(stats: &Stats) {
    assert_eq!(stats.begun, stats.emitted + stats.lost(), "{stats:?}");
}

/// A way out that takes no more than so many bytes.
pub(crate) struct Narrow(pub(crate) usize, pub(crate) MemoryEmitter);

impl Emitter for Narrow {
    fn emit(&self, one: Datagram<'_>) -> Result<(), EmitError> {
        if one.bytes().len() > self.0 {
            Err(EmitError::TooLarge)
        } else {
            self.1.emit(one)
        }
    }
}

/// A small generator: the tests need variety, not randomness.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Opens a subsegment whose name holds the id that it was opened under.
pub(crate) fn under(context: &Context) -> xray_core::Subsegment {
    let id = context.id().unwrap();
    context.subsegment(&format!("under {id}"))
}

/// A rule for each service but `plain`.
pub(crate) struct ByService;

impl Sampler for ByService {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        let decision = SamplingDecision::new(true);
        match request.service {
            "plain" => decision,
            service => decision.by(Arc::from(service)),
        }
    }
}
