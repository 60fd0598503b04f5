//! From ended entities to datagrams.

/// The line before each document.
pub(crate) const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// Where a datagram ends, and what it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The end in the buffer.
    pub(crate) at: usize,
}
