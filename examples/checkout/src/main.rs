//! A checkout on DynamoDB, SQS and S3 that asks a price service:
//! `AWS_ENDPOINT_URL=http://127.0.0.1:5000 cargo run -p checkout -- --once`, with moto at that address.
//!
//! With `--once` it makes some requests to itself and shows their traces; without, it serves until it
//! is told to stop (SIGTERM, ^C), and then answers what it has begun and sends what it has recorded. It
//! listens where settings.rs says, and logs lines of JSON. Documents go to the daemon at `AWS_XRAY_DAEMON_ADDRESS`, else to a stand-in for it;
//! with `--without-daemon` to X-Ray's API.

mod aws;
mod log;
mod prices;
mod server;
mod settings;
mod shop;

use serde_json::json;
use server::Server;
use settings::settings;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use xray::aws_sdk::{ApiEmitter, ApiRuleSource};
use xray::plugin::Plugins;
use xray::sampling::{Always, CentralSampler};
use xray::test_util::{DaemonStub, timeline};
use xray::{DaemonAddress, Env, Guard, Recorder, RecorderBuilder};

type Error = Box<dyn std::error::Error + Send + Sync>;

const TIME_TO_STOP: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (mut once, mut without_daemon) = (false, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--once" => once = true,
            "--without-daemon" => without_daemon = true,
            _ => return Err(format!("not --once, nor --without-daemon: {argument}").into()),
        }
    }
    log::start();
    // What ECS and Kubernetes say at the end, and may say at any time from now on.
    let mut told_to_stop = signal(SignalKind::terminate())?;
    let config = aws::config().await;

    // A service with a daemon says `let _xray = xray::init("checkout");` and is done. This one shows
    // all there is, and shares its process with another.
    let api = without_daemon
        .then(|| ApiEmitter::new(&config))
        .transpose()?;
    let env = Env::system();
    let given = without_daemon || env.get(DaemonAddress::VARIABLE).is_some();
    let stub = (!given).then(DaemonStub::new).transpose()?;
    let recorder = |service| -> Result<RecorderBuilder, Error> {
        let mut builder = Recorder::builder(service).env(env.clone());
        if let Some(stub) = &stub {
            builder = builder.daemon_address(stub.address().parse()?);
        }
        if let Some(api) = &api {
            builder = builder.emitter(api.clone());
        }
        if once {
            return Ok(builder.sampler(Always));
        }
        let builder = builder.plugins(Plugins::all());
        Ok(if without_daemon {
            let rules = ApiRuleSource::new(&config)?;
            builder.sampler(CentralSampler::builder(rules).start()?)
        } else if stub.is_none() {
            builder.central_sampling()
        } else {
            builder
        })
    };
    let prices = recorder("prices")?.build()?;
    let xray = recorder("checkout")?.install()?;

    let aws = aws::Aws::connect(&config).await?;
    let (behind, prices_url) = match settings()?.prices.clone() {
        Some(elsewhere) => (None, elsewhere),
        None => {
            let here = Server::start(prices::router(&prices), ([127, 0, 0, 1], 0).into()).await?;
            let url = format!("http://{}", here.address).parse()?;
            (Some(here), url)
        }
    };
    let shop = shop::Shop {
        aws,
        http: reqwest::Client::new(),
        prices: prices_url,
    };
    let front = Server::start(shop::router(shop), settings()?.address).await?;
    info!(address = %front.address, "listening");
    if once {
        ask(&format!("http://{}", front.address)).await?;
    } else {
        tokio::select! {
            _ = told_to_stop.recv() => {}
            result = tokio::signal::ctrl_c() => result?,
        }
    }
    // Those in front first: they still ask those behind.
    for server in [Some(front), behind].into_iter().flatten() {
        let done = server.stop(TIME_TO_STOP).await;
        info!(done, "answered all requests");
    }
    stop(xray, &prices, stub.as_ref());
    Ok(())
}

/// A cart that is paid, the same again, carts that are there and not, a table that nobody has made,
/// an article without a price.
async fn ask(checkout: &str) -> Result<(), Error> {
    let client = reqwest::Client::new();
    let pay = |cart, article| {
        let order = json!({ "cart": cart, "article": article });
        client.post(format!("{checkout}/checkout")).json(&order)
    };
    let get = |path| client.get(format!("{checkout}{path}"));
    let requests = [
        pay("A-7", 7),
        pay("A-7", 7),
        get("/cart/A-7?coupon=secret"),
        get("/cart/A-8"),
        get("/archive/A-7"),
        pay("A-9", 404),
    ];
    for request in requests {
        let response = request.send().await?;
        let (status, path) = (response.status(), response.url().path().to_owned());
        say(&format!("{path}: {status} {}", response.text().await?));
    }
    Ok(())
}

fn stop(xray: Guard, prices: &Recorder, stub: Option<&DaemonStub>) {
    let mut emitted = 0;
    for recorder in [xray.recorder(), Some(prices)].into_iter().flatten() {
        let sent = recorder.shutdown(TIME_TO_STOP);
        let (service, stats) = (recorder.service(), recorder.stats());
        let (begun, lost, open) = (stats.begun, stats.lost(), stats.open());
        emitted += stats.emitted;
        info!(service, all_sent = sent, begun, lost, open, "stopped");
    }
    if let Some(stub) = stub {
        let entities = usize::try_from(emitted).unwrap_or(usize::MAX);
        let documents = stub.wait_for_entities(entities, TIME_TO_STOP);
        say(&format!("\n{}", timeline(&documents)));
    }
}

#[expect(clippy::print_stdout, reason = "this is what the example is for")]
fn say(line: &str) {
    println!("{line}");
}
