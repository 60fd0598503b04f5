//! What counts as a failure's description, where a `Result` is recorded.

use super::{Context, Exception};
use std::any::Any;
use std::error::Error;

/// What the `Err` of a recorded result may be: an `Error`, a boxed one, what wraps one (`anyhow`,
/// `eyre`), or a text.
///
/// `Via` tells these apart and is always inferred.
pub trait Failure<Via> {
    /// Records it on an entity, as a fault.
    fn record(&self, context: &Context);
}

mod via {
    #![expect(
        unnameable_types,
        missing_debug_implementations,
        reason = "markers that are only ever inferred"
    )]
    pub struct AnError;
    pub struct WrapsSend;
    pub struct Boxed;
    pub struct AText;
}

impl<E: Error + 'static> Failure<via::AnError> for E {
    fn record(&self, context: &Context) {
        context.record_error(self);
    }
}

impl<E: AsRef<dyn Error + Send + Sync + 'static>> Failure<via::WrapsSend> for E {
    fn record(&self, context: &Context) {
        context.record_error(self.as_ref());
    }
}

impl Failure<via::Boxed> for Box<dyn Error> {
    fn record(&self, context: &Context) {
        context.record_error(self.as_ref());
    }
}

impl Failure<via::AText> for String {
    fn record(&self, context: &Context) {
        context.record(Exception::message(self));
    }
}

impl Failure<via::AText> for &str {
    fn record(&self, context: &Context) {
        context.record(Exception::message(self));
    }
}

/// Records what a panic said.
#[cold]
pub(crate) fn panicked(context: &Context, payload: &(dyn Any + Send)) {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("a value that is no text");
    context.record(Exception::message(&message).named("panic"));
}

/// Awaits a result, and records its `Err`.
pub(super) async fn told<T, E, Via>(
    context: Context,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, E>
where
    E: Failure<Via>,
{
    let result = future.await;
    if let Err(error) = &result {
        error.record(&context);
    }
    result
}
