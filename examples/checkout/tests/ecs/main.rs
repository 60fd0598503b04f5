//! The checkout as it runs on ECS: its documents say where they come from, its log lines have their
//! trace, and its metrics count every request although few are sampled.

mod program;
mod stand_in;

use program::{Program, Said};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

/// Nothing takes that long; a test that waits for it has failed.
const LONG: Duration = Duration::from_secs(60);

/// Carts that are looked up, and carts that are paid.
const GETS: u64 = 160;
const POSTS: u64 = 40;

/// The daemon's place: a socket that is read when there is something to be seen.
struct Daemon(UdpSocket);

impl Daemon {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        Self(socket)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    fn next(&self) -> Option<Value> {
        let mut buffer = vec![0; 65536];
        let n = self.0.recv(&mut buffer).ok()?;
        let text = std::str::from_utf8(&buffer[..n]).unwrap();
        let (_, document) = text.split_once('\n').unwrap();
        Some(serde_json::from_str(document).unwrap())
    }

    /// What was sent by a process that has ended: it is all there.
    fn rest(&self) -> Vec<Value> {
        self.0.set_nonblocking(true).unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }
}

async fn pay(checkout: &str, cart: &str, header: Option<String>) {
    let order = json!({ "cart": cart, "article": 7 });
    let request = reqwest::Client::new().post(format!("{checkout}/checkout"));
    let request = header.into_iter().fold(request.json(&order), |r, header| {
        r.header("x-amzn-trace-id", header)
    });
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
}

/// Whether both services know where they run: what ends before is sent without.
async fn knows_its_place(checkout: &str, daemon: &Daemon, attempt: u64) -> bool {
    let root = format!("1-581cf771-{attempt:024x}");
    pay(checkout, "W-1", Some(format!("Root={root};Sampled=1"))).await;
    let mut origins = BTreeMap::new();
    while origins.len() < 2 {
        let document = daemon.next().expect("documents of a sampled request");
        assert_eq!(document["trace_id"], root);
        let service = document["name"].as_str().unwrap().to_owned();
        origins.insert(service, document["origin"].is_string());
    }
    origins.into_values().all(|known| known)
}

/// The ids of a document's entities.
fn entities(document: &Value) -> Vec<&str> {
    let below = document["subsegments"].as_array().into_iter().flatten();
    let below = below.flat_map(entities);
    below.chain(document["id"].as_str()).collect()
}

/// How many requests the metrics have counted, for each service and operation.
fn requests(metrics: &[Value]) -> BTreeMap<(&str, &str), u64> {
    let mut all = BTreeMap::new();
    for line in metrics {
        if let (Some(service), Some(operation), Some(count)) = (
            line["Service"].as_str(),
            line["Operation"].as_str(),
            line["Requests"].as_u64(),
        ) {
            *all.entry((service, operation)).or_default() += count;
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_ecs_documents_log_lines_and_metrics_are_of_the_same_requests() {
    let platform = stand_in::start().await;
    let daemon = Daemon::start();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ecs/rules.json");
    let mut program = Program::start(&[
        ("AWS_ENDPOINT_URL", format!("http://{platform}")),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("CHECKOUT_ADDRESS", "127.0.0.1:0".to_owned()),
        ("CHECKOUT_QUEUE_URL", format!("http://{platform}/queue")),
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ("AWS_XRAY_METRICS", "stdout".to_owned()),
        ("AWS_XRAY_SAMPLER", format!("local:{}", rules.display())),
        (
            "ECS_CONTAINER_METADATA_URI_V4",
            format!("http://{platform}{}", stand_in::CONTAINER_PATH),
        ),
    ]);
    let checkout = program.address().await;

    let (begun, mut warmed) = (Instant::now(), 0);
    loop {
        warmed += 1;
        if knows_its_place(&checkout, &daemon, warmed).await {
            break;
        }
        assert!(begun.elapsed() < LONG, "no origin after {warmed} requests");
    }
    let client = reqwest::Client::new();
    for i in 0..GETS + POSTS {
        if i % 5 == 0 {
            pay(&checkout, &format!("B-{i}"), None).await;
        } else {
            let url = format!("{checkout}/cart/A-{i}");
            assert_eq!(client.get(url).send().await.unwrap().status(), 200);
        }
    }
    let Said { log, metrics } = program.stop().await;
    let documents = daemon.rest();

    // Documents: of few requests, and each says where it ran and where its log is.
    let of = |service: &str| documents.iter().filter(|d| d["name"] == service).count() as u64;
    // The rules record the first of each second in any case, and the others hardly all of them.
    assert!(
        (1..GETS + POSTS).contains(&of("checkout")),
        "{}",
        of("checkout")
    );
    for document in &documents {
        assert_eq!(document["origin"], "AWS::ECS::Container");
        let ecs = &document["aws"]["ecs"];
        assert_eq!(ecs["container_id"], stand_in::CONTAINER_ID);
        assert_eq!(ecs["container_arn"], stand_in::CONTAINER_ARN);
        let group = "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/checkout";
        assert_eq!(
            document["aws"]["cloudwatch_logs"],
            json!([{ "log_group": "/ecs/checkout", "arn": group }])
        );
    }

    // Log lines: each request has its own trace, sampled or not, and a document's is in the log with
    // an entity that the document has.
    let ids: HashSet<&str> = log
        .iter()
        .filter_map(|line| line["AWS-XRAY-TRACE-ID"].as_str())
        .collect();
    let traces: HashSet<_> = ids.iter().map(|id| id.split('@').next().unwrap()).collect();
    assert_eq!(traces.len() as u64, GETS + POSTS + warmed);
    for document in &documents {
        let trace = document["trace_id"].as_str().unwrap();
        let mut entities = entities(document).into_iter();
        assert!(
            entities.any(|entity| ids.contains(&*format!("{trace}@{entity}"))),
            "no line for {document}"
        );
    }

    // Metrics: every request.
    assert_eq!(
        requests(&metrics),
        BTreeMap::from([
            (("checkout", "GET /cart/{id}"), GETS),
            (("checkout", "POST /checkout"), POSTS + warmed),
            (("prices", "GET /prices/{article}"), POSTS + warmed),
        ])
    );

    // Nothing of it is lost, and it says so.
    let mut ends: Vec<_> = log.iter().filter(|l| l["message"] == "stopped").collect();
    ends.sort_by_key(|end| end["service"].to_string());
    let services: Vec<_> = ends.iter().map(|end| &end["service"]).collect();
    assert_eq!(services, ["checkout", "prices"]);
    for end in ends {
        assert_eq!(
            (&end["lost"], &end["open"]),
            (&json!(0), &json!(0)),
            "{end}"
        );
        let emitted = metrics.iter().filter(|m| m["Service"] == end["service"]);
        let emitted: u64 = emitted.filter_map(|m| m["DocumentsEmitted"].as_u64()).sum();
        assert_eq!(emitted, of(end["service"].as_str().unwrap()) + warmed);
    }
}
