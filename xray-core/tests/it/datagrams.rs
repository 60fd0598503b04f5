//! What is on the wire, and what the kernel does with a burst.

use crate::emitters::LONG;
use crate::support::{Arrived, balanced};
use std::io::ErrorKind;
use std::net::UdpSocket;
use xray_core::sampling::Always;
use xray_core::{Recorder, RecorderBuilder};

/// A socket that nobody reads until the test does, with the receive buffer that every socket has.
struct Wire(UdpSocket);

impl Wire {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        Self(socket)
    }

    fn recorder(&self, settings: impl FnOnce(RecorderBuilder) -> RecorderBuilder) -> Recorder {
        let address = self.0.local_addr().unwrap().to_string();
        let builder = Recorder::builder("service").daemon_address(address.parse().unwrap());
        settings(builder.sampler(Always)).build().unwrap()
    }

    /// The next datagram.
    fn next(&self) -> Vec<u8> {
        let mut buffer = vec![0; 1 << 16];
        let length = self.0.recv(&mut buffer).unwrap();
        buffer.truncate(length);
        buffer
    }

    /// The document of the next datagram, checked for the frame around it.
    fn document(&self) -> String {
        let datagram = String::from_utf8(self.next()).unwrap();
        let document = datagram.strip_prefix(HEADER).unwrap();
        assert!(document.starts_with('{'), "{document}");
        assert!(!document.contains('\n') && !document.contains("\"format\""));
        document.trim_end_matches(' ').to_owned()
    }

    /// How many are in the receive buffer.
    fn count(&self) -> usize {
        self.0.set_nonblocking(true).unwrap();
        let mut buffer = vec![0; 1 << 16];
        let mut count = 0;
        loop {
            match self.0.recv(&mut buffer) {
                Ok(_) => count += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    return count;
                }
            }
        }
    }
}

const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";

#[test]
fn c53_a_datagram_is_a_header_line_and_one_document() {
    let wire = Wire::new();
    let recorder = wire.recorder(|b| b);
    recorder.segment("a").start().end();
    let datagram = wire.next();
    // Byte for byte as the daemon's documentation shows it, without blanks.
    let header = [
        0x7b, 0x22, 0x66, 0x6f, 0x72, 0x6d, 0x61, 0x74, 0x22, 0x3a, 0x22, 0x6a, 0x73, 0x6f, 0x6e,
        0x22, 0x2c, 0x22, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x22, 0x3a, 0x31, 0x7d, 0x0a,
    ];
    assert_eq!(datagram[..30], header);
    let document: serde_json::Value = serde_json::from_slice(&datagram[30..]).unwrap();
    assert_eq!(document["name"], "a");
}

/// Documents of one segment leave together, by segmentation offload where the kernel has it: then
/// the shorter ones end in blanks.
#[test]
fn c53_documents_of_different_lengths_arrive_whole() {
    let wire = Wire::new();
    let recorder = wire.recorder(|b| b.size_limit(8 * 1024));
    let segment = recorder.segment("api").start();
    for n in 0..24 {
        let sub = segment.subsegment("work");
        sub.metadata("blob", &"x".repeat(100 + n * 137));
    }
    segment.end();
    let stats = recorder.stats();
    assert!(stats.documents > 4, "{stats:?}");
    let documents: Vec<String> = (0..stats.documents).map(|_| wire.document()).collect();
    let arrived = Arrived::read(&documents);
    assert_eq!(arrived.entities.len(), 25);
    assert_eq!(arrived.parent_of("work"), "api");
    assert_eq!(wire.count(), 0);
    balanced(&stats);
}

#[test]
fn c53_documents_from_the_queue_arrive_whole() {
    let wire = Wire::new();
    let recorder = wire.recorder(|b| b.queue(200));
    for n in 0..100 {
        let segment = recorder.segment("api").start();
        segment.annotate("pad", &*"x".repeat(n * 7 % 90));
    }
    assert!(recorder.flush(LONG));
    let documents: Vec<String> = (0..100).map(|_| wire.document()).collect();
    assert_eq!(Arrived::read(&documents).entities.len(), 100);
    balanced(&recorder.stats());
}

/// A burst that nobody reads. The kernel takes every datagram from us, drops what the reader's buffer
/// has no room for, and tells nobody: with the default buffer of 212,992 bytes
/// (`net.core.rmem_default`) the first 6 of 1,000 documents of 30,000 bytes are kept, and the first
/// 166 of 1,000 of 240 bytes (Linux 6.18). No counter here can show that; those of the machine can
/// (`netstat -su`, "receive buffer errors").
#[cfg(target_os = "linux")]
#[test]
fn a_burst_is_cut_by_the_receive_buffer_and_nobody_waits() {
    let wire = Wire::new();
    let recorder = wire.recorder(|b| b);
    let blob = "x".repeat(30_000);
    for _ in 0..1_000 {
        let segment = recorder.segment("burst").start();
        segment.metadata("blob", &blob);
    }
    let stats = recorder.stats();
    assert_eq!((stats.emitted, stats.lost()), (1_000, 0));
    let arrived = wire.count();
    assert!((1..1_000).contains(&arrived), "{arrived}");
}
