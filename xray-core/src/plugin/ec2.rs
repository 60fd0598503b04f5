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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use crate::plugin::Plugins;
    use crate::plugin::files::Files;
    use std::fs;

    /// A machine that says this of itself, in this file.
    fn recognised(says: &[(&str, &str)], env: &[(&str, &str)], plugins: &Plugins) -> bool {
        let name = format!("xray-ec2-{}", crate::id::Ids::System.fraction());
        let root = std::env::temp_dir().join(name);
        for (file, text) in says {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let place = Place {
            env: &Env::of(env.iter().copied()),
            files: Files::below(&root),
            plugins,
        };
        let here = is_here(&place);
        let _ = fs::remove_dir_all(&root);
        here
    }

    #[test]
    fn c69_an_instance_is_recognised_without_asking() {
        let all = Plugins::all();
        const VENDOR: &str = "sys/class/dmi/id/sys_vendor";
        const UUID: &str = "sys/hypervisor/uuid";
        for (file, text, expected) in [
            (VENDOR, "Amazon EC2\n", true),
            (UUID, "ec2e1916-9099-7caf-fd21-012345abcdef\n", true),
            (UUID, "EC2E1916-9099-7CAF-FD21-012345ABCDEF\n", true),
            (VENDOR, "Dell Inc.\n", false),
            (VENDOR, "ä", false),
            (UUID, "01234567-9099-7caf-fd21-012345abcdef\n", false),
            ("etc/hostname", "ec2\n", false),
        ] {
            assert_eq!(recognised(&[(file, text)], &[], &all), expected, "{text}");
        }
        // Tasks on Fargate run on instances that are not theirs.
        let fargate = [("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")];
        assert!(!recognised(&[(VENDOR, "Amazon EC2\n")], &fargate, &all));
        assert!(recognised(
            &[],
            &[("IMDS_ENDPOINT", "http://127.0.0.1")],
            &all
        ));
        assert!(recognised(&[], &[], &Plugins::only([Plugin::Ec2])));
        assert!(!recognised(&[], &[], &Plugins::only([Plugin::Ecs])));
    }
}
