//! Elastic Beanstalk: a file that its X-Ray extension writes.

use super::Plugin;
use super::aws;
use super::found::{Block, Found};
use super::resolve::Place;
use serde_json::Value;
use std::io;

const FILE: &str = "var/elasticbeanstalk/xray/environment.conf";

pub(super) fn is_here(place: &Place<'_>) -> bool {
    place.files.has(FILE)
}

pub(super) fn find(place: &Place<'_>, found: &mut Found) -> io::Result<()> {
    let said = |error: io::Error| io::Error::new(error.kind(), format!("/{FILE}: {error}"));
    let conf = aws::object(&place.files.read(FILE)?).map_err(said)?;
    let number = |value: &Value| {
        let of_text = || value.as_str()?.trim().parse().ok();
        value.as_u64().or_else(of_text)
    };
    let mut block = Block::new("elastic_beanstalk");
    block
        .text("environment_name", aws::text(&conf, "environment_name"))
        .text("version_label", aws::text(&conf, "version_label"))
        .number("deployment_id", conf.get("deployment_id").and_then(number));
    if block.is_empty() {
        let nothing = io::Error::new(io::ErrorKind::InvalidData, "it says nothing");
        return Err(said(nothing));
    }
    found.add(
        Plugin::Beanstalk,
        "AWS::ElasticBeanstalk::Environment",
        block,
    );
    Ok(())
}
