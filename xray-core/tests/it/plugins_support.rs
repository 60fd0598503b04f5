//! A place made up for a test: files below a folder of its own, and servers in the part of the
//! platform's endpoints.

use crate::support::value;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use xray_core::plugin::Plugins;
use xray_core::sampling::Always;
use xray_core::test_util::{DaemonStub, MemoryEmitter, Request, Response};
use xray_core::{Env, Recorder, RecorderBuilder};

/// More than any test takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);
/// What those wait for that get no answer.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

pub(crate) const ID: &str = "cd2f8b2d5b1e4b2a9f0e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00112";

/// What Beanstalk says of an environment.
pub(crate) const BEANSTALK: &str = "var/elasticbeanstalk/xray/environment.conf";

/// What a service finds around it.
pub(crate) struct Place {
    root: PathBuf,
    variables: Vec<(String, String)>,
    pub(crate) plugins: Plugins,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "xray-place-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Relaxed)
        );
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(&root).unwrap();
        Self {
            plugins: Plugins::all().root(&root).budget(LONG),
            root,
            variables: Vec::new(),
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(path), content).unwrap();
        self
    }

    pub(crate) fn var(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn plugins(mut self, change: impl FnOnce(Plugins) -> Plugins) -> Self {
        self.plugins = change(self.plugins.clone());
        self
    }

    pub(crate) fn builder(&self) -> (RecorderBuilder, MemoryEmitter) {
        let memory = MemoryEmitter::new();
        let builder = Recorder::builder("service")
            .emitter(memory.clone())
            .sampler(Always)
            .plugins(self.plugins.clone())
            .env(Env::of(self.variables.clone()));
        (builder, memory)
    }

    pub(crate) fn recorder(&self) -> (Recorder, MemoryEmitter) {
        let (builder, memory) = self.builder();
        (builder.build().unwrap(), memory)
    }

    /// A segment's document once everything has been found that is found, without `aws.xray`.
    pub(crate) fn found(&self) -> Value {
        let (recorder, memory) = self.recorder();
        assert!(recorder.wait_for_plugins(LONG));
        segment(&recorder, &memory)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.root));
    }
}

/// What a segment says of the place that ends now: `origin` and `aws`, but for `aws.xray`.
pub(crate) fn segment(recorder: &Recorder, memory: &MemoryEmitter) -> Value {
    recorder.segment("api").start().end();
    let mut document = value(&memory.take()[0]);
    let mut aws = document["aws"].take();
    assert!(aws["xray"].is_object());
    aws.as_object_mut().unwrap().remove("xray");
    json!({"origin": document["origin"], "aws": aws})
}

/// Nothing is known of the place.
pub(crate) fn nothing() -> Value {
    json!({"origin": null, "aws": {}})
}

/// A server that answers each request the same way.
pub(crate) fn server(
    answer: impl FnMut(&Request) -> Response + Send + 'static,
) -> (DaemonStub, String) {
    let stub = DaemonStub::new().unwrap();
    stub.on_request(answer);
    let url = format!("http://{}", stub.tcp_addr());
    (stub, url)
}

/// A container on Fargate.
pub(crate) fn container() -> Value {
    json!({
        "DockerId": "0123456789abcdef0123456789abcdef-1234567890",
        "Name": "checkout",
        "Labels": {
            "com.amazonaws.ecs.cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
            "com.amazonaws.ecs.task-arn": "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123",
            "com.amazonaws.ecs.task-definition-family": "checkout",
        },
        "LogDriver": "awslogs",
        "LogOptions": {
            "awslogs-group": "/ecs/checkout",
            "awslogs-region": "eu-west-1",
            "awslogs-stream": "checkout/checkout/0123",
        },
        "ContainerARN": "arn:aws:ecs:eu-west-1:111122223333:container/shop/0123/4567",
        "Networks": [{"NetworkMode": "awsvpc"}],
    })
}

/// An instance.
pub(crate) fn instance() -> Value {
    json!({
        "accountId": "111122223333",
        "availabilityZone": "eu-west-1a",
        "imageId": "ami-0abc",
        "instanceId": "i-0123456789abcdef0",
        "instanceType": "m7g.large",
        "region": "eu-west-1",
        "billingProducts": null,
    })
}

/// IMDS, version 2, which describes this instance.
pub(crate) fn imds(document: impl ToString) -> impl FnMut(&Request) -> Response + Send + 'static {
    let document = document.to_string();
    move |request| match (&*request.method, &*request.path) {
        ("PUT", "/latest/api/token")
            if request.header("x-aws-ec2-metadata-token-ttl-seconds") == Some("60") =>
        {
            Response::json("AQAAA==")
        }
        ("GET", "/latest/dynamic/instance-identity/document")
            if request.header("x-aws-ec2-metadata-token") == Some("AQAAA==") =>
        {
            Response::json(document.clone())
        }
        _ => Response::status(401),
    }
}

/// Answers of a server that is ill, none of which says anything; some never end.
pub(crate) fn ill() -> Vec<(&'static str, Response)> {
    let large = json!({"DockerId": "x".repeat(70_000), "instanceId": "i"}).to_string();
    let deep = "[".repeat(50_000);
    vec![
        ("never answers", Response::hang()),
        ("closes", Response::close()),
        (
            "closes halfway",
            Response::truncated(container().to_string()),
        ),
        ("is not HTTP", Response::raw("SSH-2.0-OpenSSH_9.6\r\n")),
        ("is nothing", Response::raw("")),
        (
            "promises too much",
            Response::raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}"),
        ),
        (
            "promises nonsense",
            Response::raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        ),
        ("fails", Response::status(500)),
        ("knows nothing", Response::status(404)),
        (
            "sends elsewhere",
            Response::raw(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
            ),
        ),
        ("is too large", Response::json(large.clone())),
        ("is too large in chunks", Response::json(large).chunked()),
        (
            "has too long a head",
            Response::raw(format!(
                "HTTP/1.1 200 OK\r\nX: {}\r\n\r\n{{}}",
                "x".repeat(20_000)
            )),
        ),
        ("is no JSON", Response::json("<html>")),
        ("is half JSON", Response::json("{\"DockerId\": \"")),
        ("is empty", Response::json("")),
        ("is a list", Response::json("[]")),
        ("is null", Response::json("null")),
        ("is deep", Response::json(deep)),
        (
            "is no text",
            Response::raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe".to_vec()),
        ),
        (
            "is late",
            Response::json(container().to_string()).delay(LONG),
        ),
    ]
}
