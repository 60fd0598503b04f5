//! What becomes of an `Err`, and of a panic.

use super::tree_of;
use futures_util::FutureExt as _;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use xray::subsegment;

#[derive(Debug)]
struct Declined(Option<fmt::Error>);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_ref().map(|e| e as _)
    }
}

#[subsegment]
async fn chained() -> Result<(), Declined> {
    Err(Declined(Some(fmt::Error)))
}

#[subsegment]
fn boxed() -> Result<(), Box<dyn Error>> {
    Err(Declined(Some(fmt::Error)))?;
    Ok(())
}

#[subsegment]
async fn boxed_send() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(Declined(Some(fmt::Error)))?;
    Ok(())
}

#[subsegment]
async fn wrapped() -> anyhow::Result<()> {
    use anyhow::Context as _;
    Err(Declined(Some(fmt::Error))).context("paying")?;
    Ok(())
}

#[subsegment]
async fn shown() -> Result<(), String> {
    Err("no stock".to_owned())
}

#[subsegment]
fn counted() -> Result<(), u8> {
    Err(3)
}

#[subsegment]
async fn bare() -> Result<(), ()> {
    Err(())
}

#[subsegment]
fn generic<E>(e: E) -> Result<(), E> {
    Err(e)
}

#[subsegment]
fn of_any_error<E: Error>(e: E) -> Result<(), E> {
    Err(e)
}

#[derive(Debug)]
struct Unexpected<'a>(&'a str);

impl fmt::Display for Unexpected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unexpected {}", self.0)
    }
}

impl Error for Unexpected<'_> {}

#[subsegment]
async fn borrowed(text: &str) -> Result<(), Unexpected<'_>> {
    Err(Unexpected(&text[1..]))
}

#[test]
fn an_error_tells_its_chain() {
    let (_, tree) = tree_of(async { chained().await.is_err() });
    let cause = format!("card declined\" <- \"{}", fmt::Error);
    assert_eq!(tree, format!("test\n  chained fault cause=\"{cause}\"\n"));
    let (_, tree) = tree_of(async { boxed().is_err() });
    assert_eq!(tree, format!("test\n  boxed fault cause=\"{cause}\"\n"));
    let (_, tree) = tree_of(async { boxed_send().await.is_err() });
    assert_eq!(
        tree,
        format!("test\n  boxed_send fault cause=\"{cause}\"\n")
    );
    let (_, tree) = tree_of(async { wrapped().await.is_err() });
    let cause = format!("paying\" <- \"{cause}");
    assert_eq!(tree, format!("test\n  wrapped fault cause=\"{cause}\"\n"));
}

#[test]
fn an_error_tells_what_its_type_can() {
    let (_, tree) = tree_of(async {
        let _ = (shown().await, counted(), bare().await);
        let _ = (generic(Declined(None)), of_any_error(Declined(None)));
        let _ = borrowed("(x").await;
    });
    assert_eq!(
        tree,
        "test\n  shown fault cause=\"no stock\"\n  counted fault cause=\"3\"\n  bare fault\n  \
         generic fault\n  of_any_error fault cause=\"card declined\"\n  \
         borrowed fault cause=\"unexpected x\"\n"
    );
}

#[subsegment]
fn early(text: &str) -> Result<u8, std::num::ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    let parsed = text.parse::<u8>()?;
    Ok(parsed)
}

#[subsegment(skip_err)]
async fn skipped() -> Result<(), Declined> {
    Err(Declined(None))
}

#[test]
fn early_returns_and_what_is_not_recorded() {
    let (_, tree) = tree_of(async {
        assert_eq!(early(""), Ok(0));
        assert!(early("x").is_err());
        assert!(skipped().await.is_err());
    });
    assert_eq!(
        tree,
        "test\n  early\n  early fault cause=\"invalid digit found in string\"\n  skipped\n"
    );
}

#[subsegment]
fn breaks(what: &str) {
    panic!("{what} broke")
}

#[subsegment]
async fn breaks_later(what: &str) -> Result<(), Declined> {
    std::future::ready(()).await;
    panic!("{what} broke")
}

#[test]
fn a_panic_is_recorded_and_goes_on() {
    let (_, tree) = tree_of(async {
        let payload = catch_unwind(|| breaks("it")).unwrap_err();
        assert_eq!(payload.downcast_ref::<String>().unwrap(), "it broke");
        let later = AssertUnwindSafe(breaks_later("that"));
        let payload = later.catch_unwind().await.unwrap_err();
        assert_eq!(payload.downcast_ref::<String>().unwrap(), "that broke");
    });
    assert_eq!(
        tree,
        "test\n  breaks fault cause=\"it broke\"\n  breaks_later fault cause=\"that broke\"\n"
    );
}
