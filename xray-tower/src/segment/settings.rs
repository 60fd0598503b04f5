//! What a layer was told.

use crate::body::EndAt;
use crate::client::Forwarded;
use crate::trust::{Taken, Trust};
use http::request::Parts;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use xray_core::__private::shielded;
use xray_core::Recorder;

pub(super) type Ignore = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;
pub(super) type Peer = Arc<dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync>;
pub(super) type Route = Arc<dyn for<'a> Fn(&'a Parts) -> Option<Cow<'a, str>> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    /// The process's, where there is none.
    pub(super) recorder: Option<Recorder>,
    pub(super) trust: Trust,
    /// How many callers were obeyed, for [`Trust::UpTo`]; clones of the layer share it.
    pub(super) taken: Arc<Taken>,
    pub(super) answer: bool,
    /// By the kind of the response, where it is not said.
    pub(super) end_at: Option<EndAt>,
    pub(super) forwarded: Forwarded,
    pub(super) ignore: Vec<Ignore>,
    pub(super) peer: Option<Peer>,
    pub(super) route: Option<Route>,
    pub(super) extension: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            recorder: None,
            trust: Trust::default(),
            taken: Arc::default(),
            answer: true,
            end_at: None,
            forwarded: Forwarded::default(),
            ignore: Vec::new(),
            peer: None,
            route: None,
            extension: false,
        }
    }
}

impl Settings {
    pub(super) fn ignores(&self, parts: &Parts) -> bool {
        // A predicate that panics has picked nothing.
        let picks = |ignores: &Ignore| shielded(|| ignores(parts)).unwrap_or(false);
        self.ignore.iter().any(picks)
    }

    /// The address at the other end of the connection.
    pub(super) fn peer(&self, parts: &Parts) -> Option<IpAddr> {
        let told = self.peer.as_ref();
        let told = told.and_then(|peer| shielded(|| peer(parts)).flatten());
        #[cfg(feature = "axum")]
        let told = told.or_else(|| crate::axum::peer(parts));
        told
    }

    /// The template that the request's path matched.
    pub(super) fn route<'a>(&self, parts: &'a Parts) -> Option<Cow<'a, str>> {
        let told = self.route.as_ref();
        let told = told.and_then(|route| shielded(|| route(parts)).flatten());
        #[cfg(feature = "axum")]
        let told = told.or_else(|| crate::axum::route(parts).map(Cow::Borrowed));
        told
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("recorder", &self.recorder)
            .field("trust", &self.trust)
            .field("answer", &self.answer)
            .field("end_at", &self.end_at)
            .field("forwarded", &self.forwarded)
            .finish_non_exhaustive()
    }
}
