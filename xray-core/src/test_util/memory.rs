//! An emitter that keeps what it is given.

use super::received::{Received, entities};
use crate::emitter::{Datagram, EmitError, Emitter};
use std::sync::Arc;
use std::time::Duration;

/// Keeps documents instead of sending them. Clones share what they hold: one goes into the
/// recorder, the other stays with the test.
///
/// With the feature `schema` every document is checked when it is emitted. The first that is not a
/// valid segment document is remembered, and makes the reading methods panic, so that no test with
/// such a document passes.
#[derive(Clone, Debug, Default)]
pub struct MemoryEmitter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    received: Received,
    #[cfg(feature = "schema")]
    violation: std::sync::OnceLock<String>,
}

impl MemoryEmitter {
    /// Holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies of the documents, in the order of their emission.
    #[must_use]
    #[track_caller]
    pub fn documents(&self) -> Vec<String> {
        self.assert_valid();
        self.0.received.copies()
    }

    /// The documents; they are not held any longer.
    #[must_use]
    #[track_caller]
    pub fn take(&self) -> Vec<String> {
        self.assert_valid();
        self.0.received.take()
    }

    /// The documents, parsed.
    ///
    /// # Panics
    ///
    /// When one is not JSON.
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> Vec<serde_json::Value> {
        let mut values = Vec::new();
        for document in self.documents() {
            match serde_json::from_str(&document) {
                Ok(value) => values.push(value),
                Err(error) => panic!("not JSON: {error}\n{document}"),
            }
        }
        values
    }

    /// The documents as [text](super::tree()).
    #[must_use]
    #[track_caller]
    pub fn tree(&self) -> String {
        super::tree(&self.documents())
    }

    /// Waits until so many segments and subsegments are held; whether they are. Only needed where
    /// another thread emits.
    #[must_use]
    pub fn wait_for(&self, count: usize, timeout: Duration) -> bool {
        let enough = |held: &[String]| entities(held) >= count;
        self.0.received.wait(timeout, enough)
    }

    /// Not in `emit`: it runs wherever a segment ends, in a destructor while a test unwinds too.
    #[cfg(feature = "schema")]
    #[track_caller]
    fn assert_valid(&self) {
        if let Some(violation) = self.0.violation.get() {
            panic!("{violation}");
        }
    }

    #[cfg(not(feature = "schema"))]
    fn assert_valid(&self) {}
}

impl Emitter for MemoryEmitter {
    fn emit(&self, datagram: Datagram<'_>) -> Result<(), EmitError> {
        let document = datagram.document();
        #[cfg(feature = "schema")]
        if let Err(reason) = super::schema::check(document) {
            self.0
                .violation
                .get_or_init(|| format!("not a valid document: {reason}\n{document}"));
        }
        self.0.received.push(document.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::HEADER;
    use std::thread;

    const SEGMENT: &str = r#"{"name":"a","id":"0000000000000001","trace_id":"1-581cf771-a006649127e371903a2de979","start_time":1500000000.000000,"end_time":1500000001.000000}"#;

    fn emit(emitter: &MemoryEmitter, document: &str) {
        let framed = [HEADER, document.as_bytes()].concat();
        emitter.emit(Datagram(&framed)).unwrap();
    }

    #[test]
    fn clones_share_and_take_empties() {
        let emitter = MemoryEmitter::new();
        emit(&emitter.clone(), SEGMENT);
        assert_eq!(emitter.documents(), [SEGMENT]);
        assert_eq!(emitter.values()[0]["name"], "a");
        assert_eq!(emitter.tree(), "a\n");
        assert_eq!(emitter.take(), [SEGMENT]);
        assert!(emitter.documents().is_empty());
    }

    #[test]
    fn waiting_ends_with_the_last_entity_or_the_time() {
        let emitter = MemoryEmitter::new();
        assert!(!emitter.wait_for(1, Duration::ZERO));
        let other = emitter.clone();
        let thread = thread::spawn(move || {
            emit(&other, SEGMENT);
            emit(&other, SEGMENT);
        });
        assert!(emitter.wait_for(2, Duration::from_secs(10)));
        assert_eq!(emitter.documents().len(), 2);
        thread.join().unwrap();
    }

    #[cfg(feature = "schema")]
    #[test]
    fn reading_panics_with_the_first_invalid_document_and_the_reason() {
        let emitter = MemoryEmitter::new();
        emit(&emitter, SEGMENT);
        emit(&emitter, &SEGMENT.replace("\"a\"", "\"a\\tb\""));
        emit(&emitter, "{}");
        let read: [fn(&MemoryEmitter); 4] = [
            |e| drop(e.documents()),
            |e| drop(e.take()),
            |e| drop(e.values()),
            |e| drop(e.tree()),
        ];
        for read in read {
            let emitter = emitter.clone();
            let panic = thread::spawn(move || read(&emitter)).join().unwrap_err();
            let message = panic.downcast_ref::<String>().unwrap();
            assert!(
                message.contains("name") && message.contains("a\\tb"),
                "{message}"
            );
        }
    }
}
