//! Two services in one process, the shop calling the stock, over real sockets: `cargo run -p quickstart`.
//!
//! A stand-in for the X-Ray daemon receives their documents and shows each trace as a tree. With
//! `AWS_XRAY_DAEMON_ADDRESS` set, a real daemon or CloudWatch agent gets them instead.

mod shop;
mod stock;

use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use xray::sampling::Always;
use xray::test_util::{DaemonStub, timeline};
use xray::{DaemonAddress, Env, InvalidDaemonAddress, Recorder, RecorderBuilder};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What is asked of the shop: an order that is there, one that is not, one whose stock is broken.
const REQUESTS: [&str; 4] = ["/orders/7", "/orders/8", "/orders/404", "/orders/13"];

#[tokio::main]
async fn main() -> Result<(), Error> {
    let env = Env::system();
    let (daemon, address) = match env.get(DaemonAddress::VARIABLE) {
        // A text, since `main` shows errors as `Debug` has them.
        Some(given) => (None, given.parse().map_err(said)?),
        None => {
            let stub = DaemonStub::new()?;
            let address = stub.address().parse()?;
            (Some(stub), address)
        }
    };

    // A real service says `let _xray = xray::init("shop");` and is done. Here two services share a
    // process, so each has a recorder of its own, and all requests are sampled.
    let recorder = |service| -> RecorderBuilder {
        let builder = Recorder::builder(service).env(env.clone());
        builder
            .daemon_address(DaemonAddress::clone(&address))
            .sampler(Always)
    };
    let stock_recorder = recorder("stock").build()?;
    let xray = recorder("shop").install()?;

    let stock = serve(stock::router(&stock_recorder)).await?;
    let shop = serve(shop::router(stock)).await?;
    for path in REQUESTS {
        let (status, body) = shop::fetch(&format!("http://{shop}{path}"), None).await?;
        say(&format!("GET {path}: {status} {body}"));
    }

    let flushed = Duration::from_secs(5);
    match daemon {
        Some(stub) => {
            // Two segments for each request.
            let documents = stub.wait_for_documents(2 * REQUESTS.len(), flushed);
            say(&format!("\n{}", timeline(&documents)));
        }
        None => say(&format!("\nsent to the daemon at {address}")),
    }
    let recorders = [xray.recorder(), Some(&stock_recorder)];
    for recorder in recorders.into_iter().flatten() {
        say(&format!("{:5} {:?}", recorder.service(), summary(recorder)));
    }
    let lost = |recorder: &Recorder| recorder.stats().lost() > 0;
    if recorders.into_iter().flatten().any(lost) {
        say("some were lost: is a daemon listening there?");
    }
    xray.shutdown(flushed);
    Ok(())
}

async fn serve(router: axum::Router) -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

fn said(error: InvalidDaemonAddress) -> String {
    error.to_string()
}

/// Begun, emitted and lost.
fn summary(recorder: &Recorder) -> [(&'static str, u64); 3] {
    let stats = recorder.stats();
    [
        ("begun", stats.begun),
        ("emitted", stats.emitted),
        ("lost", stats.lost()),
    ]
}

#[expect(clippy::print_stdout, reason = "this is what the example is for")]
fn say(line: &str) {
    println!("{line}");
}
