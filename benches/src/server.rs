//! What the calls go to: a server that answers every request with the same few bytes, over
//! connections that stay open.

use crate::sink::Process;
use std::io::{self, BufRead, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

static APART: AtomicBool = AtomicBool::new(false);

/// From now on the server is a process of its own, so that what it does is in no figure. Only the
/// program that can start itself as one may say so.
pub fn be_apart() {
    APART.store(true, Relaxed);
}

/// Where it listens, after it has been started if it was not.
///
/// # Panics
///
/// If it cannot be started.
pub fn address() -> SocketAddr {
    // The process ends with this one.
    static STARTED: OnceLock<(SocketAddr, Option<Process>)> = OnceLock::new();
    let start = || {
        if APART.load(Relaxed) {
            let mut process = Process::start(&["server"])?;
            let address = process.hear()?.parse().map_err(io::Error::other)?;
            Ok((address, Some(process)))
        } else {
            Ok::<_, io::Error>((listen()?, None))
        }
    };
    STARTED.get_or_init(|| start().expect("a server")).0
}

/// The server's side. Says its address, and ends when nobody holds the other end of its input.
///
/// # Errors
///
/// If it cannot listen.
pub fn run() -> io::Result<()> {
    println!("{}", listen()?);
    io::stdin()
        .lock()
        .lines()
        .try_for_each(|line| line.map(drop))
}

fn listen() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// Answers requests without a body, one after the other.
fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        let n = stream.read(&mut buffer[filled..])?;
        if n == 0 {
            return Ok(());
        }
        filled += n;
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
            filled = 0;
        }
    }
}
