//! Where metrics go, and what happens when that does not take them.

use crate::metrics_support::{LONG, Lines, checked, metered, request};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use xray_core::sampling::{Always, Never, Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::MemoryEmitter;
use xray_core::{DaemonAddress, Metrics, Recorder};

fn to(metrics: Metrics) -> Recorder {
    let builder = Recorder::builder("shop").emitter(MemoryEmitter::new());
    builder.sampler(Never).metrics(metrics).build().unwrap()
}

fn socket() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

fn received(socket: &UdpSocket) -> Value {
    let mut buffer = vec![0; 65536];
    let n = socket.recv(&mut buffer).unwrap();
    checked(std::str::from_utf8(&buffer[..n]).unwrap().trim_end())
}

#[test]
fn the_agent_takes_a_datagram_for_each_line() {
    for prefix in ["", "udp:", "udp://"] {
        let (agent, address) = socket();
        let recorder = to(Metrics::to_agent_at(format!("{prefix}{address}")));
        request(&recorder, "GET /");
        request(&recorder, "GET /");
        assert!(recorder.shutdown(LONG));
        assert_eq!(received(&agent)["Requests"], 2);
        assert_eq!(received(&agent)["DocumentsEmitted"], 0);
    }
}

#[test]
fn an_agents_name_is_looked_up() {
    let (agent, address) = socket();
    let port = address.rsplit(':').next().unwrap();
    let recorder = to(Metrics::to_agent_at(format!("localhost:{port}")));
    request(&recorder, "GET /");
    // Where `localhost` is the other protocol's first, nobody is there, and that is counted.
    if recorder.flush_metrics(LONG) {
        assert_eq!(received(&agent)["Requests"], 1);
    } else {
        assert!(recorder.stats().dropped_metrics > 0);
    }
}

#[test]
fn over_tcp_lines_follow_each_other_and_a_new_connection_is_made_after_a_loss() {
    let agent = TcpListener::bind("127.0.0.1:0").unwrap();
    let recorder = to(Metrics::to_agent_at(format!(
        "tcp:{}",
        agent.local_addr().unwrap()
    )));
    for round in 1..=2 {
        for _ in 0..round {
            request(&recorder, "GET /");
        }
        assert!(recorder.flush_metrics(LONG));
        let mut lines = BufReader::new(agent.accept().unwrap().0).lines();
        let mut next = || checked(&lines.next().unwrap().unwrap());
        assert_eq!(next()["Requests"], round);
        assert_eq!(next()["MetricsDropped"], 0);
        // Closed here: the next lines go over a new one.
    }
    assert_eq!(recorder.stats().dropped_metrics, 0);
}

#[test]
fn an_agent_that_is_down_is_counted_and_recovers() {
    let agent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap();
    drop(agent);
    let recorder = to(Metrics::to_agent_at(format!("tcp:{address}")));
    request(&recorder, "GET /");
    assert!(!recorder.flush_metrics(LONG));
    // The operation's, and the process's.
    assert_eq!(recorder.stats().dropped_metrics, 2);
    let agent = TcpListener::bind(address).unwrap();
    request(&recorder, "GET /");
    assert!(recorder.flush_metrics(LONG));
    let mut lines = BufReader::new(agent.accept().unwrap().0).lines();
    let mut next = || checked(&lines.next().unwrap().unwrap());
    assert_eq!(next()["Requests"], 1);
    // It says itself what was lost before.
    assert_eq!(next()["MetricsDropped"], 2);
}

#[test]
#[cfg(target_os = "linux")]
fn over_udp_a_line_that_nobody_took_is_counted_when_the_system_tells_of_it() {
    let (agent, address) = socket();
    drop(agent);
    let recorder = to(Metrics::to_agent_at(address));
    request(&recorder, "GET /");
    // The second line hears of the first.
    assert!(!recorder.flush_metrics(LONG));
    assert!(recorder.stats().dropped_metrics >= 1);
}

/// A sampler whose last report waits for as long as it may, or until lines were written.
struct Waits(std::sync::Mutex<Receiver<()>>, Sender<bool>);

impl Sampler for Waits {
    fn decide(&self, _: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(false)
    }

    fn shutdown(&self, timeout: Duration) {
        let written = self.0.lock().unwrap().recv_timeout(timeout);
        self.1.send(written.is_ok()).ok();
    }
}

#[test]
fn a_daemon_that_hangs_at_the_end_does_not_take_the_time_of_the_metrics() {
    struct Tells(Sender<()>);
    impl Write for Tells {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(()).ok();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let ((tells, told), (waited, has_waited)) = (channel(), channel());
    let recorder = Recorder::builder("shop")
        .emitter(MemoryEmitter::new())
        .sampler(Waits(told.into(), waited))
        .metrics(Metrics::to_writer(Tells(tells)))
        .build()
        .unwrap();
    request(&recorder, "GET /");
    assert!(recorder.shutdown(LONG));
    assert_eq!(has_waited.try_recv(), Ok(true), "written meanwhile");
}

/// Says that it was called, and returns when it may.
struct Blocked {
    called: Sender<()>,
    go_on: Receiver<()>,
}

impl Write for Blocked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.called.send(()).ok();
        self.go_on.recv().ok();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_blocks_the_writer_blocks_neither_requests_nor_the_end() {
    let (called, is_called) = channel();
    let (go, go_on) = channel();
    let recorder = to(Metrics::to_writer(Blocked { called, go_on }));
    request(&recorder, "GET /");
    let begun = Instant::now();
    assert!(!recorder.flush_metrics(Duration::from_millis(1)));
    is_called.recv_timeout(LONG).unwrap();
    for _ in 0..1_000 {
        request(&recorder, "GET /");
    }
    assert!(!recorder.shutdown(Duration::from_millis(20)));
    drop(recorder);
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    drop(go);
}

#[test]
fn a_writer_that_fails_or_panics_is_counted() {
    struct Bad(bool);
    impl Write for Bad {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            assert!(!self.0, "a writer's own panic");
            Err(io::Error::other("no"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for panics in [true, false] {
        let recorder = to(Metrics::to_writer(Bad(panics)));
        request(&recorder, "GET /");
        assert!(!recorder.flush_metrics(LONG));
        assert_eq!(recorder.stats().dropped_metrics, 2);
        // The thread is still there.
        request(&recorder, "GET /");
        assert!(!recorder.flush_metrics(LONG));
        assert_eq!(recorder.stats().dropped_metrics, 4);
    }
}

#[test]
fn the_end_writes_what_there_is_and_so_does_the_last_handle() {
    let (recorder, lines, _) = metered(|b, m| b.metrics(m));
    let open = recorder.segment("shop").operation("GET /slow").start();
    request(&recorder, "GET /");
    assert!(recorder.shutdown(LONG));
    assert_eq!(lines.operations().len(), 1);
    open.end();
    assert!(recorder.flush_metrics(LONG));
    assert_eq!(lines.operations()[0]["Operation"], "GET /slow");
    // Nothing has come since: nothing is written.
    assert!(recorder.flush_metrics(LONG));
    assert!(lines.take().is_empty());
}

/// Tells when it is dropped: the thread that owned it has ended.
struct Owned(
    Lines,
    #[expect(dead_code, reason = "dropped with the rest")] Sender<()>,
);

impl Write for Owned {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_thread_ends_with_the_recorder_and_not_before_all_is_written() {
    let (lines, (owned, ended)) = (Lines::default(), channel());
    let recorder = to(Metrics::to_writer(Owned(lines.clone(), owned)));
    let segment = recorder.segment("shop").operation("GET /").start();
    drop(recorder);
    assert!(ended.try_recv().is_err());
    segment.end();
    let gone = ended.recv_timeout(LONG);
    assert_eq!(gone, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
    assert_eq!(lines.operations().len(), 1);
}

#[test]
fn a_thousand_recorders_leave_no_thread() {
    let (owned, ended) = channel();
    for _ in 0..1_000 {
        let lines = Owned(Lines::default(), owned.clone());
        let recorder = to(Metrics::to_writer(lines));
        request(&recorder, "GET /");
    }
    drop(owned);
    let gone = ended.recv_timeout(LONG);
    assert_eq!(gone, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn losses_of_documents_are_metrics() {
    // A port that was free a moment ago, and no daemon at it.
    let (daemon, address) = socket();
    drop(daemon);
    let lines = Lines::default();
    let recorder = Recorder::builder("shop")
        .daemon_address(DaemonAddress::parse(&address).unwrap())
        .sampler(Always)
        .metrics(Metrics::to_writer(lines.clone()))
        .build()
        .unwrap();
    for _ in 0..10 {
        let segment = recorder.segment("shop").start();
        segment.annotate("ratio", f64::NAN);
    }
    assert!(recorder.flush_metrics(LONG));
    let (line, stats) = (lines.process(), recorder.stats());
    assert_eq!(line["DocumentsEmitted"], stats.documents);
    assert_eq!(line["DocumentsDropped"], stats.dropped_documents);
    assert_eq!(stats.documents + stats.dropped_documents, 10);
    assert_eq!(stats.lost(), stats.dropped_documents);
    assert_eq!(line["ValuesDropped"], 10);
}

#[test]
fn nothing_is_counted_while_recording_is_off() {
    let (recorder, lines, _) = metered(|b, m| b.metrics(m));
    recorder.set_enabled(false);
    request(&recorder, "GET /");
    recorder.set_enabled(true);
    request(&recorder, "PUT /");
    assert!(recorder.flush_metrics(LONG));
    let all = lines.operations();
    assert_eq!((all.len(), &all[0]["Operation"]), (1, &"PUT /".into()));

    let (recorder, lines, _) = metered(|b, m| b.metrics(m).enabled(false));
    recorder.set_enabled(true);
    request(&recorder, "GET /");
    assert!(recorder.shutdown(LONG));
    assert!(lines.take().is_empty());
}
