//! AWS X-Ray for the AWS SDK for Rust: one subsegment for each call to an AWS service.
//!
//! [`SubsegmentInterceptor`] goes into the configuration of a client and records each operation of
//! it, from its beginning to its result:
//!
//! ```
//! # use aws_smithy_runtime_api::client::http::*;
//! # use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
//! # use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
//! # #[derive(Debug)]
//! # struct Canned;
//! # impl HttpConnector for Canned {
//! #     fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
//! #         let body = r#"{"TableNames":["orders","users"]}"#;
//! #         let mut response = HttpResponse::new(200.try_into().unwrap(), body.into());
//! #         response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
//! #         response.headers_mut().insert("x-amzn-requestid", "4GFDM");
//! #         HttpConnectorFuture::ready(Ok(response))
//! #     }
//! # }
//! # let credentials = Credentials::new("AKID", "secret", None, None, "example");
//! # let shared = aws_types::SdkConfig::builder()
//! #     .behavior_version(BehaviorVersion::latest())
//! #     .region(Region::new("eu-west-1"))
//! #     .credentials_provider(SharedCredentialsProvider::new(credentials))
//! #     .http_client(http_client_fn(|_, _| SharedHttpConnector::new(Canned)))
//! #     .build();
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! use aws_sdk_dynamodb::{Client, config::Builder};
//! use xray_aws_sdk::SubsegmentInterceptor;
//!
//! // let shared = aws_config::load_from_env().await;
//! let config = Builder::from(&shared).interceptor(SubsegmentInterceptor::new());
//! let client = Client::from_conf(config.build());
//!
//! let captured = xray_core::test_util::captured(async {
//!     client.list_tables().limit(2).send().await
//! })
//! .await;
//! assert_eq!(
//!     captured.tree(),
//!     "test\n  \
//!        DynamoDB namespace=aws http=200 aws={limit: 2, operation: \"ListTables\", \
//!        region: \"eu-west-1\", request_id: \"4GFDM\", retries: 0, table_count: 2}\n"
//! );
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`trace()`] makes a shared configuration of which all clients are traced, in one line. It stands
//! nearer to the network and knows less:
//!
//! | | [`SubsegmentInterceptor`] | [`trace()`] |
//! |---|---|---|
//! | is told to | each client | one configuration |
//! | a subsegment is | an operation with its retries; [each attempt](SubsegmentInterceptor::attempts) below it, if wanted | an attempt |
//! | parameters | the catalogue and [additions](SubsegmentInterceptor::parameters) | the catalogue, read off the request |
//! | an attempt that runs out of the SDK's time | fault, `TimeoutError` | error, `aborted`: it is dropped |
//!
//! Used together, the interceptor records and the other stands back.
//!
//! # What is recorded
//!
//! - The name is the service's as X-Ray's map has it: `DynamoDB`, `SQS`, `S3`.
//! - The `aws` block has `operation`, `region`, `request_id`, `id_2` (S3), `retries` (0 without one),
//!   and parameters: table, queue, bucket, key, topic, function, counts, keys of maps, as the
//!   catalogue of the official SDKs has them. Of items, messages and objects nothing is read.
//! - The `http` block has status and length.
//! - HTTP clients that tell which connection was used (those on a
//!   `aws_smithy_http_client::pool::ConnectionPool`) leave it in the metadata `connection` of
//!   namespace `aws_sdk`: whether it was reused, how long it took to get one, and to which address.
//! - A streaming output is recorded up to its head; its body is read after that.
//!
//! | what happens | marks | exception |
//! |---|---|---|
//! | a throttling code or 429 | throttle and error | the service's code, `remote` |
//! | another 3xx or 4xx, but for 304 | error | the service's code, `remote` |
//! | 5xx | fault | the service's code, `remote` |
//! | no answer, or none that can be read | fault | `TimeoutError`, `DispatchFailure`, `ResponseError` |
//! | a request that cannot be made | fault | `ConstructionFailure` |
//! | the future is dropped before its end | error | none; annotation `aborted: "request"` |
//!
//! A failure that a retry mends marks nothing but the attempt.
//!
//! # The trace header
//!
//! Each request carries `X-Amzn-Trace-Id` with the subsegment, or the attempt, as its parent,
//! whether the trace is recorded or not. It is put there after the request is signed (the signature
//! leaves it out) and takes the place of any other, so also of the one that the SDK itself adds on
//! AWS Lambda. SQS and SNS hand it on with the message.
//!
//! # What is left alone
//!
//! Where no segment is open, calls go through as they are. Requests that are only presigned leave
//! nothing, and have no header. Calls by which X-Ray's own documents and rules travel are never
//! traced. Nothing here fails a call.
//!
//! # Features
//!
//! - `service`: `ApiEmitter` and `ApiRuleSource`, which reach X-Ray's API without a daemon.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "service")]
mod api;
mod call;
mod client;
mod failure;
mod interceptor;
mod marker;
mod names;
mod parameters;

#[cfg(feature = "service")]
#[cfg_attr(docsrs, doc(cfg(feature = "service")))]
pub use api::{ApiEmitter, ApiEmitterBuilder, ApiRuleSource, ApiStats};
pub use client::{trace, traced_http_client};
pub use interceptor::SubsegmentInterceptor;
pub use parameters::Parameter;
