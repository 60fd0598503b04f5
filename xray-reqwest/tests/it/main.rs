//! Both entrances as users meet them, on real sockets.

mod call;
mod failure;
mod flood;
mod header;
mod support;
