//! From a request to its segment.

use super::settings::Settings;
use crate::body::EndAt;
use crate::request::{Facts, Said};
use crate::text::Text;
use http::Method;
use http::header::HeaderValue;
use http::request::Parts;
use std::borrow::Cow;
use std::sync::Once;
use xray_core::__private::{Open, shielded};
use xray_core::{
    __private, Context, Decision, HttpRequest, Recorder, Segment, TraceHeader, incoming,
};

/// Marks a request that has a segment.
#[derive(Clone, Copy)]
struct Served;

/// What the response needs to know of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Whether the trace is told, and whether the decision is asked for.
    pub(super) answer: Option<bool>,
    pub(super) end_at: Option<EndAt>,
    pub(super) head_only: bool,
    pub(super) connect: bool,
}

impl Settings {
    /// Begins the segment of a request; none where nothing is opened at all.
    pub(super) fn begin(&self, parts: &mut Parts) -> Option<(Open, Plan)> {
        let recorder = match &self.recorder {
            Some(recorder) => Cow::Borrowed(recorder),
            None => Cow::Owned(Recorder::current()?),
        };
        if !recorder.is_enabled() || is_lambda(&recorder) {
            return None;
        }
        // A second layer, by mistake; not where a client within the process has passed the request on.
        if parts.extensions.get::<Served>().is_some() && !is_called(parts) {
            return None;
        }
        let said = Said::by(&parts.headers);
        let header = self.header(&recorder, &said);
        // Unsampled requests are not marked, since a mark costs an allocation: what is called in
        // an unsampled context is part of it, unless a caller says otherwise.
        if header.decision() != Decision::Sampled && __private::is_unsampled() {
            return None;
        }
        let ignored = self.ignores(parts);
        let facts = Facts::of(parts, said.host);
        let open = Open::new(start(&recorder, &facts, &header, ignored));
        if let Some(segment) = open.entity() {
            self.describe(segment, parts, &said, &facts);
        }
        let asked = header.decision() == Decision::Requested;
        let plan = Plan {
            answer: (self.answer && !ignored).then_some(asked),
            end_at: self.end_at,
            head_only: parts.method == Method::HEAD,
            connect: parts.method == Method::CONNECT,
        };
        if open.context().is_recording() {
            parts.extensions.insert(Served);
        }
        if self.extension {
            parts.extensions.insert(open.context().clone());
        }
        Some((open, plan))
    }

    fn header(&self, recorder: &Recorder, said: &Said<'_>) -> TraceHeader {
        let header = incoming(
            said.trace.map(HeaderValue::as_bytes),
            said.parent.map(HeaderValue::as_bytes),
        );
        let now = || __private::now(recorder);
        self.trust.apply(header, &self.taken, now)
    }

    /// Only afterwards, since what is not recorded need not be put into words.
    #[inline(never)]
    fn describe(&self, segment: &Context, parts: &Parts, said: &Said<'_>, facts: &Facts<'_>) {
        if segment.is_recording() {
            let client = self.forwarded.client(&parts.headers, self.peer(parts));
            let text = client.map(|client| client.text());
            let address = text.as_ref().map_or("", Text::as_str);
            let forwarded = client.is_some_and(|client| client.forwarded);
            let request = facts.http(said.user_agent, self.forwarded.scheme(&parts.headers));
            segment.http_request(&request.client_ip(address).forwarded(forwarded));
        } else {
            // For observers, who see this much.
            segment.http_request(&HttpRequest::new(facts.method, ""));
        }
        if let Some(route) = self.route(parts) {
            let mut operation = Text::<250>::new();
            for part in [facts.method, " ", &route] {
                operation.push(part);
            }
            segment.annotate("route", &route);
            segment.operation(operation.as_str());
        }
    }
}

/// Decides, and starts. What is ignored is not recorded even if the caller says so.
fn start(recorder: &Recorder, facts: &Facts<'_>, header: &TraceHeader, ignored: bool) -> Segment {
    let name = recorder.name_for(facts.host);
    let segment = recorder.segment(&name);
    let segment = segment.sampling(facts.host, facts.method, facts.path);
    if !ignored {
        return segment.continues(header).start();
    }
    let header = header.clone().with_decision(Decision::NotSampled);
    segment.continues(&header).start()
}

/// Whether the header names the current context as parent: who has opened that has sent this.
fn is_called(parts: &Parts) -> bool {
    let header = Said::by(&parts.headers).trace;
    let parent = header.and_then(|value| TraceHeader::parse_bytes(value.as_bytes()).parent());
    parent.is_some() && parent == Context::current().id()
}

/// On AWS Lambda the platform opens the segment.
fn is_lambda(recorder: &Recorder) -> bool {
    static SAID: Once = Once::new();
    let lambda = recorder.on_lambda();
    if lambda {
        // A logger's panic would come again with every request: nothing is called once that panicked.
        SAID.call_once(|| {
            shielded(|| {
                log::warn!(
                    target: "xray",
                    "SegmentLayer opens no segments on AWS Lambda, where the platform opens them"
                )
            });
        });
    }
    lambda
}
