//! A checkout on DynamoDB, SQS and S3 that asks a price service:
//! `AWS_ENDPOINT_URL=http://127.0.0.1:5000 cargo run -p checkout -- --once`, with moto at that address.
//!
//! With `--once` it makes some requests to itself and shows their traces; without, it serves until it
//! is told to stop. Documents go to the daemon at `AWS_XRAY_DAEMON_ADDRESS`, else to a stand-in for it;
//! with `--without-daemon` to X-Ray's API.

mod aws;
mod prices;
mod settings;
mod shop;

use serde_json::json;
use settings::settings;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use xray::aws_sdk::{ApiEmitter, ApiRuleSource};
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
        Ok(if once {
            builder.sampler(Always)
        } else if without_daemon {
            let rules = ApiRuleSource::new(&config)?;
            builder.sampler(CentralSampler::builder(rules).start()?)
        } else {
            builder
        })
    };
    let prices = recorder("prices")?.build()?;
    let xray = recorder("checkout")?.install()?;

    let shop = shop::Shop {
        aws: aws::Aws::connect(&config).await?,
        http: reqwest::Client::new(),
        prices: match settings()?.prices.clone() {
            Some(elsewhere) => elsewhere,
            None => {
                let here = serve(prices::router(&prices), ([127, 0, 0, 1], 0).into()).await?;
                format!("http://{here}").parse()?
            }
        },
    };
    let address = serve(shop::router(shop), settings()?.address).await?;
    say(&format!("listening on {address}"));
    if once {
        ask(&format!("http://{address}")).await?;
    } else {
        let mut told_to_stop = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = told_to_stop.recv() => {}
            result = tokio::signal::ctrl_c() => result?,
        }
    }
    stop(xray, &prices, stub.as_ref());
    Ok(())
}

async fn serve(router: axum::Router, address: SocketAddr) -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
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
        say(&format!(
            "{service}: all sent: {sent}; of {begun} entities {lost} lost, {open} open"
        ));
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
