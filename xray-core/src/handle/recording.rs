//! What can be said about an entity, stated once for the three handles.

/// The methods of `$type`, whose place is `$place`.
macro_rules! recording_methods {
    ($type:ty, $this:ident => $place:expr) => {
        impl $type {
            #[inline]
            fn place(&self) -> &Place {
                let $this = self;
                $place
            }

            /// Whether what is said here is recorded.
            #[inline]
            #[must_use]
            pub fn is_recording(&self) -> bool {
                matches!(self.place(), Place::Recording { .. })
            }

            /// The trace; none where nothing is open.
            #[must_use]
            pub fn trace_id(&self) -> Option<TraceId> {
                match self.place() {
                    Place::Missing => None,
                    Place::Unsampled { trace, .. } => Some(*trace),
                    Place::Recording { trace, .. } => Some(trace.id),
                }
            }

            /// The id that goes on as `Parent` of what is called from here; none where nothing is open.
            #[must_use]
            pub fn id(&self) -> Option<SegmentId> {
                match self.place() {
                    Place::Missing => None,
                    Place::Unsampled { id, .. } | Place::Recording { id, .. } => {
                        SegmentId::from_u64(*id)
                    }
                }
            }

            /// The trace header for a call made from here; none where nothing is open. It costs no lock
            /// and works after the end, too.
            #[must_use]
            pub fn header(&self) -> Option<TraceHeader> {
                let (root, id, sampled, extras) = self.travels()?;
                let decision = if sampled {
                    Decision::Sampled
                } else {
                    Decision::NotSampled
                };
                let header = TraceHeader::new(root, SegmentId::from_u64(id), decision);
                Some(header.with_extras(extras.map(Into::into)))
            }

            /// The text of [`header`](Self::header), without an allocation.
            #[must_use]
            pub fn header_value(&self) -> Option<HeaderValue> {
                let (root, id, sampled, extras) = self.travels()?;
                Some(crate::header::outgoing(root, id, sampled, extras))
            }

            #[inline]
            fn travels(&self) -> Option<(TraceId, u64, bool, Option<&str>)> {
                match self.place() {
                    Place::Missing => None,
                    Place::Unsampled { trace, id, aside } => {
                        let extras = aside.as_ref().and_then(|a| a.extras.as_deref());
                        Some((*trace, *id, false, extras))
                    }
                    Place::Recording { trace, id, .. } => {
                        Some((trace.id, *id, true, trace.extras.as_deref()))
                    }
                }
            }

            /// Opens a subsegment.
            #[inline]
            #[track_caller]
            pub fn subsegment(&self, name: &str) -> Subsegment {
                Subsegment::new(self.place().begin(name, Location::caller()))
            }

            /// The segment that this belongs to.
            #[must_use]
            pub fn segment(&self) -> Context {
                Context(self.place().segment())
            }

            /// Adds a value that X-Ray indexes; the last one for a key counts. Characters of the key
            /// other than `A–Z a–z 0–9 _` become `_`, a text is cut at 1,000 characters. X-Ray indexes
            /// 50 annotations per trace.
            #[inline]
            pub fn annotate<'v>(&self, key: &str, value: impl Into<AnnotationValue<'v>>) {
                if let Place::Recording { trace, slot, id } = self.place() {
                    annotation::add(trace, (*slot, *id), key, value.into());
                }
            }

            /// Adds a value that is stored but not indexed, in the namespace `default`; the last one
            /// for a key counts. A value that cannot be serialised, or takes more than 64 KiB, becomes
            /// a text that says so.
            pub fn metadata(&self, key: &str, value: &(impl serde::Serialize + ?Sized)) {
                self.metadata_in("default", key, value);
            }

            /// Adds a value that is stored but not indexed, in a namespace of its own.
            pub fn metadata_in(
                &self,
                namespace: &str,
                key: &str,
                value: &(impl serde::Serialize + ?Sized),
            ) {
                if let Place::Recording { trace, slot, id } = self.place() {
                    metadata::add(trace, (*slot, *id), namespace, key, value);
                }
            }

            /// Says who the request is for, on the segment, from whatever depth. X-Ray indexes it; it
            /// is cut at 250 characters.
            pub fn user(&self, user: &str) {
                if let Place::Recording { trace, .. } = self.place() {
                    metadata::user(trace, user);
                }
            }

            /// Records an error and its sources, and marks a fault. For what is the caller's doing,
            /// see [`Exception::as_error`].
            pub fn record_error(&self, error: &(impl Recordable + ?Sized)) {
                self.record(Exception::new(error));
            }

            /// Records an exception as it is described.
            pub fn record(&self, exception: Exception<'_>) {
                match self.place() {
                    Place::Recording { trace, slot, id } => {
                        exception::record(trace, (*slot, *id), &exception);
                    }
                    other => other.flag(exception.flags()),
                }
            }

            /// Marks an error: the caller's doing (4xx).
            pub fn mark_error(&self) {
                self.place().flag(flag::ERROR);
            }

            /// Marks a fault: the service's own doing (5xx).
            pub fn mark_fault(&self) {
                self.place().flag(flag::FAULT);
            }

            /// Marks a throttled call (429), which is an error, too.
            pub fn mark_throttle(&self) {
                self.place().flag(flag::ERROR | flag::THROTTLE);
            }

            /// The HTTP request that a segment serves or a subsegment makes.
            pub fn http_request(&self, request: &HttpRequest<'_>) {
                if let Some((trace, at)) = self.place().kept() {
                    http::request(trace, at, request);
                }
            }

            /// The HTTP response. Its status sets the flags: 429 throttle and error, other 4xx error,
            /// 5xx fault.
            #[inline]
            pub fn http_response(&self, status: u16, content_length: Option<u64>) {
                if let Some((trace, at)) = self.place().kept() {
                    http::response(trace, at, status, content_length);
                }
            }

            /// What a subsegment's call is to: AWS, or any other remote service. On segments it makes
            /// no difference.
            pub fn namespace(&self, namespace: Namespace) {
                self.place().edit(|node| {
                    if node.is_segment() {
                        return Edit::NotHere;
                    }
                    node.flags = node.flags & !(flag::AWS | flag::REMOTE) | namespace.flag();
                    Edit::Done
                });
            }

            /// A member of the `aws` block: `operation`, `region`, `request_id`, `table_name`, ….
            pub fn aws(&self, key: &str, value: &(impl serde::Serialize + ?Sized)) {
                if let Place::Recording { trace, slot, id } = self.place() {
                    metadata::aws(trace, (*slot, *id), key, value);
                }
            }

            /// The query that a subsegment makes. On segments it makes no difference.
            pub fn sql(&self, sql: &Sql<'_>) {
                if let Place::Recording { trace, slot, id } = self.place() {
                    sql::add(trace, (*slot, *id), sql);
                }
            }

            /// Links to an entity of another trace, of which this is a consequence: a message that was
            /// received in a batch, for one.
            pub fn link(&self, trace_id: TraceId, id: SegmentId) {
                if let Place::Recording {
                    trace,
                    slot,
                    id: own,
                } = self.place()
                {
                    metadata::link(trace, (*slot, *own), trace_id, id);
                }
            }

            /// A sibling subsegment that had to finish before this one began.
            pub fn precursor(&self, id: SegmentId) {
                if let Place::Recording {
                    trace,
                    slot,
                    id: own,
                } = self.place()
                {
                    metadata::precursor(trace, (*slot, *own), id);
                }
            }

            /// What was asked of the service, as metrics name it (`GET /orders/{id}`); on the segment,
            /// from whatever depth. Not part of the document.
            pub fn operation(&self, operation: &str) {
                let place = self.place().segment();
                if let Some((trace, at)) = place.kept() {
                    metadata::operation(trace, at, operation);
                }
            }

            /// Makes this the current context of the thread until the guard is dropped. For code that
            /// does not `.await`; futures have [`within`](crate::TraceFuture::within).
            #[inline]
            pub fn enter(&self) -> Entered<'_> {
                context::enter(self.place())
            }
        }
    };
}

/// What a subsegment's call is to (`namespace`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Namespace {
    /// A call to an AWS service.
    Aws,
    /// A call to any other service.
    Remote,
}

impl Namespace {
    pub(super) fn flag(self) -> u8 {
        match self {
            Self::Aws => crate::tree::flag::AWS,
            Self::Remote => crate::tree::flag::REMOTE,
        }
    }
}
