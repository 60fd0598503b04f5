//! AWS X-Ray for servers and clients made of tower's services: axum, hyper, tonic.
//!
//! [`SubsegmentLayer`] is for clients: it opens a subsegment for each call, and tells the called
//! service the trace. All else on this page is about servers.
//!
//! [`SegmentLayer`] opens one segment for each request: it continues the caller's trace or begins
//! one, has it decided once whether the request is recorded, makes the segment current for all code
//! that answers, and ends it where the response ends.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, body::Body, extract::Path, http::Request, routing::get};
//! use xray_tower::SegmentLayer;
//! # use tower::ServiceExt;
//! # use xray_core::{Recorder, sampling::Always, test_util::{MemoryEmitter, block_on}};
//! # let emitter = MemoryEmitter::new();
//! # let recorder = Recorder::builder("shop").emitter(emitter.clone()).sampler(Always).build()?;
//!
//! async fn order(Path(id): Path<u32>) -> String {
//!     let loading = xray_core::subsegment("load-order");
//!     loading.annotate("order", id);
//!     format!("order {id}")
//! }
//!
//! let layer = SegmentLayer::new().ignore_path("/health");
//! # let layer = layer.recorder(&recorder);
//! let app = Router::new()
//!     .route("/orders/{id}", get(order))
//!     .route("/health", get(async || "fine"))
//!     .layer(layer);
//!
//! # block_on(async {
//! let request = |uri| Request::get(uri).header("host", "shop.example").body(Body::empty());
//! for uri in ["/orders/7?token=abc", "/orders/x", "/health"] {
//!     let response = app.clone().oneshot(request(uri)?).await?;
//!     axum::body::to_bytes(response.into_body(), 1024).await?;
//! }
//! # Ok::<_, axum::BoxError>(()) })?;
//! assert_eq!(
//!     emitter.tree(),
//!     "shop http=GET http://shop.example/orders/7 200 annotations={route: \"/orders/{id}\"}\n  \
//!        load-order annotations={order: 7}\n\
//!      shop error http=GET http://shop.example/orders/x 400 annotations={route: \"/orders/{id}\"}\n"
//! );
//! # }
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! # Where to put it
//!
//! The layer works wherever it stands; what it sees and measures depends on the place.
//!
//! - In axum, `Router::layer` runs it after routing: the matched route becomes the annotation
//!   `route`. It has to be called after the routes are added, and it sees requests that match none
//!   of them, too. Around the whole router there is no route yet.
//! - Of several `.layer(..)` calls on a router the last is the outermost, in a
//!   `tower::ServiceBuilder` the first. What stands outside of this layer is not part of the
//!   segment: a time limit outside ends the segment as aborted, one inside as the response that it
//!   makes. The same holds for layers that catch panics: outside, the segment is a fault that says
//!   what the panic said; inside, it has the status 500.
//! - A second layer around the same request opens nothing.
//! - axum knows the client's address only when served by
//!   `into_make_service_with_connect_info::<SocketAddr>()`. For tonic see [`SegmentLayer::peer`].
//!
//! # What is recorded
//!
//! The name is the service's, or the request's host by the recorder's
//! [`Naming`](xray_core::Naming). The `http` block has method, URL without query and credentials,
//! user agent, client address, status and length. A status of 429 marks a throttle, other 4xx an
//! error, 5xx a fault; in gRPC, its own status does, which stands as number in the annotation
//! `grpc_status`:
//!
//! | gRPC status | marks |
//! |---|---|
//! | `CANCELLED`, `INVALID_ARGUMENT`, `NOT_FOUND`, `ALREADY_EXISTS`, `PERMISSION_DENIED`, `FAILED_PRECONDITION`, `ABORTED`, `OUT_OF_RANGE`, `UNAUTHENTICATED` | error |
//! | `RESOURCE_EXHAUSTED` | throttle and error |
//! | `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS`, all others | fault |
//!
//! # Where a segment ends
//!
//! | what happens | the segment |
//! |---|---|
//! | the last of the body, or trailers | ends there |
//! | no body: `HEAD`, 204, 304, an empty one | ends with the head |
//! | `text/event-stream`, or [`EndAt::Head`] | ends with the head |
//! | 101, or a successful `CONNECT` | ends with the head |
//! | the service or the body fails | fault, with the name of the error's type |
//! | a panic | fault, with its message |
//! | the future is dropped before it is ready | error, annotation `aborted: "request"` |
//! | the body is dropped before its end | error, annotation `aborted: "response"` |
//!
//! Clients that leave are the usual reason for the last two. "The last of the body" is what the
//! server has taken; that it reached the client, nobody here can know.
//!
//! Handlers of axum turn errors into responses, so that only their status is left. What is to be
//! seen of them is recorded by [`record_error`](xray_core::record_error). Errors of services and
//! bodies may be of any type at all, so the layer does not ask for their text; only a body's usual
//! `Box<dyn Error + Send + Sync>` tells it.
//!
//! # Who is believed
//!
//! By default the caller is: its trace is continued and its decision obeyed. [`Trust`] says less,
//! and [`SegmentLayer::internet_facing`] is for services that anybody may call.
//!
//! # Cost
//!
//! A request that is not recorded costs no allocation but the header in its response. On AWS Lambda,
//! where the platform opens the segments, the layer opens none and says so once.
//!
//! # Features
//!
//! - `axum`: reads axum's matched route and `ConnectInfo<SocketAddr>`.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
mod axum;
mod body;
mod client;
mod failure;
mod request;
mod segment;
mod status;
mod subsegment;
mod text;
mod trust;

pub use body::{EndAt, ResponseBody};
pub use segment::{ResponseFuture, SegmentLayer, SegmentService};
pub use subsegment::{CallFuture, SubsegmentLayer, SubsegmentService};
pub use trust::Trust;
pub use xray_core::PresentHeader;
