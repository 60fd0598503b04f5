//! EC2: the metadata service of the instance, version 2; version 1 only where that is asked for.

use super::Plugin;
use super::aws::{self, Account};
use super::call::Endpoint;
use super::found::{Block, Found};
use super::logs;
use super::resolve::Place;
use crate::env;
use std::io;
use std::time::Instant;

const SERVICE: &str = "http://169.254.169.254";
const DOCUMENT: &str = "/latest/dynamic/instance-identity/document";

/// Elsewhere than on an instance nobody answers at the service's address, or a stranger does; so it
/// is asked only where the machine says that it is one.
pub(super) fn is_here(place: &Place<'_>) -> bool {
    let execution = place.env.get(env::EXECUTION_ENV).unwrap_or_default();
    if execution.starts_with("AWS_ECS_FARGATE") {
        return false;
    }
    let starts = |path, with: &str| {
        let line = place.files.line(path).unwrap_or_default();
        line.get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with))
    };
    endpoint(place).is_some()
        || place.plugins.named(Plugin::Ec2)
        || starts("sys/class/dmi/id/sys_vendor", "Amazon EC2")
        || starts("sys/hypervisor/uuid", "ec2")
}

/// As the AWS SDKs call it, or as X-Ray's SDK for Java does.
fn endpoint<'a>(place: &Place<'a>) -> Option<&'a str> {
    let of = |name| place.env.get(name);
    of(env::EC2_METADATA_ENDPOINT).or_else(|| of(env::IMDS_ENDPOINT))
}

pub(super) fn find(place: &Place<'_>, until: Instant, found: &mut Found) -> io::Result<()> {
    // A file, whatever becomes of the rest.
    logs::of_agent(&place.files)
        .into_iter()
        .for_each(|group| found.group(group));
    let service = Endpoint::parse(endpoint(place).unwrap_or(SERVICE))?;
    let document = match token(&service, place, until)? {
        Some(token) => {
            let header = ("X-aws-ec2-metadata-token", &*token);
            service.call("GET", DOCUMENT, &[header], until)?
        }
        None => service.call("GET", DOCUMENT, &[], until)?,
    };
    let document = aws::object(&document)?;
    let text = |member| aws::text(&document, member);
    let mut block = Block::new("ec2");
    block
        .text("instance_id", text("instanceId"))
        .text("instance_size", text("instanceType"))
        .text("ami_id", text("imageId"))
        .text("availability_zone", text("availabilityZone"));
    if block.is_empty() {
        let what = "the answer names no instance";
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    let account = text("region").zip(text("accountId"));
    found.account(account.and_then(|(region, id)| Account::of_region(region, id)));
    found.add(Plugin::Ec2, "AWS::EC2::Instance", block);
    Ok(())
}

/// What version 2 wants to see; none where it gives none and version 1 will do.
fn token(service: &Endpoint, place: &Place<'_>, until: Instant) -> io::Result<Option<String>> {
    let ttl = ("X-aws-ec2-metadata-token-ttl-seconds", "60");
    let v1 = place.plugins.imds_v1;
    let now = Instant::now();
    // Something has to be left for version 1.
    let parts = if v1 { 2 } else { 1 };
    let share = now + until.saturating_duration_since(now) / parts;
    match service.call("PUT", "/latest/api/token", &[ttl], share) {
        Ok(token) => {
            let malformed = |_| io::Error::new(io::ErrorKind::InvalidData, "the token is no text");
            let token = String::from_utf8(token).map_err(malformed)?;
            Ok(Some(token.trim().to_owned()))
        }
        Err(_) if v1 => Ok(None),
        Err(error) => Err(error),
    }
}
