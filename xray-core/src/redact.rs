//! The one place where recorded text may be changed or withheld before it is written.

use std::borrow::Cow;

/// Changes or withholds text before it is written anywhere.
///
/// One hook for the whole recorder, called on the thread that records, for each text of the kinds
/// in [`Sensitive`]. It must neither block nor panic.
///
/// ```
/// use std::borrow::Cow;
/// use xray_core::{Redact, Sensitive};
///
/// struct NoAddresses;
///
/// impl Redact for NoAddresses {
///     fn redact<'a>(&self, kind: Sensitive<'_>, text: &'a str) -> Option<Cow<'a, str>> {
///         match kind {
///             Sensitive::ClientIp => None,
///             _ => Some(text.into()),
///         }
///     }
/// }
/// ```
pub trait Redact: Send + Sync + 'static {
    /// What is recorded instead of `text`: itself, something else, or nothing.
    fn redact<'a>(&self, kind: Sensitive<'_>, text: &'a str) -> Option<Cow<'a, str>>;
}

/// What a text that may be withheld is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sensitive<'a> {
    /// The message of an exception.
    Message,
    /// A URL, without query, fragment and credentials, which are never recorded.
    Url,
    /// The client's address.
    ClientIp,
    /// The user of a segment.
    User,
    /// A parameter of an AWS call, by the key it is recorded under.
    AwsParameter(&'a str),
}
