//! A segment to be started: where the decision is made, once.

use super::{HttpRequest, Place, Segment, http, metadata};
use crate::aside;
use crate::clock::since_epoch;
use crate::header::{Decision, TraceHeader};
use crate::id::TraceId;
use crate::json;
use crate::pool;
use crate::recorder::{Counters, Recorder, current_recorder};
use crate::redact::Sensitive;
use crate::report::shielded;
use crate::sampling::{SamplingDecision, SamplingRequest};
use crate::trace::{NO_PARENT, Trace};
use crate::tree::{Begin, Node, Part, Tree, flag};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A segment to be started.
///
/// The decision whether it is recorded is made by [`start`](Self::start), once: the caller's, if the
/// header that is [continued](Self::continues) holds one, else [the application's](Self::sampled),
/// else the recorder's sampler's.
#[must_use = "a segment begins with `start`"]
#[derive(Clone)]
pub struct SegmentBuilder<'a> {
    recorder: Option<Cow<'a, Recorder>>,
    name: &'a str,
    header: Option<&'a TraceHeader>,
    request: Option<HttpRequest<'a>>,
    user: Option<&'a str>,
    operation: Option<&'a str>,
    sampled: Option<bool>,
    started: Option<SystemTime>,
    host: Option<&'a str>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    resource_arn: Option<&'a str>,
    attributes: &'a [(&'a str, &'a str)],
}

/// A segment of the process's recorder, to be started; nothing where none is installed.
///
/// ```
/// let segment = xray_core::segment("nightly-report").start();
/// let entered = segment.enter();
/// xray_core::annotate("rows", 42);
/// # drop(entered);
/// ```
pub fn segment(name: &str) -> SegmentBuilder<'_> {
    SegmentBuilder::new(current_recorder().map(Cow::Owned), name)
}

impl Recorder {
    /// A segment to be started. Its name is the service's, as the service map shows it (see
    /// [`name_for`](Self::name_for)), not the route's.
    #[inline]
    pub fn segment<'a>(&'a self, name: &'a str) -> SegmentBuilder<'a> {
        SegmentBuilder::new(Some(Cow::Borrowed(self)), name)
    }
}

impl<'a> SegmentBuilder<'a> {
    #[inline]
    fn new(recorder: Option<Cow<'a, Recorder>>, name: &'a str) -> Self {
        Self {
            recorder,
            name,
            header: None,
            request: None,
            user: None,
            operation: None,
            sampled: None,
            started: None,
            host: None,
            method: None,
            path: None,
            resource_arn: None,
            attributes: &[],
        }
    }

    /// Continues the caller's trace; a decision in the header wins over the sampler's, which is
    /// then not asked.
    #[inline]
    pub fn continues(mut self, header: &'a TraceHeader) -> Self {
        self.header = Some(header);
        self
    }

    /// The request that the segment serves.
    #[inline]
    pub fn request(mut self, request: HttpRequest<'a>) -> Self {
        self.request = Some(request);
        self
    }

    /// Who the request is for.
    #[inline]
    pub fn user(mut self, user: &'a str) -> Self {
        self.user = Some(user);
        self
    }

    /// What is asked of the service, as metrics name it; not part of the document.
    #[inline]
    pub fn operation(mut self, operation: &'a str) -> Self {
        self.operation = Some(operation);
        self
    }

    /// The application's own decision, where the caller made none; the sampler is then not asked.
    #[inline]
    pub fn sampled(mut self, sampled: bool) -> Self {
        self.sampled = Some(sampled);
        self
    }

    /// When it began, if not now.
    #[inline]
    pub fn started_at(mut self, time: SystemTime) -> Self {
        self.started = Some(time);
        self
    }

    /// What sampling rules ask of a request: its `Host` header, its method, its path without the
    /// query.
    #[inline]
    pub fn sampling(mut self, host: Option<&'a str>, method: &'a str, path: &'a str) -> Self {
        (self.host, self.method, self.path) = (host, Some(method), Some(path));
        self
    }

    /// The ARN of the resource that the service runs on (`resource_arn`), which sampling rules may
    /// name.
    #[inline]
    pub fn resource_arn(mut self, arn: &'a str) -> Self {
        self.resource_arn = Some(arn);
        self
    }

    /// Attributes for sampling rules that name some.
    #[inline]
    pub fn attributes(mut self, attributes: &'a [(&'a str, &'a str)]) -> Self {
        self.attributes = attributes;
        self
    }

    /// Decides, and starts.
    #[inline]
    pub fn start(mut self) -> Segment {
        match self.recorder.take() {
            Some(recorder) if recorder.is_enabled() => self.decided(&recorder),
            _ => Segment::new(Place::Missing),
        }
    }

