//! Calls of reqwest over loopback, beside the same calls with a trace header that is always the same.

use crate::works::Running;
use crate::{HEADER, NAME, ours, server};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Request, Response, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use tokio::runtime::Builder;
use xray::reqwest::{SendTraced, SubsegmentMiddleware};
use xray::{Recorder, TraceFuture, TraceHeader};

/// What a floor sends with each call.
const CONSTANT: (HeaderName, HeaderValue) = (
    HeaderName::from_static(TraceHeader::NAME),
    HeaderValue::from_static(HEADER),
);

/// `send`, with the header as one writes it by hand, in a segment that is not recorded.
#[must_use]
pub fn send_floor(to: SocketAddr) -> Running {
    running(
        Some(ours::never(to)),
        client(),
        async |client: &Client, url| {
            let name = TraceHeader::NAME;
            client.get(url).header(name, HEADER).send().await
        },
    )
}

/// `send_traced` where nothing is open.
#[must_use]
pub fn send_no_context(_: SocketAddr) -> Running {
    send_traced(None)
}

/// `send_traced` in a segment that is not recorded.
#[must_use]
pub fn send_unsampled(to: SocketAddr) -> Running {
    send_traced(Some(ours::never(to)))
}

/// `send_traced` in a segment that is recorded and sent, which is part of it.
#[must_use]
pub fn send_sampled(to: SocketAddr) -> Running {
    send_traced(Some(ours::always(to)))
}

fn send_traced(recorder: Option<Recorder>) -> Running {
    running(recorder, client(), async |client: &Client, url| {
        client.get(url).send_traced().await
    })
}

/// A middleware that adds the header and does nothing else, in a segment that is not recorded.
#[must_use]
pub fn middleware_floor(to: SocketAddr) -> Running {
    with_middleware(Some(ours::never(to)), Constant)
}

/// The middleware where nothing is open.
#[must_use]
pub fn middleware_no_context(_: SocketAddr) -> Running {
    with_middleware(None, SubsegmentMiddleware::new())
}

/// The middleware in a segment that is not recorded.
#[must_use]
pub fn middleware_unsampled(to: SocketAddr) -> Running {
    with_middleware(Some(ours::never(to)), SubsegmentMiddleware::new())
}

/// The middleware in a segment that is recorded and sent, which is part of it.
#[must_use]
pub fn middleware_sampled(to: SocketAddr) -> Running {
    with_middleware(Some(ours::always(to)), SubsegmentMiddleware::new())
}

fn with_middleware(recorder: Option<Recorder>, middleware: impl Middleware) -> Running {
    let client = ClientBuilder::new(client()).with(middleware).build();
    let call = async |client: &ClientWithMiddleware, url| client.get(url).send().await;
    running(recorder, client, call)
}

struct Constant;

impl Middleware for Constant {
    // What `async_trait` makes of an `async fn`.
    fn handle<'a, 'b, 'c, 'd>(
        &'a self,
        mut request: Request,
        extensions: &'b mut http::Extensions,
        next: Next<'c>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'd>>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
    {
        Box::pin(async move {
            let (name, value) = CONSTANT;
            request.headers_mut().insert(name, value);
            next.run(request, extensions).await
        })
    }
}

fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// Calls one after the other, all of them in one segment if there is a recorder. On this thread, but
/// for the server.
fn running<C: 'static, E: std::fmt::Debug>(
    recorder: Option<Recorder>,
    client: C,
    call: impl AsyncFn(&C, Url) -> std::result::Result<Response, E> + 'static,
) -> Running {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let url = format!("http://{}/orders/42", server::address());
    let url = Url::parse(&url).expect("an address is a host");
    Running::here(move |n| {
        let calls = async {
            for _ in 0..n {
                let response = call(&client, url.clone()).await.expect("an answer");
                // So that the connection can be used again.
                response.bytes().await.expect("a body");
            }
        };
        match &recorder {
            Some(recorder) => runtime.block_on(calls.within(recorder.segment(NAME).start())),
            None => runtime.block_on(calls),
        }
    })
}
