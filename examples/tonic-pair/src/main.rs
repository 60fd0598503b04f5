//! A shop that asks the stock by gRPC, over a real socket: `cargo run -p tonic-pair`.
//!
//! The stock is a server of tonic's under `SegmentLayer`; the shop's channel is under
//! `SubsegmentLayer`, which tells the stock the trace. Both are written without a code generator, so
//! that no `protoc` is needed; with generated code the two layers go where they go here.
//!
//! A stand-in for the X-Ray daemon receives the documents and shows each trace as a tree.

mod stock;
mod text;

use http::uri::PathAndQuery;
use std::time::Duration;
use stock::Stock;
use text::Text;
use tokio::net::TcpListener;
use tonic::client::Grpc;
use tonic::transport::server::{Server, TcpConnectInfo, TcpIncoming};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tower::ServiceBuilder;
use xray::sampling::Always;
use xray::test_util::{DaemonStub, timeline};
use xray::tower::{SegmentLayer, SubsegmentLayer, SubsegmentService};
use xray::{Recorder, RecorderBuilder};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Client = Grpc<SubsegmentService<Channel>>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let daemon = DaemonStub::new()?;
    let address: xray::DaemonAddress = daemon.address().parse()?;
    // Two services share a process here, so each has a recorder of its own. A real one says
    // `let _xray = xray::init("shop");` and is done.
    let recorder = |service| -> RecorderBuilder {
        let builder = Recorder::builder(service).sampler(Always);
        builder.daemon_address(address.clone())
    };
    let stock = recorder("stock").build()?;
    let xray = recorder("shop").install()?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let layer = SegmentLayer::new().recorder(&stock).peer(|request| {
        let info: &TcpConnectInfo = request.extensions.get()?;
        Some(info.remote_addr()?.ip())
    });
    let server = Server::builder().layer(layer).add_service(Stock);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = tokio::spawn(server.serve_with_incoming(incoming));

    let channel = Endpoint::from_shared(origin.clone())?.connect().await?;
    let layer = SubsegmentLayer::new()
        .traced(true)
        .error::<tonic::transport::Error>();
    let channel = ServiceBuilder::new().layer(layer).service(channel);
    // With the origin the calls are named after the host, without it after the gRPC service.
    let client = Grpc::with_origin(channel, origin.parse()?);
    for article in ["lamp", "unicorn"] {
        let order = xray::segment("shop").start();
        let told = match order.run(order_of(client.clone(), article)).await {
            Ok(told) => told,
            Err(status) => format!("{:?}: {}", status.code(), status.message()),
        };
        say(&format!("{article}: {told}"));
    }

    // Two orders, and what the stock did for them: two calls for the first, one for the other.
    let documents = daemon.wait_for_documents(2 + 3, Duration::from_secs(5));
    say(&format!("\n{}", timeline(&documents)));
    serving.abort();
    xray.shutdown(Duration::from_secs(5));
    Ok(())
}

/// What a job of the shop does: a unary call, and one that streams back.
async fn order_of(mut client: Client, article: &'static str) -> Result<String, Status> {
    xray::annotate("article", article);
    let price = price(&mut client, article).await?;
    let shelves = shelves(&mut client, article).await?;
    Ok(format!("{price}, from {shelves}"))
}

async fn price(client: &mut Client, article: &str) -> Result<String, Status> {
    ready(client).await?;
    let path = PathAndQuery::from_static("/shop.Stock/Price");
    let answer = client.unary(Request::new(article.to_owned()), path, Text);
    Ok(answer.await?.into_inner())
}

async fn shelves(client: &mut Client, article: &str) -> Result<String, Status> {
    ready(client).await?;
    let path = PathAndQuery::from_static("/shop.Stock/Shelves");
    let answer = client.server_streaming(Request::new(article.to_owned()), path, Text);
    let mut messages = answer.await?.into_inner();
    let mut all = Vec::new();
    while let Some(shelf) = messages.message().await? {
        all.push(shelf);
    }
    Ok(all.join(" and "))
}

async fn ready(client: &mut Client) -> Result<(), Status> {
    let ready = client.ready().await;
    ready.map_err(|error| Status::unavailable(error.to_string()))
}

#[expect(clippy::print_stdout, reason = "this is what the example is for")]
fn say(line: &str) {
    println!("{line}");
}
