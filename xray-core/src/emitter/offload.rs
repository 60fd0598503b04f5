//! UDP segmentation offload: one system call for many datagrams of equal size. Documents are made
//! equal by blanks at their end, which JSON ignores.

use super::Batch;
use socket2::{MsgHdr, SockRef};
use std::io::{self, IoSlice};
use std::net::UdpSocket;

/// Datagrams that the kernel takes at once.
const MOST: usize = 64;
/// Bytes that it takes at once, headers aside.
const ROOM: usize = 61_440;
const BLANKS: [u8; 2048] = [b' '; 2048];

/// How many documents go together, and at what size: similar ones, in one datagram's room.
pub(super) fn run(batch: Batch<'_>) -> (usize, usize) {
    let (mut n, mut size, mut least, mut total) = (0, 0, usize::MAX, 0);
    for one in batch.iter().take(MOST) {
        let (longest, shortest) = (size.max(one.0.len()), least.min(one.0.len()));
        let padded = (n + 1) * longest;
        total += one.0.len();
        let apart = padded > ROOM || padded > 2 * total || longest - shortest > BLANKS.len();
        if n > 0 && apart {
            break;
        }
        (n, size, least) = (n + 1, longest, shortest);
    }
    (n, size)
}

/// Sends all of `batch`, which [`run`] has chosen, or nothing.
pub(super) fn send(socket: &UdpSocket, batch: Batch<'_>, size: usize) -> io::Result<()> {
    // struct cmsghdr { size_t len; int level; int type; }, then the size of one datagram.
    const SOL_UDP: [u8; 4] = 17i32.to_ne_bytes();
    const UDP_SEGMENT: [u8; 4] = 103i32.to_ne_bytes();
    const WORD: usize = size_of::<usize>();
    let mut control = [0; (WORD + 10).next_multiple_of(WORD)];
    control[..WORD].copy_from_slice(&(WORD + 10).to_ne_bytes());
    control[WORD..WORD + 4].copy_from_slice(&SOL_UDP);
    control[WORD + 4..WORD + 8].copy_from_slice(&UDP_SEGMENT);
    control[WORD + 8..WORD + 10].copy_from_slice(&(size as u16).to_ne_bytes());

    let mut pieces = [IoSlice::new(&[]); 2 * MOST];
    for (pair, one) in pieces.chunks_exact_mut(2).zip(batch.iter()) {
        pair[0] = IoSlice::new(one.0);
        pair[1] = IoSlice::new(&BLANKS[..size - one.0.len()]);
    }
    let buffers = &pieces[..2 * batch.len()];
    let message = MsgHdr::new().with_buffers(buffers).with_control(&control);
    SockRef::from(socket).sendmsg(&message, 0).map(drop)
}

/// The largest datagram to try from now on, where an error says something about it.
pub(super) fn lower(error: &io::Error, size: usize) -> Option<usize> {
    match error.raw_os_error()? {
        // EINVAL, EMSGSIZE: more than this link's MTU.
        22 | 90 => Some(if size > 1_200 { 1_200 } else { 0 }),
        // EIO, ENOPROTOOPT, EOPNOTSUPP: not with this device or kernel.
        5 | 92 | 95 => Some(0),
        _ => None,
    }
}
