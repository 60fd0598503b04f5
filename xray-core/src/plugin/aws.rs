//! AWS's way to name things: ARNs, partitions, and JSON that need not be what was asked for.

use serde_json::Value;
use std::io;

/// In which account something is. Parts are plain: they become parts of other names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) partition: String,
    pub(super) region: String,
    pub(super) id: String,
}

impl Account {
    /// That of an ARN: `arn:partition:service:region:account:resource`.
    pub(super) fn of_arn(arn: &str) -> Option<Self> {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let ["arn", partition, _, region, id, _] = parts[..] else {
            return None;
        };
        let all_plain = [partition, region, id].into_iter().all(plain);
        all_plain.then(|| Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            id: id.to_owned(),
        })
    }

    /// By the region, which belongs to one partition.
    pub(super) fn of_region(region: &str, id: &str) -> Option<Self> {
        (plain(region) && plain(id)).then(|| Self {
            partition: partition(region).to_owned(),
            region: region.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// The partition of a region.
fn partition(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    let of = |(prefix, _): &&(&str, &str)| region.starts_with(prefix);
    BY_PREFIX.iter().find(of).map_or("aws", |(_, name)| name)
}

/// A part of an ARN as AWS makes them.
pub(super) fn plain(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// An ARN, of which documents say no more than 250 characters.
pub(super) fn arn(text: &str) -> Option<&str> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    (visible && text.len() <= 250 && Account::of_arn(text).is_some()).then_some(text)
}

/// An object, whatever its members are.
pub(super) fn object(bytes: &[u8]) -> io::Result<Value> {
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    match serde_json::from_slice(bytes) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err(invalid("the answer is no JSON object".to_owned())),
        Err(error) => Err(invalid(format!("the answer is no JSON: {error}"))),
    }
}

/// A member that is a text and not empty.
pub(super) fn text<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    let text = object.get(member)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}
