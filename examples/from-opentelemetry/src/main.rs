//! One request through three shops, one behind the other: the first has `tracing` and OpenTelemetry, the
//! second X-Ray and the third both. A stand-in for the X-Ray daemon gets the documents of all, and they
//! are one trace: `cargo run --manifest-path examples/from-opentelemetry/Cargo.toml`.
//!
//! See docs/guide/from-opentelemetry.md, which shows these files.

mod after;
mod before;
mod beside;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;
use opentelemetry_aws::xray_exporter::daemon_client::XrayDaemonClient;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use xray::Recorder;
use xray::sampling::Always;
use xray::test_util::{DaemonStub, timeline};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Three entities of the first shop, three of the second, and of the third two by OpenTelemetry and
/// three by X-Ray.
const ENTITIES: usize = 11;

#[tokio::main]
async fn main() -> Result<(), Error> {
    println!("{}", timeline(&documents().await?));
    Ok(())
}

/// Sends the request, and returns what the daemon was sent.
async fn documents() -> Result<Vec<String>, Error> {
    let daemon = DaemonStub::new()?;
    // A service says `init(XrayDaemonClient::default())` and `let _xray = xray::init("shop");`, and both
    // read `AWS_XRAY_DAEMON_ADDRESS`. The three of here are two services to X-Ray.
    let provider = before::init(XrayDaemonClient::new(daemon.udp_addr())?);
    let xray = Recorder::builder("x-ray-shop")
        .daemon_address(daemon.address().parse().map_err(|e| format!("{e}"))?)
        .sampler(Always)
        .install()?;

    let client = reqwest::Client::new();
    let stock = serve(Router::new().route("/orders/{id}", get(async || "12"))).await?;
    let shop = before::Shop {
        client: client.clone(),
        stock,
    };
    let third = serve(beside::router(shop)).await?;
    let shop = after::Shop {
        client: client.clone(),
        stock: third,
    };
    let second = serve(after::router(shop)).await?;
    let shop = before::Shop {
        client: client.clone(),
        stock: second,
    };
    let first = serve(before::router(shop)).await?;
    let answer = client.get(format!("{first}/orders/7")).send().await?;
    if answer.text().await? != "order 7 costs order 7 costs 12" {
        return Err("the shops answered something else".into());
    }

    provider.force_flush()?;
    let documents = daemon.wait_for_entities(ENTITIES, Duration::from_secs(10));
    xray.shutdown(Duration::from_secs(1));
    Ok(documents)
}

/// Serves it on a free port, and returns the URL.
async fn serve(router: Router) -> Result<String, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address: SocketAddr = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}
