//! What can go wrong before anything is recorded.

use super::Recorder;
use crate::sampling::InvalidRules;
use std::fmt;
use std::io;

/// Why a recorder could not be built or installed. Nothing after that returns an error.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// The process has a recorder already.
    AlreadyInstalled,
    /// A value that is not understood: of an environment variable, or of a setting in code.
    Invalid {
        /// The variable or setting.
        name: &'static str,
        /// What it was.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// A file of sampling rules that cannot be used.
    Rules(InvalidRules),
    /// No socket could be opened to send with.
    Socket(io::Error),
}

impl InitError {
    pub(crate) fn invalid(name: &'static str, value: &str, expected: &'static str) -> Self {
        Self::Invalid {
            name,
            value: crate::json::cut(value, 64).to_owned(),
            expected,
        }
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyInstalled => f.write_str("a recorder is installed already"),
            Self::Invalid {
                name,
                value,
                expected,
            } => write!(f, "invalid {name} {value:?}: expected {expected}"),
            Self::Rules(error) => write!(f, "invalid AWS_XRAY_SAMPLER: {error}"),
            Self::Socket(_) => f.write_str("no socket to send with"),
        }
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Socket(error) => Some(error),
            Self::Rules(error) => Some(error),
            _ => None,
        }
    }
}

/// The process has a recorder already; the one that was to be installed is given back.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is the recorder and nothing else"
)]
pub struct InstallError(pub Recorder);

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        InitError::AlreadyInstalled.fmt(f)
    }
}

impl std::error::Error for InstallError {}
