//! Answers of all kinds, and of none.

use super::Reader;
use proptest::prelude::*;
use std::io::{self, Read};

const LARGEST: usize = 64;

/// Bytes that come in pieces of this size, from a server that then closes.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0
            .take(most as u64)
            .read(into)
            .inspect(|&n| self.0 = &self.0[n..])
    }
}

fn read(bytes: &[u8], pieces: usize) -> Option<(u16, Vec<u8>)> {
    let answer = Reader::new(Pieces(bytes, pieces), LARGEST).answer().ok()?;
    Some((answer.status, answer.body))
}

/// What answers are made of, right and wrong.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("HTTP/1.1 200 OK\r\n".to_owned()),
        Just("HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("ffffffffffffffff\r\n".to_owned()),
        "Content-Length: [-+]?[0-9]{1,22}\r\n",
        "[0-9a-f]{1,2}\r\n",
        "[ -~\r\nä]{0,40}",
    ]
}

proptest! {
    #[test]
    fn whatever_comes_in_whatever_pieces_is_read_alike(
        parts in prop::collection::vec(part(), 0..12),
        pieces in 1_usize..40,
    ) {
        let bytes = format!("HTTP/1.1 200 OK\r\n{}", parts.concat());
        let whole = read(bytes.as_bytes(), usize::MAX);
        prop_assert_eq!(&whole, &read(bytes.as_bytes(), pieces));
        prop_assert!(whole.is_none_or(|(_, body)| body.len() <= LARGEST));
    }
}

#[test]
fn chunks_are_put_together_up_to_the_limit() {
    let of = |chunks: &str| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        read(format!("{head}{chunks}").as_bytes(), 3)
    };
    let both = (200, b"{\"a\":1}".to_vec());
    assert_eq!(
        of("3;x=y\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nX: y\r\n\r\n"),
        Some(both)
    );
    let full = format!("40\r\n{}\r\n", "x".repeat(64));
    assert!(of(&format!("{full}0\r\n\r\n")).is_some());
    for bad in [
        format!("{full}1\r\nx\r\n0\r\n\r\n"),
        format!("{full}ffffffffffffffff\r\nx"),
        "2\r\nxyz\r\n0\r\n\r\n".to_owned(),
        "1\r\nx\r\n".to_owned(),
        "\r\n".to_owned(),
    ] {
        assert_eq!(of(&bad), None, "{bad}");
    }
}
