//! axum with and without [`SegmentLayer`]: requests over connections that stay open, of a client on
//! the same thread. What it takes is therefore shared by both.

use crate::ours;
use crate::works::Running;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tower_layer::Identity;
use xray::Recorder;
use xray::sampling::{Sampler, SamplingDecision, SamplingRequest};
use xray::tower::SegmentLayer;

type Client = SendRequest<Empty<Bytes>>;

/// Requests that are under way at the same time.
const TOGETHER: usize = 16;

/// So many of a hundred, by chance and without a request of each second.
struct Share(f64);

impl Sampler for Share {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        SamplingDecision::new(request.random() < self.0)
    }
}

/// What every contender puts its layer around.
pub fn router() -> Router {
    async fn order(Path(id): Path<u32>) -> String {
        format!("order {id}")
    }
    Router::new().route("/orders/{id}", get(order))
}

/// Without the layer.
#[must_use]
pub fn floor(_: SocketAddr) -> Running {
    serving(router())
}

/// With a layer that does nothing: what axum takes for any.
#[must_use]
pub fn empty(_: SocketAddr) -> Running {
    serving(router().layer(Identity::new()))
}

/// With the layer, nothing sampled, and no trace in the answers, which the client has to read.
#[must_use]
pub fn unanswered(to: SocketAddr) -> Running {
    let layer = SegmentLayer::new().recorder(&ours::never(to));
    serving(router().layer(layer.answer(false)))
}

/// With the layer, nothing sampled.
#[must_use]
pub fn none(to: SocketAddr) -> Running {
    recorded(&ours::never(to))
}

/// With the layer, a twentieth sampled.
#[must_use]
pub fn some(to: SocketAddr) -> Running {
    let recorder = ours::builder(to).sampler(Share(0.05)).build();
    recorded(&recorder.expect("a recorder"))
}

/// With the layer, everything sampled.
#[must_use]
pub fn all(to: SocketAddr) -> Running {
    recorded(&ours::always(to))
}

/// With the layer, everything sampled and sent by another thread.
#[must_use]
pub fn all_queued(to: SocketAddr) -> Running {
    let recorder = ours::queued(to);
    let serving = recorded(&recorder);
    Running {
        settle: Box::new(move || {
            recorder.flush(std::time::Duration::from_secs(5));
        }),
        ..serving
    }
}

fn recorded(recorder: &Recorder) -> Running {
    serving(router().layer(SegmentLayer::new().recorder(recorder)))
}

/// Serves it, and asks it.
///
/// # Panics
///
/// If it does not answer.
pub fn serving(app: Router) -> Running {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let clients = runtime.block_on(connect(app)).expect("connections");
    let clients = RefCell::new(clients);
    Running::here(move |n| {
        let served = round(&runtime, &mut clients.borrow_mut(), n);
        served.expect("every request is answered");
    })
}

async fn connect(app: Router) -> io::Result<Vec<Client>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut clients = Vec::new();
    for _ in 0..TOGETHER {
        let stream = TcpStream::connect(address).await?;
        let (client, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        clients.push(client);
    }
    Ok(clients)
}

/// The clients share what is to be done.
fn round(runtime: &Runtime, clients: &mut Vec<Client>, n: u64) -> Result<(), hyper::Error> {
    let each = n.div_ceil(TOGETHER as u64);
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for client in clients.drain(..) {
            running.spawn(requests(client, each));
        }
        while let Some(ended) = running.join_next().await {
            clients.push(ended.expect("no request panics")?);
        }
        Ok(())
    })
}

async fn requests(mut client: Client, n: u64) -> Result<Client, hyper::Error> {
    for _ in 0..n {
        let request = hyper::Request::get("/orders/42")
            .header("host", "api.example.com")
            .header("user-agent", "measure/1.0")
            .body(Empty::new())
            .expect("a request");
        client.ready().await?;
        let response = client.send_request(request).await?;
        response.into_body().collect().await?;
    }
    Ok(client)
}
