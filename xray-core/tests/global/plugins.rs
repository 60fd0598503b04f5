//! `init` finds out where it runs: what is said of it, and that nobody waits.

use crate::strategy::Panics;
use crate::{alone, log};
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use xray_core::plugin::Plugins;
use xray_core::test_util::{DaemonStub, MemoryEmitter, Response};
use xray_core::{Env, Recorder};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn c69_init_names_the_plugins_and_one_that_fails_is_told_of_once() {
    let daemon = DaemonStub::new().unwrap();
    daemon.on_request(|_| Response::status(500));
    let url = format!("http://{}/v4", daemon.tcp_addr());
    let address = daemon.address();
    let variables = [
        ("AWS_XRAY_PLUGINS", "ecs,beanstalk"),
        ("AWS_XRAY_DAEMON_ADDRESS", &*address),
        ("ECS_CONTAINER_METADATA_URI_V4", &*url),
    ];
    let test = "plugins::c69_init_names_the_plugins_and_one_that_fails_is_told_of_once";
    alone(test, &variables, || {
        log::install();
        let guard = xray_core::init("checkout");
        let recorder = guard.recorder().unwrap();
        assert!(recorder.wait_for_plugins(LONG));
        for _ in 0..10 {
            xray_core::segment("api").start().end();
        }
        let mut said = log::take();
        said.sort();
        let [debug, info, warn] = &said[..] else {
            panic!("{said:#?}");
        };
        assert!(info.ends_with(", plugins beanstalk, ecs"), "{info}");
        let url = std::env::var("ECS_CONTAINER_METADATA_URI_V4").unwrap();
        let expected =
            format!("WARN xray: plugin ecs: {url}: status 500; segments are sent without it");
        assert_eq!(*warn, expected);
        assert!(
            debug.starts_with("DEBUG xray: plugins have found: "),
            "{debug}"
        );
    });
}

#[test]
fn c69_a_logger_that_panics_keeps_nothing_from_being_found() {
    let test = "plugins::c69_a_logger_that_panics_keeps_nothing_from_being_found";
    alone(test, &[], || {
        ::log::set_logger(&Panics).unwrap();
        ::log::set_max_level(::log::LevelFilter::Trace);
        let ill = DaemonStub::new().unwrap();
        ill.on_request(|_| Response::status(500));
        let imds = DaemonStub::new().unwrap();
        imds.on_request(|_| Response::json("{\"instanceId\": \"i-1\"}"));
        let url = |stub: &DaemonStub| format!("http://{}", stub.tcp_addr());
        // What the first one is told of must not keep the second from being asked.
        let env = Env::of([
            ("ECS_CONTAINER_METADATA_URI_V4", url(&ill)),
            ("IMDS_ENDPOINT", url(&imds)),
        ]);
        let recorder = Recorder::builder("checkout")
            .emitter(MemoryEmitter::new())
            .plugins(Plugins::all().root("/nonexistent").budget(LONG))
            .env(env)
            .build()
            .unwrap();
        assert!(recorder.wait_for_plugins(LONG));
        assert_eq!(recorder.origin(), Some("AWS::EC2::Instance"));
    });
}

#[test]
fn c69_init_detects_by_itself() {
    let daemon = DaemonStub::new().unwrap();
    daemon.on_request(|_| Response::json("{\"DockerId\": \"abc\"}"));
    let url = format!("http://{}/v4", daemon.tcp_addr());
    let address = daemon.address();
    let variables = [
        // Whatever machine this is: there is an endpoint, and the machine is not asked what it is.
        ("AWS_XRAY_PLUGINS", "all"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_XRAY_DAEMON_ADDRESS", &*address),
        ("ECS_CONTAINER_METADATA_URI_V4", &*url),
    ];
    alone("plugins::c69_init_detects_by_itself", &variables, || {
        let guard = xray_core::init("checkout");
        assert!(guard.recorder().unwrap().wait_for_plugins(LONG));
        xray_core::segment("api").start().end();
    });
    if std::env::var(crate::CHILD).is_err() {
        let documents = daemon.wait_for_documents(1, LONG);
        assert!(
            documents[0].contains("\"container_id\":\"abc\""),
            "{documents:?}"
        );
    }
}

/// Takes connections, but no more, and never answers.
fn silent() -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap(), listener)
}

/// Takes no connection and refuses none: what is sent there is lost.
fn hole() -> (SocketAddr, impl Sized) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    // Its queue is full once somebody is not let in.
    let mut queue = Vec::new();
    while let Ok(one) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        queue.push(one);
        assert!(queue.len() < 100);
    }
    (address, (socket, queue))
}

/// How often the calling thread has waited for something up to now.
fn waits() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

/// How often is waited while a recorder is built, at the least: the kernel may wait for a lock of its
/// own now and then.
fn waits_of(env: &xray_core::Env, plugins: &Plugins) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..10 {
        let memory = MemoryEmitter::new();
        let builder = Recorder::builder("service")
            .emitter(memory.clone())
            .env(env.clone());
        let builder = builder.plugins(plugins.clone().root("/nowhere"));
        let before = waits();
        let recorder = builder.build().unwrap();
        let segment = recorder.segment("api").sampled(true).start();
        segment.end();
        least = least.min(waits() - before);
        assert!(
            !memory.take()[0].contains("origin"),
            "nobody has answered yet"
        );
    }
    least
}

#[test]
fn c69_start_up_waits_for_nobody_though_nobody_answers() {
    alone(
        "plugins::c69_start_up_waits_for_nobody_though_nobody_answers",
        &[],
        || {
            let ((silent, _listener), (hole, _queue)) = (silent(), hole());
            let env = xray_core::Env::of([
                ("ECS_CONTAINER_METADATA_URI_V4", format!("http://{silent}")),
                ("ECS_CONTAINER_METADATA_URI", format!("http://{hole}")),
                (
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                    format!("http://{hole}"),
                ),
                ("KUBERNETES_SERVICE_HOST", silent.ip().to_string()),
                ("KUBERNETES_SERVICE_PORT", silent.port().to_string()),
            ]);
            assert_eq!(waits_of(&env, &Plugins::all()), 0);
            // One that asks on this thread would be found out.
            let before = waits();
            let timeout = Duration::from_millis(10);
            assert!(TcpStream::connect_timeout(&hole, timeout).is_err());
            assert!(waits() > before);
        },
    );
}

#[test]
fn c69_the_thread_ends_when_all_have_answered() {
    alone(
        "plugins::c69_the_thread_ends_when_all_have_answered",
        &[],
        || {
            let (over, wait) = std::sync::mpsc::channel::<()>();
            let server = DaemonStub::new().unwrap();
            server.on_request(move |_| {
                let _ = wait.recv();
                Response::json("{}")
            });
            let url = format!("http://{}", server.tcp_addr());
            let plugins = Plugins::all().root("/nowhere").budget(LONG);
            let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
            let builder = builder.env(xray_core::Env::of([("ECS_CONTAINER_METADATA_URI", url)]));
            let recorder = builder.plugins(plugins).build().unwrap();
            crate::threads::becomes(&["xray-plugins"]);
            drop(over);
            crate::threads::becomes(&[]);
            assert_eq!(recorder.origin(), Some("AWS::ECS::Container"));
            // Where nothing may be asked there is none.
            let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
            let env = xray_core::Env::of([("LAMBDA_TASK_ROOT", "/var/task")]);
            let builder = builder.plugins(Plugins::all()).env(env);
            let lambda = builder.build().unwrap();
            assert!(crate::threads::ours().is_empty());
            drop(lambda);
        },
    );
}
