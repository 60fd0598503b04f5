//! Segmentation offload over a real socket, and what it falls back to.

use super::{LONG, stop};
use crate::document::{End, HEADER};
use crate::emitter::offload::{lower, run, send};
use crate::emitter::{Batch, EmitError, Emitter, UdpEmitter};
use crate::test_util::DaemonStub;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::atomic::Ordering::Relaxed;

/// Documents of these lengths, header included.
fn documents(lengths: &[usize]) -> (Vec<u8>, Vec<End>) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for (index, length) in lengths.iter().enumerate() {
        let from = bytes.len();
        bytes.extend_from_slice(HEADER);
        bytes.extend(format!("{{\"name\":\"{index}").bytes());
        bytes.resize(from + length - 2, b'x');
        bytes.extend_from_slice(b"\"}");
        ends.push(End {
            at: bytes.len(),
            top: (0, 0),
            entities: 1,
            least: false,
        });
    }
    (bytes, ends)
}

#[test]
fn similar_documents_go_together() {
    let runs = |lengths: &[usize]| {
        let (bytes, ends) = documents(lengths);
        run(Batch::new(&bytes, &ends))
    };
    assert_eq!(runs(&[100]), (1, 100));
    assert_eq!(runs(&[100, 120, 90]), (3, 120));
    assert_eq!(runs(&[100, 5000]), (1, 100), "too much to fill up");
    assert_eq!(runs(&[64_000, 64_000]), (1, 64_000), "one at a time");
    assert_eq!(
        runs(&[30_000, 30_000, 30_000]),
        (2, 30_000),
        "what one call takes"
    );
    assert_eq!(runs(&[100; 80]), (64, 100));
}

/// In one piece, piece by piece where the device has refused that, and mixed where the link
/// takes no more than an Ethernet's packet: the same documents arrive.
#[test]
fn c53_documents_arrive_whole_with_and_without_offload() {
    let lengths = [700, 650, 2_000, 1_900, 2_000, 60, 61, 62, 20_000, 300];
    for most in [usize::MAX, 1_200, 0] {
        let wire = UdpSocket::bind("127.0.0.1:0").unwrap();
        wire.set_read_timeout(Some(LONG)).unwrap();
        let address = wire.local_addr().unwrap().to_string();
        let emitter = UdpEmitter::new(&address.parse().unwrap()).unwrap();
        emitter.target.offload.store(most, Relaxed);
        let (bytes, ends) = documents(&lengths);
        emitter.emit_all(Batch::new(&bytes, &ends), &mut |index, error| {
            panic!("{index}: {error}")
        });
        for (index, one) in Batch::new(&bytes, &ends).iter().enumerate() {
            let mut buffer = vec![0; 1 << 16];
            let length = wire.recv(&mut buffer).unwrap();
            let (text, blanks) = buffer[..length].split_at(lengths[index]);
            assert_eq!(text, one.bytes());
            assert!(blanks.iter().all(|&b| b == b' '), "{index}");
            assert!(most > 0 || blanks.is_empty());
        }
    }
}

#[test]
fn what_the_kernel_says_lowers_what_is_tried() {
    let daemon = DaemonStub::new().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(daemon.udp_addr()).unwrap();
    let (bytes, ends) = documents(&[3_000; 40]);
    let error = send(&socket, Batch::new(&bytes, &ends), 3_000).unwrap_err();
    assert_eq!(lower(&error, 3_000), Some(1_200));
    let number = |number, size| lower(&io::Error::from_raw_os_error(number), size);
    assert_eq!(
        number(22, 1_200),
        Some(0),
        "an Ethernet's packet is too large, too"
    );
    assert_eq!(number(5, 3_000), Some(0), "a device that cannot");
    assert_eq!(
        number(111, 3_000),
        None,
        "nobody listens: that says nothing"
    );
    assert_eq!(lower(&ErrorKind::Unsupported.into(), 3_000), None);
}

/// The first run is refused after it was counted as sent, the second is counted in its stead.
#[test]
fn c58_a_refused_run_is_counted_with_the_next() {
    let nobody = stop(DaemonStub::new().unwrap());
    let address = nobody.local_addr().unwrap().to_string();
    let emitter = UdpEmitter::new(&address.parse().unwrap()).unwrap();
    let (bytes, ends) = documents(&[200; 20]);
    let mut failed = Vec::new();
    let mut rounds = 0;
    while failed.is_empty() {
        emitter.emit_all(Batch::new(&bytes, &ends), &mut |index, error| {
            assert!(matches!(error, EmitError::Refused));
            failed.push(index);
        });
        rounds += 1;
    }
    assert!(rounds > 1);
    assert_eq!(failed, Vec::from_iter(0..20));
}
