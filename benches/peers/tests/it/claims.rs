//! What becomes of spans that are not as W1's. A provider of its own for each, nothing global.

use crate::receiver::Receiver as Daemon;
use opentelemetry::trace::{Span, SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use peers::otel;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use tracing_subscriber::layer::SubscriberExt;

/// What arrives of the spans that `make` ends, and whether the flush is content.
fn exported(make: impl FnOnce(&SdkTracer)) -> (Vec<Value>, bool) {
    let receiver = Daemon::new();
    let provider: SdkTracerProvider = otel::provider(receiver.address(), Sampler::AlwaysOn);
    make(&provider.tracer("claims"));
    let content = provider.force_flush().is_ok();
    (receiver.rest(), content)
}

fn root(tracer: &SdkTracer, kind: SpanKind) -> Context {
    let builder = tracer.span_builder("work").with_kind(kind);
    Context::new().with_span(builder.start_with_context(tracer, &Context::new()))
}

/// Ends a server's span with a child of this name.
fn with_child(tracer: &SdkTracer, name: &str) {
    let parent = root(tracer, SpanKind::Server);
    tracer
        .span_builder(name.to_owned())
        .start_with_context(tracer, &parent)
        .end();
    parent.span().end();
}

#[test]
fn a_root_that_is_no_servers_is_lost() {
    let kinds = [
        SpanKind::Internal,
        SpanKind::Consumer,
        SpanKind::Producer,
        SpanKind::Client,
    ];
    for kind in kinds {
        let (arrived, content) = exported(|tracer| root(tracer, kind.clone()).span().end());
        assert_eq!((arrived.len(), content), (0, false), "{kind:?}");
    }
    let (arrived, content) = exported(|tracer| root(tracer, SpanKind::Server).span().end());
    assert_eq!((arrived.len(), content), (1, true));
}

#[test]
fn a_subsegment_with_other_characters_in_its_name_is_lost() {
    for name in [
        "GET /users/{id}",
        "SELECT * FROM t",
        "call foo(bar)",
        "task<T>",
        "a\tb",
        "",
    ] {
        let (arrived, content) = exported(|tracer| with_child(tracer, name));
        assert_eq!((arrived.len(), content), (1, true), "{name:?}");
        assert_eq!(arrived[0]["name"], "api.example.com");
    }
    let (arrived, _) = exported(|tracer| with_child(tracer, "users"));
    assert_eq!(arrived.len(), 2);
}

#[test]
fn what_follows_a_span_that_is_too_large_is_lost() {
    let (arrived, content) = exported(|tracer| {
        for size in [1, 70_000, 1, 1] {
            let root = root(tracer, SpanKind::Server);
            root.span()
                .set_attribute(KeyValue::new("statement", "x".repeat(size)));
            root.span().end();
        }
    });
    // The second fails, and two that would have fitted go with it.
    assert_eq!((arrived.len(), content), (1, false));
}

/// Counts, but not before it may.
#[derive(Debug)]
struct Late {
    start: Mutex<Receiver<()>>,
    exported: Arc<AtomicUsize>,
}

impl SpanExporter for Late {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // Once it may, the other end is gone, and this returns at once.
        let _ = self.start.lock().unwrap().recv();
        self.exported.fetch_add(batch.len(), Relaxed);
        Ok(())
    }
}

#[test]
fn more_than_the_queue_holds_is_lost_without_a_word() {
    let exported = Arc::new(AtomicUsize::new(0));
    let (go, start) = channel();
    let late = Late {
        start: Mutex::new(start),
        exported: exported.clone(),
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(late)
        .build();
    let tracer = provider.tracer("claims");
    for _ in 0..20_000 {
        root(&tracer, SpanKind::Server).span().end();
    }
    drop(go);

    assert!(provider.force_flush().is_ok());
    // The queue of 2,048 and the batch of 512 that was on its way.
    let exported = exported.load(Relaxed);
    assert!((2_048..=2_560).contains(&exported), "{exported}");
}

#[test]
fn a_status_is_a_fault_only_where_the_span_says_error() {
    let (arrived, _) = exported(|tracer| {
        let root = root(tracer, SpanKind::Server);
        root.span()
            .set_attribute(KeyValue::new("http.response.status_code", 503));
        root.span().end();
    });
    assert_eq!(arrived[0]["http"]["response"]["status"], 503);
    assert_eq!(arrived[0].get("fault"), None);
}

#[test]
fn an_unsigned_integer_becomes_a_text_by_way_of_tracing() {
    let (arrived, _) = exported(|tracer| {
        let layer = tracing_opentelemetry::layer().with_tracer(tracer.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            drop(
                tracing::info_span!("work", otel.kind = "server", order = 7_u64, rows = 7_i64)
                    .entered(),
            );
        });
    });
    let expected = serde_json::json!({ "order": "7", "rows": 7 });
    assert_eq!(arrived[0]["annotations"], expected);
}
