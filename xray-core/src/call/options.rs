//! What a user may say of all calls of a client.

use super::{PresentHeader, Target};
use crate::pattern::wildcard_match;
use std::fmt;
use std::sync::Arc;

pub(super) type Propagate = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What an adapter was told. The methods that its user sees are those of [`__call_options`].
///
/// [`__call_options`]: crate::__call_options
#[derive(Clone, Default)]
pub struct Options {
    pub(super) traced: bool,
    pub(super) traceparent: bool,
    pub(super) present: PresentHeader,
    pub(super) propagate: Option<Propagate>,
    hosts: Vec<String>,
    paths: Vec<String>,
}

impl Options {
    #[doc(hidden)]
    pub fn set_traced(&mut self, traced: bool) {
        self.traced = traced;
    }

    #[doc(hidden)]
    pub fn set_traceparent(&mut self, traceparent: bool) {
        self.traceparent = traceparent;
    }

    #[doc(hidden)]
    pub fn set_present_header(&mut self, present: PresentHeader) {
        self.present = present;
    }

    #[doc(hidden)]
    pub fn set_propagate_to(&mut self, to: impl Fn(&str) -> bool + Send + Sync + 'static) {
        self.propagate = Some(Arc::new(to));
    }

    #[doc(hidden)]
    pub fn add_ignored_host(&mut self, pattern: String) {
        self.hosts.push(pattern);
    }

    #[doc(hidden)]
    pub fn add_ignored_path(&mut self, pattern: String) {
        self.paths.push(pattern);
    }

    #[doc(hidden)]
    #[must_use]
    pub fn is_traced(&self) -> bool {
        self.traced
    }

    /// Whether there is anything by which calls but X-Ray's own are ignored.
    #[inline]
    pub(super) fn has_patterns(&self) -> bool {
        !(self.hosts.is_empty() && self.paths.is_empty())
    }

    #[inline(never)]
    pub(super) fn ignores(&self, target: &Target<'_>) -> bool {
        let host = || target.host().unwrap_or_default();
        let path = target.path;
        is_ours(target)
            || self.hosts.iter().any(|p| wildcard_match(p, host()))
            || self.paths.iter().any(|p| wildcard_match(p, path))
    }
}

/// X-Ray's own interface, asked for sampling rules or told of traces: recorded, each document would
/// be the reason for another.
fn is_ours(target: &Target<'_>) -> bool {
    let ours = |path| {
        matches!(
            path,
            "/GetSamplingRules" | "/SamplingTargets" | "/TraceSegments" | "/TelemetryRecords"
        )
    };
    target.method == "POST" && ours(target.path)
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("traced", &self.traced)
            .field("traceparent", &self.traceparent)
            .field("present", &self.present)
            .field("ignored_hosts", &self.hosts)
            .field("ignored_paths", &self.paths)
            .finish_non_exhaustive()
    }
}

/// The options of every adapter for HTTP clients, which must be the same ones. Expands inside of an
/// `impl` whose type has `fn options(self, impl FnOnce(&mut Options)) -> Self`.
#[doc(hidden)]
#[macro_export]
macro_rules! __call_options {
    () => {
        /// Whether the called services record segments of their own (`traced`), without which X-Ray
        /// shows their traces as incomplete. Unless set they are not known to.
        pub fn traced(self, traced: bool) -> Self {
            self.options(|o| o.set_traced(traced))
        }

        /// Sends W3C's `traceparent` beside the trace header, for services that read no other. Not
        /// unless set.
        pub fn traceparent(self, traceparent: bool) -> Self {
            self.options(|o| o.set_traceparent(traceparent))
        }

        /// What becomes of a call whose request has a trace header already; unless set,
        /// [`PresentHeader::Replace`]($crate::PresentHeader::Replace).
        pub fn present_header(self, present: $crate::PresentHeader) -> Self {
            self.options(|o| o.set_present_header(present))
        }

        /// Which hosts are told the trace; all unless set. The predicate is given the host without
        /// port, an empty one where it is not known. Calls to other hosts are recorded all the same,
        /// and what headers they have is left as it is.
        ///
        /// The header names the trace and says whether it is recorded, no more; a partner's service
        /// need not know even that.
        pub fn propagate_to(self, host: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
            self.options(|o| o.set_propagate_to(host))
        }

        /// Leaves calls to these hosts as they are: no subsegment and no header. `*` is any run of
        /// characters, upper and lower case are the same; several may be given.
        pub fn ignore_host(self, pattern: impl Into<String>) -> Self {
            self.options(|o| o.add_ignored_host(pattern.into()))
        }

        /// As [`ignore_host`](Self::ignore_host), by the path. Calls to X-Ray's own interface are
        /// ignored in any case.
        pub fn ignore_path(self, pattern: impl Into<String>) -> Self {
            self.options(|o| o.add_ignored_path(pattern.into()))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HttpRequest;

    fn target<'a>(method: &'a str, host: &'a str, path: &'a str) -> Target<'a> {
        Target {
            method,
            host: Some(host).filter(|host| !host.is_empty()),
            path,
            shown: HttpRequest::default(),
        }
    }

    #[test]
    fn hosts_are_compared_without_port_and_brackets() {
        let mut options = Options::default();
        options.add_ignored_host("*.Internal".into());
        options.add_ignored_host("::1".into());
        for host in ["a.internal", "A.INTERNAL:8080", "[::1]", "[::1]:80"] {
            assert!(options.ignores(&target("GET", host, "/")), "{host}");
        }
        for host in ["internal", "a.internal.example", ""] {
            assert!(!options.ignores(&target("GET", host, "/")), "{host}");
        }
    }

    #[test]
    fn x_rays_own_interface_is_ignored_whatever_is_said() {
        let options = Options::default();
        for path in ["/GetSamplingRules", "/SamplingTargets", "/TraceSegments"] {
            assert!(options.ignores(&target("POST", "daemon:2000", path)));
            assert!(!options.ignores(&target("GET", "shop", path)));
            let other = format!("/api{path}");
            assert!(!options.ignores(&target("POST", "shop", &other)));
        }
    }
}