    // Returns the segment itself: a place that is copied into one right after it was written is
    // waited for.
    #[inline(never)]
    fn decided(&self, recorder: &Recorder) -> Segment {
        let inner = recorder.inner();
        if self.header.is_some_and(TraceHeader::is_too_long) {
            Counters::add(&inner.outlet.counters.invalid_headers, 1);
        }
        let decision = self.header.map_or(Decision::Absent, TraceHeader::decision);
        let root = self.header.and_then(TraceHeader::root);
        let (sampled, rule, now) = match (decision, self.sampled) {
            (Decision::Sampled, _) => (true, None, None),
            (Decision::NotSampled, _) => (false, None, None),
            (_, Some(sampled)) => (sampled, None, None),
            _ => {
                let now = inner.time.nanos();
                let SamplingDecision { sampled, rule } = self.decide(recorder, now);
                (sampled, rule, Some(now))
            }
        };
        if sampled || inner.is_observed() {
            return self.record(recorder, root, sampled, rule.as_deref(), now);
        }
        // Only the random part is drawn where the sampler has read the clock already.
        let (trace, id) = match root {
            Some(root) => (root, inner.ids.entity()),
            None => inner.ids.root(now.unwrap_or_else(|| inner.time.nanos())),
        };
        Segment::new(Place::Unsampled {
            trace,
            id,
            aside: self.extras().map(|extras| {
                let anchor = inner.time.anchor(0);
                let at = (NO_PARENT, id);
                let extras = Some(extras.into());
                aside::kept(Trace::new(
                    recorder.clone(),
                    anchor,
                    trace,
                    at,
                    false,
                    extras,
                    None,
                ))
            }),
        })
    }

    #[inline]
    fn extras(&self) -> Option<&'a str> {
        self.header.and_then(TraceHeader::extras)
    }

    fn decide(&self, recorder: &Recorder, now: u64) -> SamplingDecision {
        let inner = recorder.inner();
        let mut request = SamplingRequest::new(self.name, now, &inner.ids);
        let here = inner.host.here();
        request.origin = here.origin.as_deref();
        request.host = self.host;
        request.method = self.method;
        request.path = self.path;
        request.resource_arn = self.resource_arn.or(here.resource.as_deref());
        request.attributes = self.attributes;
        let decided = shielded(|| inner.sampler.decide(&request));
        decided.unwrap_or(SamplingDecision::new(false))
    }

    #[inline(never)]
    fn record(
        &self,
        recorder: &Recorder,
        root: Option<TraceId>,
        sampled: bool,
        rule: Option<&str>,
        now: Option<u64>,
    ) -> Segment {
        let inner = recorder.inner();
        let now = now.unwrap_or_else(|| inner.time.nanos());
        let anchor = inner.time.anchor(now);
        let (trace, id) = match root {
            Some(root) => (root, inner.ids.entity()),
            None => inner.ids.root(now),
        };
        let parent = self.header.and_then(TraceHeader::parent);
        let mut tree = pool::take();
        tree.trace = trace;
        let slot = tree.begin(&Begin {
            id,
            parent: (NO_PARENT, parent.map_or(0, |p| p.to_u64())),
            name: self.name,
            fallback: &inner.service,
            start: self.started.map_or(now, since_epoch),
            flags: flag::SEGMENT,
        });
        let sent = sampled || inner.capture.is_some();
        self.describe(recorder, &mut tree.nodes[slot as usize], rule, sent);
        tree.held += tree.nodes[slot as usize].cost();
        inner.outlet.charge(&mut tree);
        if sampled {
            inner.outlet.begun();
        }
        let extras = self.extras().map(Into::into);
        let tree: Option<Box<Tree>> = Some(tree);
        let shared = Trace::new(
            recorder.clone(),
            anchor,
            trace,
            (slot, id),
            sampled,
            extras,
            tree,
        );
        if !sampled {
            return Segment::new(Place::Unsampled {
                trace,
                id,
                aside: Some(aside::kept(shared)),
            });
        }
        let shared = Arc::new(shared);
        recorder.watch(&shared);
        Segment::new(Place::Recording {
            trace: shared,
            slot,
            id,
        })
    }

    #[inline]
    fn describe(&self, recorder: &Recorder, node: &mut Node, rule: Option<&str>, sent: bool) {
        // Nobody else knows the entity yet, and it is empty: everything has room.
        if let Some(request) = &self.request {
            if !sent {
                request.add_method(node);
            } else if recorder.inner().redact.is_some() {
                http::with_redacted(recorder, request, |request| {
                    request.add(node);
                });
            } else {
                request.add(node);
            }
        }
        if let Some(user) = self.user.filter(|_| sent) {
            if let Some(user) = recorder.redacted(Sensitive::User, user) {
                metadata::write_user(node, &user);
            }
        }
        if let Some(arn) = self
            .resource_arn
            .filter(|arn| sent && arn.starts_with("arn:"))
        {
            metadata::member(node, "resource_arn", |out| {
                json::string(out, json::cut_chars(arn, 500));
            });
        }
        if let Some(rule) = rule {
            node.add(Part::Rule, |out| {
                json::string(out, json::cut_chars(rule, 250));
                0
            });
        }
        if let Some(operation) = self.operation {
            if recorder.inner().is_observed() {
                metadata::write_operation(node, operation);
            }
        }
    }
}

impl fmt::Debug for SegmentBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentBuilder")
            .field("name", &self.name)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
