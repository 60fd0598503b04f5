//! Where a service runs: what it costs to find out, and to say.

use crate::ours;
use crate::works::Running;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::str::FromStr;
use std::thread;
use std::time::Duration;
use xray_core::Env;
use xray_core::plugin::Plugins;
use xray_core::sampling::Always;

/// What the metadata endpoint of a task says of a container.
const CONTAINER: &str = r#"{
    "DockerId": "0123456789abcdef0123456789abcdef-1234567890",
    "Labels": {
        "com.amazonaws.ecs.cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
        "com.amazonaws.ecs.task-arn": "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef",
        "com.amazonaws.ecs.task-definition-family": "checkout"
    },
    "LogDriver": "awslogs",
    "LogOptions": {"awslogs-group": "/ecs/checkout", "awslogs-region": "eu-west-1"},
    "ContainerARN": "arn:aws:ecs:eu-west-1:111122223333:container/shop/0123456789abcdef0123456789abcdef/4567"
}"#;

/// Answers every request with the same text, one after the other.
fn server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut some = [0; 1024];
        match stream.read(&mut some)? {
            0 => return Ok(()),
            n => head.extend_from_slice(&some[..n]),
        }
    }
    let length = CONTAINER.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{CONTAINER}"
    )
}

/// W1 by handles, where the place has been found.
///
/// # Panics
///
/// If it has not.
#[must_use]
pub fn w1_plugins(to: SocketAddr) -> Running {
    let url = format!("http://{}", server().expect("a server"));
    let variables = [
        ("ECS_CONTAINER_METADATA_URI_V4", &*url),
        ("HOSTNAME", "ip-10-0-0-1"),
    ];
    let plugins = Plugins::all().root("/nowhere");
    let builder = ours::builder(to).sampler(Always).plugins(plugins);
    let recorder = builder.env(Env::of(variables)).build().expect("a recorder");
    recorder.wait_for_plugins(Duration::from_secs(10));
    assert_eq!(recorder.origin(), Some("AWS::ECS::Container"));
    Running::each(move |i| ours::by_handles(&recorder, i))
}

/// What a recorder's plugins come upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are switched off.
    Off,
    /// Every endpoint answers at once.
    Answered,
    /// What is sent to any endpoint is lost.
    Lost,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "answered" => Ok(Self::Answered),
            "lost" => Ok(Self::Lost),
            _ => Err(format!("no mode {text:?}")),
        }
    }
}

/// Takes no connection and refuses none.
fn hole() -> io::Result<(SocketAddr, impl Sized)> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(0)?;
    let address = socket
        .local_addr()?
        .as_socket()
        .ok_or(io::ErrorKind::Other)?;
    let mut queue = Vec::new();
    while let Ok(one) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queue.push(one);
    }
    Ok((address, (socket, queue)))
}

/// Starts so many recorders, as a program does at its start, and ends one segment with each. Two
/// files that do not exist are looked for before and after, so that a trace of system calls shows
/// where that is.
///
/// # Errors
///
/// If something is missing that it needs for it.
pub fn start_up(mode: Mode, n: usize) -> Result<(), Box<dyn Error>> {
    let ((hole, _queue), server) = (hole()?, server()?);
    let endpoint = if mode == Mode::Lost { hole } else { server };
    let url = format!("http://{endpoint}");
    let (host, port) = (endpoint.ip().to_string(), endpoint.port().to_string());
    let env = Env::of([
        ("ECS_CONTAINER_METADATA_URI_V4", &*url),
        ("ECS_CONTAINER_METADATA_URI", &*url),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*url),
        ("KUBERNETES_SERVICE_HOST", &*host),
        ("KUBERNETES_SERVICE_PORT", &*port),
    ]);
    let unread = UdpSocket::bind("127.0.0.1:0")?;
    let to = unread.local_addr()?;
    let plugins = if mode == Mode::Off {
        Plugins::none()
    } else {
        Plugins::all()
    };
    let mut recorders = Vec::with_capacity(n);
    let _ = fs::metadata("/the-start-up-begins");
    for _ in 0..n {
        let builder = ours::builder(to).sampler(Always).env(env.clone());
        let recorder = builder.plugins(plugins.clone().root("/nowhere")).build()?;
        recorder.segment("api").start().end();
        recorders.push(recorder);
    }
    let _ = fs::metadata("/the-start-up-is-over");
    // The threads end with the process.
    Ok(())
}
