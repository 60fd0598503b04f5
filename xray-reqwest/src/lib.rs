//! AWS X-Ray for reqwest: one subsegment for each call, and the trace header on its request.
//!
//! [`SubsegmentMiddleware`] is for clients of `reqwest-middleware`, and records all their calls.
//! [`SendTraced`] is for bare clients: a method beside `send`.
//!
//! ```
//! use xray_reqwest::SendTraced;
//! # use std::io::{Read, Write};
//! # use xray_core::{Recorder, TraceFuture, sampling::Always, test_util::MemoryEmitter};
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let address = listener.local_addr()?;
//! # let server = std::thread::spawn(move || {
//! #     let (mut stream, _) = listener.accept()?;
//! #     let mut head = Vec::new();
//! #     while !head.ends_with(b"\r\n\r\n") {
//! #         let mut byte = [0];
//! #         stream.read_exact(&mut byte)?;
//! #         head.extend(byte);
//! #     }
//! #     stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?;
//! #     Ok::<_, std::io::Error>(String::from_utf8_lossy(&head).into_owned())
//! # });
//! # let emitter = MemoryEmitter::new();
//! # let recorder = Recorder::builder("shop").emitter(emitter.clone()).sampler(Always).build()?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//!
//! # let call = async {
//! let client = reqwest::Client::new();
//! let url = format!("http://{address}/articles/7?key=secret");
//! let response = client.get(url).send_traced().await?;
//! # Ok::<_, reqwest::Error>(response) };
//! # let response = runtime.block_on(call.within(recorder.segment("shop").start()))?;
//! # assert!(server.join().unwrap()?.contains("x-amzn-trace-id: Root="));
//!
//! assert_eq!(response.status(), 404);
//! assert_eq!(
//!     emitter.tree(),
//!     format!("shop\n  127.0.0.1 error namespace=remote http=GET http://{address}/articles/7 404\n")
//! );
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Both open a subsegment of what is current when the call is awaited. Where nothing is open, the
//! call is left as it is: it has no header and is not recorded. No result is ever changed.
//!
//! # What is recorded
//!
//! The name is the host, without the port. The URL is the one of the response, redirects followed,
//! without query and credentials; the response stands there with status and length. A status of 429
//! marks a throttle, other 4xx an error, 5xx a fault.
//!
//! | what happens | the subsegment |
//! |---|---|
//! | the head of the response | ends there |
//! | an error: connection, timeout, redirects, a request that cannot be built | fault, with the error and its sources |
//! | a panic | fault, with its message |
//! | the future is dropped before it is ready (a timeout around it, for one) | error, annotation `aborted: "request"` |
//!
//! Reading the body is not part of it: a response of reqwest's cannot be taken apart and put together
//! again unchanged. Where its time matters, `xray_core::subsegment("read")` around it has it.
//!
//! reqwest puts the whole URL into its errors. What is recorded of them has neither its query nor
//! its credentials.
//!
//! # Redirects and repeated calls
//!
//! reqwest follows redirects by itself, so a subsegment is for all of them, and the trace header
//! goes along, to hosts that [`propagate_to`](SubsegmentMiddleware::propagate_to) leaves out, too:
//! who wants to be strict about these follows redirects by hand. A middleware that repeats calls
//! has one subsegment for all attempts when it is added after this one, and one for each when it is
//! added before.
//!
//! # Features
//!
//! - `middleware` (default): implements `reqwest_middleware::Middleware`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
#[cfg(feature = "middleware")]
mod handle;
mod middleware;
mod send;

pub use middleware::SubsegmentMiddleware;
pub use send::SendTraced;
pub use xray_core::PresentHeader;
