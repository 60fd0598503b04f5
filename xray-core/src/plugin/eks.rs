//! EKS: the pod and its container, and with the feature `eks` the name of the cluster.

use super::Plugin;
use super::found::{Block, Found};
use super::logs::LogGroup;
use super::resolve::Place;
use crate::env;
use std::io;
use std::time::Instant;

/// The service account that Kubernetes mounts into pods.
const ACCOUNT: &str = "var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn is_here(place: &Place<'_>) -> bool {
    let token = format!("{ACCOUNT}/token");
    place.env.get(env::KUBERNETES_HOST).is_some() || place.files.has(&token)
}

pub(super) fn find(place: &Place<'_>, until: Instant, found: &mut Found) -> io::Result<()> {
    let cluster = cluster(place, until).unwrap_or_else(|error| {
        // Few service accounts may read it. The pod is known without.
        let remark = format!("the name of the EKS cluster is not known: {error}");
        found.remarks.push(remark);
        None
    });
    let mut block = Block::new("eks");
    block
        .text("pod", place.files.host_name(place.env).as_deref())
        .text("container_id", place.files.container_id().as_deref())
        .text("cluster_name", cluster.as_deref());
    // The agent's own name for what the containers of a cluster write.
    let group = cluster.map(|name| format!("/aws/containerinsights/{name}/application"));
    if let Some(group) = group.as_deref().and_then(LogGroup::named) {
        found.group(group);
    }
    found.add(Plugin::Eks, "AWS::EKS::Container", block);
    Ok(())
}

#[cfg(not(feature = "eks"))]
#[expect(clippy::unnecessary_wraps, reason = "the other one asks")]
fn cluster(_: &Place<'_>, _: Instant) -> io::Result<Option<String>> {
    Ok(None)
}

/// Asks the Kubernetes API for what the CloudWatch agent was told.
#[cfg(feature = "eks")]
fn cluster(place: &Place<'_>, until: Instant) -> io::Result<Option<String>> {
    use super::{aws, call, tls};
    use std::net::{IpAddr, SocketAddr};

    const PATH: &str = "/api/v1/namespaces/amazon-cloudwatch/configmaps/cluster-info";
    /// Its certificate is for this name, too. The name is not looked up, which may take any time:
    /// every pod is told the address.
    const NAME: &str = "kubernetes.default.svc";

    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let port = place
        .env
        .get(env::KUBERNETES_PORT)
        .map_or(Ok(443), |port| {
            let invalid = |_| invalid("KUBERNETES_SERVICE_PORT is no port");
            port.parse().map_err(invalid)
        })?;
    let host = place.env.get(env::KUBERNETES_HOST).unwrap_or_default();
    let ip = host
        .parse::<IpAddr>()
        .map(|ip| SocketAddr::from((ip, port)));
    let address = ip.map_err(|_| invalid("KUBERNETES_SERVICE_HOST is no address"))?;
    let read = |file: &str| place.files.read(&format!("{ACCOUNT}/{file}"));
    let token = String::from_utf8(read("token")?).map_err(|_| invalid("the token is no text"))?;
    let bearer = format!("Bearer {}", token.trim());
    let headers = [("Accept", "application/json"), ("Authorization", &*bearer)];
    let request = call::request("GET", PATH, NAME, &headers)?;
    let said =
        |error: io::Error| io::Error::new(error.kind(), format!("https://{address}: {error}"));
    let body = tls::exchange(address, NAME, &read("ca.crt")?, &request, until).map_err(said)?;
    let map = aws::object(&body)?;
    let name = map
        .get("data")
        .and_then(|data| aws::text(data, "cluster.name"));
    // As long as EKS lets one be.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    match name {
        Some(name) if name.len() <= 100 && name.bytes().all(plain) => Ok(Some(name.to_owned())),
        _ => Err(invalid("the answer names no cluster")),
    }
}
