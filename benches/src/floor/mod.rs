//! The least that a correct contender can do, written by hand for exactly these works: real clock
//! readings, random ids, JSON with its escapes looked for, one datagram. Nothing is general, nothing
//! is checked that cannot be wrong here.

mod hand_off;
mod header;
mod json;
mod rules;
mod trace;

pub use hand_off::hand_off;
pub use header::{format, parse};
pub use rules::{rules_10, rules_100};

use crate::poll::{Polls, drive};
use crate::works::Running;
use crate::{NAME, REQUEST};
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::net::{SocketAddr, UdpSocket};
use trace::{Trace, Value};

/// A socket like that of every contender.
///
/// # Panics
///
/// If there is none to be had.
fn socket(to: SocketAddr) -> UdpSocket {
    let connected = || {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(to)?;
        socket.set_nonblocking(true)?;
        Ok::<_, std::io::Error>(socket)
    };
    connected().expect("a UDP socket")
}

fn send(socket: &UdpSocket, write: impl FnOnce(&mut [u8]) -> usize) {
    thread_local!(static BUFFER: RefCell<[u8; 2048]> = const { RefCell::new([0; 2048]) });
    BUFFER.with_borrow_mut(|buffer| {
        let n = write(buffer);
        let _ = socket.send(&buffer[..n]);
    });
}

/// The trace of W1, recorded.
#[inline]
fn recorded(i: u64) -> Trace {
    let mut t = Trace::begin(NAME);
    t.annotate(0, 0, "tenant", Value::Text("acme"));
    t.annotate(0, 1, "order", Value::Integer(i as i64));
    let auth = t.open(0, "auth");
    t.annotate(auth, 0, "user", Value::Text("u-17"));
    t.annotate(auth, 1, "attempt", Value::Integer(1));
    t.close(auth);
    let db = t.open(0, "db");
    t.annotate(db, 0, "table", Value::Text("orders"));
    t.annotate(db, 1, "rows", Value::Integer((i % 100) as i64));
    let query = t.open(db, "query");
    t.annotate(query, 0, "statement", Value::Text("select"));
    t.annotate(query, 1, "millis", Value::Integer(3));
    t.close(query);
    t.close(db);
    t.close(0);
    t
}

fn send_whole(socket: &UdpSocket, trace: &Trace) {
    send(socket, |b| json::write(b, black_box(trace), REQUEST));
}

/// W1: recorded, written and sent.
#[must_use]
pub fn w1(to: SocketAddr) -> Running {
    let socket = socket(to);
    Running::each(move |i| one(&socket, i))
}

/// W1, while another thread does the same with the same socket.
#[must_use]
pub fn w1_together(to: SocketAddr) -> Running {
    let socket = socket(to);
    Running::together(move |n| (0..n).for_each(|i| one(&socket, black_box(i))))
}

#[inline(never)]
fn one(socket: &UdpSocket, i: u64) {
    send_whole(socket, &recorded(i));
}

/// What an unsampled trace costs at least: the sampler's clock reading, the ids that travel on, and
/// a look at the thread's context for each subsegment.
#[must_use]
pub fn unsampled(_: SocketAddr) -> Running {
    thread_local!(static ACTIVE: Cell<bool> = const { Cell::new(false) });
    #[inline(never)]
    fn one(_: u64) {
        black_box((
            trace::now(),
            trace::random(),
            trace::random(),
            trace::random(),
        ));
        for _ in 0..3 {
            black_box(ACTIVE.get());
        }
    }
    Running::each(one)
}

/// A call that does nothing.
#[must_use]
pub fn empty(_: SocketAddr) -> Running {
    #[inline(never)]
    fn one(i: u64) {
        black_box(i);
    }
    Running::each(one)
}

/// A poll that does nothing.
#[must_use]
pub fn poll(_: SocketAddr) -> Running {
    Running::here(|n| drive(Polls(n)))
}

/// Subsegments of one segment, each written and sent as it ends.
#[must_use]
pub fn big(to: SocketAddr) -> Running {
    #[inline(never)]
    fn all(socket: &UdpSocket, n: u64) {
        let mut t = Trace::begin(NAME);
        for i in 0..n {
            t.rewind();
            let auth = t.open(0, "auth");
            t.annotate(auth, 0, "user", Value::Text("u-17"));
            t.annotate(auth, 1, "attempt", Value::Integer(i as i64));
            t.close(auth);
            send(socket, |b| json::write_one(b, black_box(&t), auth));
        }
    }
    let socket = socket(to);
    Running::here(move |n| all(&socket, n))
}
