//! ECS: the metadata endpoint of the task, version 4, else 3.

use super::Plugin;
use super::aws::{self, Account};
use super::call::Endpoint;
use super::found::{Block, Found};
use super::logs::LogGroup;
use super::resolve::Place;
use crate::env;
use serde_json::Value;
use std::io;
use std::time::Instant;

/// The newest first.
const ENDPOINTS: [&str; 2] = [env::ECS_METADATA_V4, env::ECS_METADATA_V3];

pub(super) fn is_here(place: &Place<'_>) -> bool {
    ENDPOINTS.iter().any(|name| place.env.get(name).is_some())
}

pub(super) fn find(place: &Place<'_>, until: Instant, found: &mut Found) -> io::Result<()> {
    let container = container(place, until)?;
    let labels = container.get("Labels").unwrap_or(&Value::Null);
    let label = |name: &str| aws::text(labels, &format!("com.amazonaws.ecs.{name}"));
    let arn = aws::text(&container, "ContainerARN").and_then(aws::arn);
    let task = label("task-arn").and_then(aws::arn);
    let id = aws::text(&container, "DockerId").map(str::to_owned);
    let mut block = Block::new("ecs");
    block
        .text("container", place.files.host_name(place.env).as_deref())
        .text(
            "container_id",
            id.or_else(|| place.files.container_id()).as_deref(),
        )
        .text("container_arn", arn)
        .text("task_arn", task)
        .text("task_family", label("task-definition-family"))
        // The label is the name where the cluster is the region's default.
        .text("cluster_arn", label("cluster").and_then(aws::arn));
    let account = arn.or(task).and_then(Account::of_arn);
    if let Some(group) = group(&container, account.as_ref()) {
        found.group(group);
    }
    found.account(account);
    found.resource = arn.map(str::to_owned);
    found.add(Plugin::Ecs, "AWS::ECS::Container", block);
    Ok(())
}

fn container(place: &Place<'_>, until: Instant) -> io::Result<Value> {
    let mut urls = ENDPOINTS.iter().filter_map(|name| place.env.get(name));
    let ask = |url: &str, until| {
        let endpoint = Endpoint::parse(url)?;
        let body = endpoint.call("GET", "", &[], until)?;
        let said = |error: io::Error| io::Error::new(error.kind(), format!("{url}: {error}"));
        aws::object(&body).map_err(said)
    };
    let first = urls.next().unwrap_or_default();
    let Some(second) = urls.next() else {
        return ask(first, until);
    };
    let now = Instant::now();
    let half = now + until.saturating_duration_since(now) / 2;
    // What is wrong with the newer one is the better hint.
    ask(first, half).or_else(|error| ask(second, until).map_err(|_| error))
}

/// Where the container's log lines go: to CloudWatch Logs by the driver `awslogs`, or elsewhere.
fn group(container: &Value, account: Option<&Account>) -> Option<LogGroup> {
    let options = container.get("LogOptions")?;
    let driver = aws::text(container, "LogDriver");
    if driver.is_some_and(|driver| driver != "awslogs") {
        return None;
    }
    let mut account = account.cloned();
    if let (Some(account), Some(region)) = (&mut account, aws::text(options, "awslogs-region")) {
        if aws::plain(region) {
            region.clone_into(&mut account.region);
        }
    }
    let group = LogGroup::named(aws::text(options, "awslogs-group")?)?;
    Some(match account {
        Some(account) => group.within(&account),
        None => group,
    })
}
