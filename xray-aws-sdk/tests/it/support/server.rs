//! A stand-in for AWS on port 0.

use super::config;
use aws_types::SdkConfig;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Status, headers, body.
    Send(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// Sends the head, and then only a part of the body.
    BreakOff(&'static str),
    /// Says nothing, and keeps the connection.
    Hang,
    /// Closes the connection.
    Close,
}

pub(crate) const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");

/// What a service of AWS answers in its JSON protocol.
pub(crate) fn json(status: u16, body: &'static str) -> Answer {
    Answer::Send(status, vec![JSON, ("x-amzn-requestid", "REQ-1")], body)
}

/// What S3 answers.
pub(crate) fn s3(status: u16, body: &'static str) -> Answer {
    let headers = vec![("x-amz-request-id", "S3REQ"), ("x-amz-id-2", "S3ID2")];
    Answer::Send(status, headers, body)
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        let named = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim()).collect()
    }

    /// The trace header; there must be exactly one.
    pub(crate) fn trace(&self) -> xray_core::TraceHeader {
        let all = self.headers("x-amzn-trace-id");
        assert_eq!(all.len(), 1, "{}", self.head);
        all[0].parse().unwrap()
    }

    /// The parent in the trace header.
    pub(crate) fn parent(&self) -> String {
        self.trace().parent().unwrap().to_string()
    }
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Received>>,
    arrived: Notify,
    more: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// Answers requests in turn; the last answer for all that follow. Gone with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
    /// Where it is served, if not on the test's own runtime.
    apart: Option<Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
        if let Some(runtime) = self.apart.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        lock(&shared.answers).extend(answers);
        let state = shared.clone();
        let serving = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, state.clone()));
            }
        });
        Self {
            address,
            shared,
            serving,
            apart: None,
        }
    }

    /// On a thread of its own, for tests that block theirs.
    #[cfg(feature = "service")]
    pub(crate) fn apart(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let answers: Vec<_> = answers.into_iter().collect();
        let (sender, server) = std::sync::mpsc::channel();
        runtime.spawn(async move { sender.send(Self::answering(answers).await) });
        let mut server = server.recv().unwrap();
        server.apart = Some(runtime);
        server
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// The only request.
    pub(crate) fn only(&self) -> Received {
        let mut all = self.received();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// Waits, without a runtime, until there are so many requests.
    #[cfg(feature = "service")]
    pub(crate) fn wait(&self, count: usize) {
        let all = lock(&self.shared.received);
        let few = |all: &mut Vec<Received>| all.len() < count;
        let waited = self
            .shared
            .more
            .wait_timeout_while(all, super::LONG, few)
            .unwrap();
        assert!(!waited.1.timed_out());
    }

    /// Waits for a request.
    pub(crate) async fn arrived(&self) {
        self.shared.arrived.notified().await;
    }

    /// A configuration that leads here: three attempts without a pause.
    pub(crate) fn config(&self) -> SdkConfig {
        config(self.address)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Shared>) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                let rest = buffer.split_off(end + 4);
                let head = std::mem::replace(&mut buffer, rest);
                break String::from_utf8_lossy(&head).into_owned();
            }
            more(&mut stream, &mut buffer).await?;
        };
        let mut request = Received {
            head,
            body: Vec::new(),
        };
        let length = request
            .headers("content-length")
            .first()
            .map(|l| l.parse().unwrap());
        let length = length.unwrap_or(0);
        while buffer.len() < length {
            more(&mut stream, &mut buffer).await?;
        }
        let rest = buffer.split_off(length);
        request.body = std::mem::replace(&mut buffer, rest);
        lock(&state.received).push(request);
        state.more.notify_all();
        state.arrived.notify_one();
        let answer = {
            let mut answers = lock(&state.answers);
            let last = answers.len() == 1;
            let next = if last {
                answers.front().cloned()
            } else {
                answers.pop_front()
            };
            next.expect("an answer")
        };
        let text = match answer {
            Answer::Send(status, headers, body) => {
                let mut text = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    text += &format!("{name}: {value}\r\n");
                }
                text + "\r\n" + body
            }
            Answer::BreakOff(part) => {
                let text = format!("HTTP/1.1 400 -\r\ncontent-length: 1000\r\n\r\n{part}");
                stream.write_all(text.as_bytes()).await.ok()?;
                return None;
            }
            Answer::Hang => std::future::pending().await,
            Answer::Close => return None,
        };
        stream.write_all(text.as_bytes()).await.ok()?;
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(buffer).await.ok()?;
    (count > 0).then_some(())
}
