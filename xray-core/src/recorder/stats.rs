//! What was recorded, what left, and what did not, by reason.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! stats { ($($(#[$doc:meta])* $name:ident)*) => {
    #[derive(Debug, Default)]
    pub(crate) struct Counters { $(pub(crate) $name: AtomicU64,)* }

    /// What was recorded, what left, and what did not, by reason.
    ///
    /// Every entity that was begun is in the end either `emitted` or in one of the `lost_…`
    /// counters; until then, or when its handle was leaked, it is [open](Stats::open). What the
    /// kernel, the network or the daemon drops after a datagram was taken, no counter here can see.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct Stats { $($(#[$doc])* pub $name: u64,)* }

    impl Counters {
        pub(crate) fn read(&self) -> Stats { Stats { $($name: self.$name.load(Relaxed),)* } }
    }
} }
stats! {
    /// Segments begun, and subsegments, counted when the first of their segment leave.
    begun
    /// Segments and subsegments that left.
    emitted
    /// Documents that left.
    documents
    /// Segments and subsegments that left while their segment was still open.
    streamed
    /// Subtrees that became documents of their own because of the size limit.
    split
    /// Documents that lost frames, metadata or annotations to the size limit.
    truncated
    /// Segments sent though they were not sampled, because they were anomalies.
    captured
    /// Documents sent for segments that were still open.
    in_progress
    /// Entities lost: nobody listens at the daemon's address. The system tells of it when something
    /// is sent after that, and it is counted then.
    lost_refused
    /// Entities lost: the socket's buffer had no room.
    lost_full
    /// Entities lost: the way out takes no document of even the smallest size.
    lost_too_large
    /// Entities lost: the daemon's host name was not resolved.
    lost_unresolved
    /// Entities lost: the queue to an emitter that blocks was full, or closed by a shutdown.
    lost_queue
    /// Entities lost: any other error of the emitter.
    lost_other
    /// Documents that did not leave, for whichever of these reasons.
    dropped_documents
    /// Lines of metrics that could not be written.
    dropped_metrics
    /// Values that did not fit into an entity.
    refused_values
    /// Values not kept because the memory budget was used up.
    over_budget
    /// Values that could not be serialised, annotations that are no number JSON knows, and statuses
    /// that HTTP has not.
    invalid_values
    /// Writes to something that had ended, and second ends.
    late
    /// Subsegments and writes asked for where nothing was open.
    missing_context
    /// Incoming trace headers too long to be read.
    invalid_headers
    /// Traces sent by the calling thread because the queue was full, or closed by a shutdown.
    queue_full
}

impl Stats {
    /// Segments and subsegments that did not leave, for all reasons together.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost_refused
            + self.lost_full
            + self.lost_too_large
            + self.lost_unresolved
            + self.lost_queue
            + self.lost_other
    }

    /// Segments and subsegments that were begun and have neither left nor been lost: still open,
    /// waiting in the queue, or leaked.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.begun.saturating_sub(self.emitted + self.lost())
    }
}

impl Counters {
    /// Adds to one of the counters, and touches nothing where there is nothing to add.
    #[inline]
    pub(crate) fn add(counter: &AtomicU64, n: u64) {
        if n > 0 {
            counter.fetch_add(n, Relaxed);
        }
    }
}
