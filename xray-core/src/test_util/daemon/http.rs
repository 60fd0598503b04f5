//! The daemon's TCP side: HTTP/1.1 with kept connections and bodies of a stated length.

use super::super::lock;
use super::message::{Kind, Request, Response};
use super::stop::Stop;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// More is a mistake of the client's, not a request for sampling.
const LARGEST_HEAD: u64 = 1 << 16;
const LARGEST_BODY: u64 = 1 << 24;

#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) shared: Arc<Shared>,
    thread: Option<JoinHandle<Vec<Connection>>>,
}

type Answer = Box<dyn FnMut(&Request) -> Response + Send>;

pub(super) struct Shared {
    pub(super) answer: Mutex<Answer>,
    pub(super) requests: Mutex<Vec<Request>>,
    arrived: Condvar,
    stop: Stop,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

struct Connection {
    stream: TcpStream,
    thread: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            answer: Mutex::new(Box::new(nothing)),
            requests: Mutex::default(),
            arrived: Condvar::new(),
            stop: Stop::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("daemon-stub-tcp".to_owned())
            .spawn(move || accept(&listener, &of_thread))?;
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn wait_for_requests(&self, count: usize, timeout: Duration) -> Vec<Request> {
        let requests = lock(&self.shared.requests);
        let (requests, _) = self
            .shared
            .arrived
            .wait_timeout_while(requests, timeout, |requests| requests.len() < count)
            .unwrap_or_else(PoisonError::into_inner);
        requests.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.set();
        // Wakes the thread that waits for connections. Where that is not possible it is left alone:
        // a test that cannot end is worse than a thread.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        let thread = self.thread.take().filter(|_| woken.is_ok());
        let connections = thread.map(JoinHandle::join);
        let Some(Ok(connections)) = connections else {
            return;
        };
        for connection in &connections {
            // Its thread reads or writes, and is told that this is over.
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        for connection in connections {
            let _ = connection.thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<Connection> {
    let mut connections = Vec::new();
    loop {
        let accepted = listener.accept();
        if shared.stop.is_set() {
            return connections;
        }
        let started = accepted.and_then(|(stream, _)| {
            let (of_thread, shared) = (stream.try_clone()?, Arc::clone(shared));
            let thread = thread::Builder::new()
                .name("daemon-stub-connection".to_owned())
                .spawn(move || {
                    // The client went away, or sent something else than HTTP: either way there is
                    // nobody to tell.
                    let _ = shared.serve(&of_thread);
                    let _ = of_thread.shutdown(Shutdown::Both);
                })?;
            Ok(Connection { stream, thread })
        });
        match started {
            Ok(connection) => connections.push(connection),
            // Out of descriptors or threads: others may give some back.
            Err(_) => shared.stop.sleep(Duration::from_millis(10)),
        }
        connections.retain(|connection| !connection.thread.is_finished());
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        let mut writer = stream;
        while let Some(request) = read(&mut reader)? {
            let response = self.respond(request);
            self.stop.sleep(response.delay);
            if matches!(response.kind, Kind::Hang) {
                self.stop.wait();
            }
            let (bytes, again) = response.bytes();
            if self.stop.is_set() {
                break;
            }
            writer.write_all(&bytes)?;
            if !again {
                break;
            }
        }
        Ok(())
    }

    fn respond(&self, request: Request) -> Response {
        lock(&self.requests).push(request.clone());
        self.arrived.notify_all();
        (lock(&self.answer))(&request)
    }
}

/// What a daemon answers where no rules are defined.
fn nothing(request: &Request) -> Response {
    match &*request.path {
        "/GetSamplingRules" => Response::json(r#"{"SamplingRuleRecords":[]}"#),
        "/SamplingTargets" => Response::json(
            r#"{"SamplingTargetDocuments":[],"LastRuleModification":0.0,"UnprocessedStatistics":[]}"#,
        ),
        _ => Response::status(404),
    }
}

/// The next request; none when the client has closed.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut head = reader.take(LARGEST_HEAD);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let (Some(method), Some(path), Some(_)) = (words.next(), words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        head.read_line(&mut line)?;
        if !line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        path,
        headers,
        body: String::new(),
    };
    let length = request.header("content-length").unwrap_or("0").parse();
    let length: u64 = length.map_err(|_| io::ErrorKind::InvalidData)?;
    let mut body = reader.take(length.min(LARGEST_BODY));
    body.read_to_string(&mut request.body)?;
    if body.limit() > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(request))
}
