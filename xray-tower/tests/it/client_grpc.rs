//! Calls of gRPC of all four kinds, by tonic's client over its channel.

use crate::raw::Raw;
use crate::support::{LONG, Shop};
use ::tonic::body::Body;
use ::tonic::client::Grpc as Client;
use ::tonic::server::{
    ClientStreamingService, Grpc, NamedService, ServerStreamingService, StreamingService,
    UnaryService,
};
use ::tonic::transport::server::{Server, TcpIncoming};
use ::tonic::transport::{Channel, Endpoint};
use ::tonic::{Code, Request, Response, Status, Streaming};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use http::uri::PathAndQuery;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::{Layer, Service, ServiceExt};
use xray_core::TraceFuture;
use xray_tower::{EndAt, SubsegmentLayer, SubsegmentService};

type Answer<T> = futures_util::future::BoxFuture<'static, Result<Response<T>, Status>>;
type Messages = BoxStream<'static, Result<Bytes, Status>>;

/// Answers what it is asked, in as many messages; `!7` makes it fail with that status, after what
/// came before it.
#[derive(Clone)]
struct Echo;

fn said(message: Bytes) -> Result<Bytes, Status> {
    let failing = message.strip_prefix(b"!");
    let code = failing.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    match code {
        Some(code) => Err(Status::new(Code::from_i32(code), "as you wish")),
        None => Ok(message),
    }
}

impl UnaryService<Bytes> for Echo {
    type Response = Bytes;
    type Future = Answer<Bytes>;

    fn call(&mut self, request: Request<Bytes>) -> Answer<Bytes> {
        async { said(request.into_inner()).map(Response::new) }.boxed()
    }
}

impl ClientStreamingService<Bytes> for Echo {
    type Response = Bytes;
    type Future = Answer<Bytes>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Answer<Bytes> {
        async {
            let mut messages = request.into_inner();
            let mut last = Bytes::new();
            while let Some(message) = messages.next().await {
                last = said(message?)?;
            }
            Ok(Response::new(last))
        }
        .boxed()
    }
}

impl ServerStreamingService<Bytes> for Echo {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = Answer<Messages>;

    fn call(&mut self, request: Request<Bytes>) -> Answer<Messages> {
        let words = request.into_inner();
        let words: Vec<_> = words
            .split(|b| *b == b' ')
            .map(Bytes::copy_from_slice)
            .collect();
        async { Ok(Response::new(stream::iter(words).map(said).boxed())) }.boxed()
    }
}

impl StreamingService<Bytes> for Echo {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = Answer<Messages>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Answer<Messages> {
        let messages = request.into_inner().map(|message| said(message?));
        async { Ok(Response::new(messages.boxed())) }.boxed()
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "shop.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = futures_util::future::BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            assert!(request.headers().contains_key("x-amzn-trace-id"));
            let mut grpc = Grpc::new(Raw);
            Ok(match request.uri().path() {
                "/shop.Echo/Unary" => grpc.unary(Echo, request).await,
                "/shop.Echo/Upload" => grpc.client_streaming(Echo, request).await,
                "/shop.Echo/Download" => grpc.server_streaming(Echo, request).await,
                _ => grpc.streaming(Echo, request).await,
            })
        })
    }
}

struct Served {
    address: SocketAddr,
    serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn served() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_service(Echo);
    let serving = tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    Served { address, serving }
}

type Layered = SubsegmentService<Channel>;

/// What a client generated for the service would be made of.
async fn channel(served: &Served, layer: &SubsegmentLayer) -> Client<Layered> {
    let endpoint = Endpoint::from_shared(format!("http://{}", served.address)).unwrap();
    let mut channel = layer.layer(endpoint.connect().await.unwrap());
    channel.ready().await.unwrap();
    Client::new(channel)
}

/// Makes a call of one of the four kinds and reads all it answers.
async fn call(
    client: &mut Client<Layered>,
    kind: &'static str,
    text: &str,
) -> Result<String, Status> {
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(kind);
    let one = || Request::new(Bytes::copy_from_slice(text.as_bytes()));
    let words: Vec<_> = text
        .split(' ')
        .map(|w| Bytes::copy_from_slice(w.as_bytes()))
        .collect();
    let many = Request::new(stream::iter(words));
    let mut messages = match kind {
        "/shop.Echo/Unary" => return whole(client.unary(one(), path, Raw).await),
        "/shop.Echo/Upload" => return whole(client.client_streaming(many, path, Raw).await),
        "/shop.Echo/Download" => client
            .server_streaming(one(), path, Raw)
            .await?
            .into_inner(),
        _ => client.streaming(many, path, Raw).await?.into_inner(),
    };
    let mut read = String::new();
    while let Some(message) = messages.message().await? {
        read.push_str(std::str::from_utf8(&message).unwrap());
    }
    Ok(read)
}

fn whole(response: Result<Response<Bytes>, Status>) -> Result<String, Status> {
    let message = response?.into_inner();
    Ok(String::from_utf8(message.to_vec()).unwrap())
}

