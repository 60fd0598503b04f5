#![deny(warnings, unused, nonstandard_style, future_incompatible, missing_docs)]
#![deny(rust_2018_idioms, rust_2024_compatibility, let_underscore)]
#![deny(
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes,
    trivial_casts
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(
    unsafe_code,
    unreachable_code,
    unused_braces,
    clippy::style,
    clippy::wildcard_imports
)]
//! Every form, with all lints on and some that cannot be allowed again.

use std::pin::Pin;

/// An error.
#[derive(Debug)]
struct Failed;

#[rustfmt::skip]
#[xray::subsegment]
async fn one_line(a: u8) -> u8 { a }

#[xray::subsegment]
fn nothing() {}

#[xray::subsegment]
async fn nothing_later() {
    use std::future::ready;
    ready(()).await;
}

#[xray::subsegment("named", namespace = "aws", annotate(a, b = a + 1), metadata(a))]
async fn options(a: u8) -> Result<u8, Failed> {
    if a == 0 {
        return Err(Failed);
    }
    let b = one_line(a).await;
    Ok(b)
}

#[xray::subsegment(skip_err)]
fn early(a: Option<u8>) -> Option<u8> {
    let a = a?;
    Some(a)
}

#[xray::subsegment]
fn returned(a: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { a })
}

#[xray::subsegment]
fn text(a: &str) -> &str {
    a.trim()
}

#[xray::subsegment]
fn later(_: u8) -> u8 {
    unimplemented!()
}

#[xray::subsegment]
fn never(a: u8) -> ! {
    panic!("{a}")
}

#[xray::subsegment]
async fn never_later(a: u8) -> ! {
    std::future::ready(a).await;
    panic!("{a}")
}

fn main() {
    nothing();
    let _ = (early(None), text(""));
    drop((nothing_later(), options(1), returned(1), never_later(1)));
    if std::env::args().count() > 9 {
        never(later(1));
    }
}
