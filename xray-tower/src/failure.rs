//! Errors of services and bodies, which may be of any type at all.

use std::any::{Any, type_name};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use xray_core::__private::Open;
use xray_core::Exception;

type BoxError = Box<dyn Error + Send + Sync>;

/// A way to see an error in a value, if it is of the one type that is looked for.
type See = for<'a> fn(&'a dyn Any) -> Option<(&'a (dyn Error + 'static), &'static str)>;

/// The types that are known to be errors, and so have a text and sources.
///
/// A bound on the service would ask for one of all errors, and tower's usual one, a box, is none.
#[derive(Clone, Default)]
pub(crate) struct Known(Option<Arc<Vec<See>>>);

impl Known {
    pub(crate) fn add<E: Error + 'static>(&mut self) {
        let known = self.0.get_or_insert_default();
        Arc::make_mut(known).push(|value| {
            let error: &E = value.downcast_ref()?;
            Some((error, type_name::<E>()))
        });
    }

    fn see<'a>(&self, value: &'a dyn Any) -> Option<(&'a (dyn Error + 'static), &'static str)> {
        if let Some(boxed) = value.downcast_ref::<BoxError>() {
            return Some((&**boxed, type_name::<BoxError>()));
        }
        self.0
            .iter()
            .flat_map(|all| &**all)
            .find_map(|see| see(value))
    }

    /// Ends with an error, as well as it is known.
    #[cold]
    pub(crate) fn failed<E: 'static>(&self, open: &mut Open, error: &E, what: &str) {
        match self.see(error) {
            Some((error, name)) => open.failed(Exception::new(error).named(name)),
            None => of_unknown::<E>(open, what),
        }
    }
}

/// Ends with an error of a type that nothing is known of but its name.
#[cold]
pub(crate) fn of_unknown<E>(open: &mut Open, what: &str) {
    open.failed(Exception::message(&what).named(type_name::<E>()));
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.0.as_ref().map_or(0, |known| known.len());
        f.debug_tuple("Known").field(&len).finish()
    }
}