const KINDS: [&str; 4] = [
    "/shop.Echo/Unary",
    "/shop.Echo/Upload",
    "/shop.Echo/Download",
    "/shop.Echo/Chat",
];

#[tokio::test]
async fn c41_all_four_kinds_end_with_their_status() {
    let served = served().await;
    for kind in KINDS {
        let shop = Shop::new();
        let mut client = channel(&served, &SubsegmentLayer::new()).await;
        let calls = async {
            assert_eq!(call(&mut client, kind, "a").await.unwrap(), "a");
            for (text, code) in [("!5", Code::NotFound), ("!8", Code::ResourceExhausted)] {
                let status = call(&mut client, kind, text).await.unwrap_err();
                assert_eq!((status.code(), status.message()), (code, "as you wish"));
            }
            let status = call(&mut client, kind, "!14").await.unwrap_err();
            assert_eq!(status.code(), Code::Unavailable);
        };
        let calls = calls.within(shop.recorder.segment("shop").start());
        tokio::time::timeout(LONG, calls).await.unwrap();
        let line = |flags: &str, status: u32| {
            format!(
                "  shop.Echo {flags}namespace=remote http=POST {kind} 200 annotations={{grpc_status: {status}}}\n"
            )
        };
        let expected = [
            ("", 0),
            ("error ", 5),
            ("error throttle ", 8),
            ("fault ", 14),
        ];
        let expected = expected.map(|(flags, status)| line(flags, status)).concat();
        assert_eq!(shop.tree(5).await, format!("shop\n{expected}"));
    }
}

#[tokio::test]
async fn c41_every_status_of_the_table() {
    let (shop, served) = (Shop::new(), served().await);
    let mut client = channel(&served, &SubsegmentLayer::new()).await;
    let calls = async {
        for code in 1..=16 {
            let text = format!("a !{code}");
            let status = call(&mut client, "/shop.Echo/Download", &text).await;
            assert_eq!(i32::from(status.unwrap_err().code()), code);
        }
    };
    let calls = calls.within(shop.recorder.segment("shop").start());
    tokio::time::timeout(LONG, calls).await.unwrap();
    let document = shop.segment_of(17).await;
    let calls = document["subsegments"].as_array().unwrap();
    assert_eq!(calls.len(), 16);
    for call in calls {
        let code = call["annotations"]["grpc_status"].as_u64().unwrap();
        let is = |flag: &str| call.get(flag).is_some();
        let flags = (is("error"), is("throttle"), is("fault"));
        let expected = match code {
            8 => (true, true, false),
            1 | 3 | 5 | 6 | 7 | 9 | 10 | 11 | 16 => (true, false, false),
            _ => (false, false, true),
        };
        assert_eq!(flags, expected, "{code}");
    }
}

#[tokio::test]
async fn a_stream_that_is_given_up_is_aborted() {
    let (shop, served) = (Shop::new(), served().await);
    let mut client = channel(&served, &SubsegmentLayer::new()).await;
    let calls = async {
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/shop.Echo/Download");
        let request = Request::new(Bytes::from_static(b"a b c"));
        let answer = client.server_streaming(request, path, Raw).await;
        let mut messages = answer.unwrap().into_inner();
        assert_eq!(messages.message().await.unwrap().unwrap(), "a");
    };
    let calls = calls.within(shop.recorder.segment("shop").start());
    tokio::time::timeout(LONG, calls).await.unwrap();
    let tree = shop.tree(2).await;
    assert!(
        tree.ends_with("200 annotations={aborted: \"response\"}\n"),
        "{tree}"
    );
}

#[tokio::test]
async fn at_the_head_there_is_no_status_yet() {
    let (shop, served) = (Shop::new(), served().await);
    let layer = SubsegmentLayer::new().end_at(EndAt::Head);
    let mut client = channel(&served, &layer).await;
    let calls = async { call(&mut client, "/shop.Echo/Unary", "a").await };
    let calls = calls.within(shop.recorder.segment("shop").start());
    assert_eq!(calls.await.unwrap(), "a");
    assert_eq!(
        shop.tree(2).await,
        "shop\n  shop.Echo namespace=remote http=POST /shop.Echo/Unary 200\n"
    );
}

#[tokio::test]
async fn with_an_origin_the_host_is_known() {
    let (shop, served) = (Shop::new(), served().await);
    let endpoint = Endpoint::from_shared(format!("http://{}", served.address)).unwrap();
    let channel = SubsegmentLayer::new().layer(endpoint.connect().await.unwrap());
    let origin = format!("http://localhost:{}", served.address.port());
    let mut client = Client::with_origin(channel, origin.parse().unwrap());
    let calls = async { call(&mut client, "/shop.Echo/Chat", "a b").await };
    let calls = calls.within(shop.recorder.segment("shop").start());
    assert_eq!(calls.await.unwrap(), "ab");
    let expected = format!(
        "shop\n  localhost namespace=remote http=POST {origin}/shop.Echo/Chat 200 annotations={{grpc_status: 0}}\n"
    );
    assert_eq!(shop.tree(2).await, expected);
}
