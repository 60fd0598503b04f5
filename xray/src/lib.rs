//! AWS X-Ray for Rust services: each request is a segment, each downstream call a subsegment, the trace
//! header travels on, and documents go over UDP to the X-Ray daemon or the CloudWatch agent beside the
//! service.
//!
//! # The shortest way
//!
//! One line to start, one layer around the router, one attribute on what is worth a line of its own:
//!
//! ```no_run
//! # #[cfg(all(feature = "axum", feature = "macros"))]
//! # mod app {
//! use axum::{Router, extract::Path, routing::get};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let _xray = xray::init("shop");
//!     let app = Router::new()
//!         .route("/orders/{id}", get(order))
//!         .layer(xray::tower::SegmentLayer::new());
//!     let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
//!     axum::serve(listener, app).await
//! }
//!
//! #[xray::subsegment("load-order", annotate(order = id))]
//! async fn order(Path(id): Path<u32>) -> String {
//!     xray::metadata("found", &true);
//!     format!("order {id}")
//! }
//! # }
//! ```
//!
//! In the X-Ray console the service map then shows the node `shop`, and each trace a segment with the
//! request, its status and duration, and below it `load-order`, which can be found by
//! `annotation.order = 7`.
//!
//! # Segments, subsegments, the current context
//!
//! A [`Segment`] is what one service did for one request; layers open it. Below it are
//! [`Subsegment`]s, opened by the attribute [`#[subsegment]`](macro@subsegment), by [`capture`] and
//! [`capture_async`] around a block, or by [`subsegment`](fn@subsegment) as a handle. All of them belong to the
//! current context of the thread or task, which [`annotate`], [`metadata`], [`record_error`] and
//! [`user()`] add to from anywhere.
//!
//! Sync code enters a context by a guard ([`Segment::enter`]), a future carries one
//! ([`TraceFuture::within`]), a closure for another thread takes one along ([`Context::wrap`]). A
//! spawned task starts outside of every context and says which one it joins:
//!
//! ```
//! # async fn audit(_: u32) {}
//! # fn spawn(_: impl Future + Send + 'static) {}
//! use xray::TraceFuture;
//!
//! spawn(audit(7).within(xray::current()));
//! ```
//!
//! A worker without a layer opens its own segment:
//!
//! ```
//! # #[cfg(feature = "test-util")] {
//! # use xray::test_util::{block_on, captured};
//! # async fn send_invoice(_: &str) -> Result<(), std::io::Error> { Ok(()) }
//! # let work = async {
//! let header = "Root=1-581cf771-a006649127e371903a2de979;Sampled=1".parse()?;
//! let segment = xray::segment("invoicer").continues(&header).start();
//! segment.run(send_invoice("A-17")).await?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # };
//! # let captured = block_on(captured(work));
//! # captured.output.as_ref().unwrap();
//! # assert_eq!(captured.tree(), "test\ninvoicer\n");
//! # }
//! ```
//!
//! # What it never does
//!
//! From [`init`] on nothing here returns an error, panics or blocks, and nothing changes the result of
//! what it wraps. What could not be recorded or sent is counted by reason in [`Stats`]. Before `init`,
//! or with `AWS_XRAY_SDK_ENABLED=false`, every call does nothing. Requests that are not sampled cost
//! no allocation and no lock.
//!
//! # Tests of instrumented code
//!
//! With the feature `test-util`, `test_util::captured` runs a future with a recorder of its own and
//! shows what it recorded as text. A `tower::SegmentLayer` that is called in that future finds this
//! recorder as well, so a router is tested without a server:
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "test-util"))] {
//! # use axum::{Router, body::{Body, to_bytes}, http::Request, routing::get};
//! # use xray::test_util::{block_on, captured};
//! use tower::ServiceExt;
//!
//! let app = Router::new()
//!     .route("/orders/{id}", get(async || "an order"))
//!     .layer(xray::tower::SegmentLayer::new());
//!
//! let request = Request::get("/orders/7").body(Body::empty())?;
//! let captured = block_on(captured(async {
//!     let response = app.oneshot(request).await.unwrap();
//!     to_bytes(response.into_body(), 1024).await.unwrap()
//! }));
//! assert_eq!(captured.output, "an order");
//! assert_eq!(
//!     captured.tree(),
//!     "test\ntest http=GET /orders/7 200 annotations={route: \"/orders/{id}\"}\n"
//! );
//! # }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! The first segment is `captured`'s, the other the request's. Spawned tasks, a server on a socket among
//! them, do not find that recorder: give their layer one, by `SegmentLayer::recorder`.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `macros` (default) | the attribute `#[xray::subsegment]` |
//! | `tower` | `tower::SegmentLayer` for servers, `tower::SubsegmentLayer` for clients (hyper, tonic) |
//! | `axum` | the same, with what axum knows: the matched route, the client's address |
//! | `aws-sdk` | `aws_sdk::SubsegmentInterceptor` for the clients of the AWS SDK (Rust 1.94.1) |
//! | `aws-sdk-service` | the same, and X-Ray's API as emitter and source of rules, without a daemon |
//! | `reqwest` | `reqwest::SubsegmentMiddleware`, and `send_traced` for bare clients |
//! | `tracing` | `tracing::TraceIdFormat`: the trace id in each line of tracing-subscriber's logs |
//! | `stream` | `TraceFuture::within` gives streams a context, too |
//! | `adaptive-config` | reads `AWS_XRAY_ADAPTIVE_SAMPLING_CONFIG`, which is YAML |
//! | `eks` | asks the Kubernetes API what the EKS cluster is called: see [`plugin`] |
//! | `test-util` | a recorder for each test, documents as text, a stand-in for the daemon |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "aws-sdk")]
pub use xray_aws_sdk as aws_sdk;
#[doc(hidden)]
pub use xray_core::__private;
pub use xray_core::*;
/// The function and the attribute share their name: `use xray::subsegment;` brings both.
#[cfg(feature = "macros")]
pub use xray_macros::subsegment;
#[cfg(feature = "reqwest")]
pub use xray_reqwest as reqwest;
#[cfg(feature = "tower")]
pub use xray_tower as tower;
#[cfg(feature = "tracing")]
pub use xray_tracing as tracing;

// The programs of the README and the guide have to compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/sampling.md")]
#[expect(dead_code, reason = "a place for the documentation")]
struct Sampling;
#[cfg(all(doctest, feature = "tracing"))]
#[doc = include_str!("../../docs/guide/logs.md")]
#[expect(dead_code, reason = "a place for the documentation")]
struct Logs;
#[cfg(all(doctest, feature = "axum", feature = "macros"))]
#[doc = include_str!("../../README.md")]
#[expect(dead_code, reason = "a place for the documentation")]
struct Readme;
