//! The layer as users meet it: axum and hyper on real sockets, and services called in place where a
//! test is about one poll.

mod answer;
mod body;
mod client;
mod client_failure;
mod client_flood;
mod client_grpc;
mod client_header;
mod context;
mod disconnect;
mod endings;
mod flood;
mod grpc;
mod ignore;
mod lambda;
mod naming;
mod propagation;
mod raw;
mod request;
mod support;
mod tonic;
mod trust;
