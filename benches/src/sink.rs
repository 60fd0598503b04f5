//! The stand-in for the daemon, in a process of its own: it reads what arrives and counts entities.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// The receiver's side. Says its address, then, for each line it is given, how many entities arrived
/// since the last one.
///
/// # Errors
///
/// If it has no socket, or nobody listens to what it says.
pub fn run() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    // As much as the system gives; a daemon asks for more than the default, too.
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    println!("{}", socket.local_addr()?);
    let entities = Arc::new(AtomicU64::new(0));
    let counted = entities.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        // Every entity of every contender has one.
        let each = memchr::memmem::Finder::new("\"start_time\":");
        while let Ok(n) = socket.recv(&mut buffer) {
            let found = each.find_iter(&buffer[..n]).count();
            counted.fetch_add(found as u64, Relaxed);
        }
    });
    for line in io::stdin().lock().lines() {
        line?;
        // What was sent has arrived; this is for reading it.
        thread::sleep(Duration::from_millis(20));
        println!("{}", entities.swap(0, Relaxed));
    }
    Ok(())
}

/// A process that answers lines with lines, and ends with this.
#[derive(Debug)]
pub struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this program with these arguments.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(arguments: &[&str]) -> io::Result<Self> {
        Self::of(Command::new(std::env::current_exe()?).args(arguments))
    }

    /// Starts another.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn of(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        Ok(Self {
            to: child.stdin.take().ok_or_else(missing)?,
            from: BufReader::new(child.stdout.take().ok_or_else(missing)?),
            child,
        })
    }

    /// The next line that it says.
    ///
    /// # Errors
    ///
    /// If it says nothing more.
    pub fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim().to_owned())
    }

    /// What it answers.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub fn ask(&mut self, question: &str) -> io::Result<String> {
        writeln!(self.to, "{question}")?;
        self.hear()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The measuring program's side of the receiver.
#[derive(Debug)]
pub struct Sink {
    process: Process,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Sink {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start() -> io::Result<Self> {
        let mut process = Process::start(&["sink"])?;
        let address = process.hear()?.parse().map_err(io::Error::other)?;
        Ok(Self { process, address })
    }

    /// Entities that arrived since the last call.
    ///
    /// # Errors
    ///
    /// If the receiver is gone.
    pub fn arrived(&mut self) -> io::Result<u64> {
        self.process.ask("")?.parse().map_err(io::Error::other)
    }
}
