//! What an instrumented function returned, told apart by its type.

use crate::handle::{Context, Exception};
use std::error::Error;
use std::fmt::Display;

/// The output of an instrumented function, of whatever type.
///
/// Which of the traits below is in reach depends on what the type is known to be where the function
/// stands: an error with its sources, something that holds one, something that can be shown, any
/// `Err` at all, or no `Result`. The call `(&&&&&Outcome(&output)).record()` picks the first that
/// applies, and records on the current context.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by macros")]
pub struct Outcome<'a, T>(pub &'a T);

/// `Err` of an `Error`: its chain, a fault.
pub trait ViaError {
    /// Records it.
    fn record(&self);
}

// Not only a `'static` one: method resolution does not look at lifetimes, so an error that borrows
// would be picked all the same, and then not compile.
impl<T, E: Error> ViaError for &&&&Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record(Exception::borrowed(error));
        }
    }
}

/// `Err` of what wraps an error (`Box<dyn Error + Send + Sync>`, `anyhow`, `eyre`): its chain, a
/// fault.
pub trait ViaWrapped {
    /// Records it.
    fn record(&self);
}

impl<T, E: AsRef<dyn Error + Send + Sync + 'static>> ViaWrapped for &&&Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record_error(error.as_ref());
        }
    }
}

/// `Err` of a boxed error that stays on its thread: its chain, a fault.
pub trait ViaBoxed {
    /// Records it.
    fn record(&self);
}

impl<T> ViaBoxed for &&&Outcome<'_, Result<T, Box<dyn Error>>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record_error(&**error);
        }
    }
}

/// `Err` of something that can be shown: its message, a fault.
pub trait ViaDisplay {
    /// Records it.
    fn record(&self);
}

impl<T, E: Display> ViaDisplay for &&Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if let Err(error) = self.0 {
            Context::current().record(Exception::message(error));
        }
    }
}

/// Any other `Err`: a fault.
pub trait ViaFault {
    /// Records it.
    fn record(&self);
}

impl<T, E> ViaFault for &Outcome<'_, Result<T, E>> {
    #[inline]
    fn record(&self) {
        if self.0.is_err() {
            Context::current().mark_fault();
        }
    }
}

/// No `Result`: nothing.
pub trait ViaNothing {
    /// Records nothing.
    fn record(&self);
}

impl<T> ViaNothing for Outcome<'_, T> {
    #[inline]
    fn record(&self) {}
}
