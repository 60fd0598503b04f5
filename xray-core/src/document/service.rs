//! What every segment of a recorder says alike: the service, where it runs, which SDK this is.

use crate::json;
use std::ops::Range;

/// The name of this SDK in `aws.xray.sdk`, in the form of the official ones ("X-Ray for Go").
const SDK: &str = "X-Ray for Rust";

/// Members of every segment, written once: `,"service":{…},"origin":"…","aws":{"ecs":{…},"xray":{…}}`.
#[derive(Debug)]
pub(crate) struct Service {
    members: Vec<u8>,
    /// What is left out last.
    place: Range<usize>,
    /// Where the name of the sampling rule belongs.
    rule: usize,
}

impl Service {
    /// `place` is what `aws` says of where the service runs: members, each with a comma behind it.
    pub(crate) fn new(version: Option<&str>, origin: Option<&str>, place: &[u8]) -> Self {
        let mut members = b",\"service\":{".to_vec();
        let service = [
            ("version", version.unwrap_or_default()),
            ("runtime", "rust"),
            ("runtime_version", env!("XRAY_RUSTC_VERSION")),
        ];
        for (key, value) in service.into_iter().filter(|(_, value)| !value.is_empty()) {
            json::string(&mut members, key);
            members.push(b':');
            json::string(&mut members, json::cut_chars(value, 250));
            members.push(b',');
        }
        if let Some(last) = members.last_mut() {
            *last = b'}';
        }
        if let Some(origin) = origin.filter(|o| !o.is_empty()) {
            members.extend_from_slice(b",\"origin\":");
            json::string(&mut members, json::cut_chars(origin, 250));
        }
        members.extend_from_slice(b",\"aws\":{");
        let from = members.len();
        members.extend_from_slice(place);
        let place = from..members.len();
        members.extend_from_slice(b"\"xray\":{\"sdk\":");
        json::string(&mut members, SDK);
        members.extend_from_slice(b",\"sdk_version\":");
        json::string(&mut members, env!("CARGO_PKG_VERSION"));
        let rule = members.len();
        members.extend_from_slice(b"}}");
        Self {
            members,
            place,
            rule,
        }
    }

    /// Everything, where no sampling rule is named.
    #[inline]
    pub(super) fn members(&self) -> &[u8] {
        &self.members
    }

    /// What comes before the name of the sampling rule, and what after it.
    pub(super) fn around_rule(&self) -> (&[u8], &[u8]) {
        self.members.split_at(self.rule)
    }

    /// The same without the place: what comes before it, between it and the rule, and after both.
    pub(super) fn around_place(&self) -> [&[u8]; 3] {
        let (before, after) = self.around_rule();
        [
            &before[..self.place.start],
            &before[self.place.end..],
            after,
        ]
    }
}
