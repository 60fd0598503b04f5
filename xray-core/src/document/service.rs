//! What every segment of a recorder says alike: the service, where it runs, which SDK this is.

use crate::json;
use std::sync::OnceLock;

/// The name of this SDK in `aws.xray.sdk`, in the form of the official ones ("X-Ray for Go").
const SDK: &str = "X-Ray for Rust";

/// Members of every segment, written once.
#[derive(Debug)]
pub(crate) struct Service {
    /// `,"service":{…}`
    pub(super) service: Vec<u8>,
    /// `,"origin":"…"`, where the application says so.
    origin: Vec<u8>,
    /// `,"aws":{"xray":{…` up to the name of the sampling rule.
    pub(super) xray: Vec<u8>,
    /// What was found out about the host later: origin, and members of `aws`.
    host: OnceLock<Host>,
}

#[derive(Debug)]
struct Host {
    origin: Vec<u8>,
    /// `,"key":value` each.
    aws: Vec<u8>,
}

impl Service {
    pub(crate) fn new(version: Option<&str>, origin: Option<&str>) -> Self {
        let mut service = b",\"service\":{".to_vec();
        let members = [
            ("version", version.unwrap_or_default()),
            ("runtime", "rust"),
            ("runtime_version", env!("XRAY_RUSTC_VERSION")),
        ];
        for (key, value) in members.into_iter().filter(|(_, value)| !value.is_empty()) {
            json::string(&mut service, key);
            service.push(b':');
            json::string(&mut service, json::cut_chars(value, 250));
            service.push(b',');
        }
        if let Some(last) = service.last_mut() {
            *last = b'}';
        }
        let mut xray = b",\"aws\":{\"xray\":{\"sdk\":".to_vec();
        json::string(&mut xray, SDK);
        xray.extend_from_slice(b",\"sdk_version\":");
        json::string(&mut xray, env!("CARGO_PKG_VERSION"));
        Self {
            service,
            origin: member(origin),
            xray,
            host: OnceLock::new(),
        }
    }

    #[inline]
    pub(super) fn origin(&self) -> &[u8] {
        if self.origin.is_empty() {
            self.host.get().map_or(&[], |host| &host.origin)
        } else {
            &self.origin
        }
    }

    /// Members of the `aws` block beside `xray`, each with a comma before it.
    #[inline]
    pub(super) fn aws(&self) -> &[u8] {
        self.host.get().map_or(&[], |host| &host.aws)
    }
}

fn member(origin: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(origin) = origin.filter(|o| !o.is_empty()) {
        out.extend_from_slice(b",\"origin\":");
        json::string(&mut out, json::cut_chars(origin, 250));
    }
    out
}
