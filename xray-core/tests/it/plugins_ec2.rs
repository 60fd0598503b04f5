//! An instance of EC2.

use crate::plugins_support::*;
use serde_json::{Value, json};
use xray_core::plugin::{Plugin, Plugins};
use xray_core::test_util::Response;

#[test]
fn c69_ec2_is_asked_with_a_token() {
    let (server, url) = server(imds(instance()));
    let place = Place::new().var("IMDS_ENDPOINT", url.clone() + "/");
    let expected = json!({
        "origin": "AWS::EC2::Instance",
        "aws": {"ec2": {
            "instance_id": "i-0123456789abcdef0",
            "instance_size": "m7g.large",
            "ami_id": "ami-0abc",
            "availability_zone": "eu-west-1a",
        }},
    });
    assert_eq!(place.found(), expected);
    // The AWS SDKs' variable is the first to count.
    let both = Place::new()
        .var("IMDS_ENDPOINT", "http://127.0.0.1:1")
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    assert_eq!(both.found(), expected);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn c69_version_1_of_imds_only_where_it_is_asked_for() {
    let old = || {
        server(|request| match &*request.method {
            "GET" if request.header("x-aws-ec2-metadata-token").is_none() => {
                Response::json(instance().to_string())
            }
            _ => Response::status(403),
        })
    };
    let (strict, url) = old();
    let place = Place::new().var("IMDS_ENDPOINT", url);
    assert_eq!(place.found(), nothing());
    assert_eq!(strict.requests().len(), 1);
    let (lenient, url) = old();
    let place = Place::new().var("IMDS_ENDPOINT", url);
    let place = place.plugins(|p| p.imds_v1(true));
    assert_eq!(place.found()["origin"], "AWS::EC2::Instance");
    // The environment wins over code.
    let place = place.var("AWS_XRAY_IMDS_V1", "false");
    assert_eq!(place.found(), nothing());
    assert_eq!(lenient.requests().len(), 3);
}

#[test]
fn c69_a_malformed_token_is_not_sent() {
    for token in ["a\r\nX: y", "ä"] {
        let (server, url) = server(move |_| Response::json(token));
        let place = Place::new().var("IMDS_ENDPOINT", url);
        assert_eq!(place.found(), nothing());
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn c69_imds_is_not_asked_where_it_must_not_be() {
    let (server, url) = server(imds(instance()));
    for (name, value) in [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_EC2_METADATA_DISABLED", "TRUE"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("AWS_XRAY_PLUGINS", "none"),
        ("AWS_XRAY_PLUGINS", "-ec2"),
        ("AWS_XRAY_PLUGINS", "ecs, eks"),
        ("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE"),
    ] {
        let place = Place::new().var("IMDS_ENDPOINT", url.clone());
        assert_eq!(place.var(name, value).found(), nothing(), "{name}={value}");
    }
    // By code, by default, and where nothing is recorded.
    let place = || Place::new().var("IMDS_ENDPOINT", url.clone());
    assert_eq!(
        place().plugins(|p| p.without(Plugin::Ec2)).found(),
        nothing()
    );
    assert_eq!(place().plugins(|_| Plugins::none()).found(), nothing());
    let (builder, _) = place().builder();
    assert!(
        builder
            .enabled(false)
            .build()
            .unwrap()
            .wait_for_plugins(LONG)
    );
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    assert_eq!(place().found()["origin"], "AWS::EC2::Instance");
}

#[test]
fn c69_the_groups_of_the_cloudwatch_agent_are_the_instance_s() {
    const FILE: &str = "opt/aws/amazon-cloudwatch-agent/etc/log-config.json";
    let (_server, url) = server(imds(instance()));
    let logs = |config: &str| {
        let place = Place::new().var("IMDS_ENDPOINT", url.clone());
        place.file(FILE, config).found()["aws"]["cloudwatch_logs"].take()
    };
    let config = json!({"version": "1", "region": "eu-west-1", "log_configs": [
        {"log_group_name": "web"}, {"log_group_name": "db"}, {"log_group_name": "web"},
        {"log_group_name": 7}, {}, null, {"log_group_name": "a b"},
    ]});
    let arn = |name: &str| {
        let arn = format!("arn:aws:logs:eu-west-1:111122223333:log-group:{name}");
        json!({"log_group": name, "arn": arn})
    };
    assert_eq!(logs(&config.to_string()), json!([arn("web"), arn("db")]));
    let many: Vec<_> = (0..100)
        .map(|i| json!({"log_group_name": format!("g{i}")}))
        .collect();
    let many = logs(&json!({"log_configs": many}).to_string());
    assert_eq!(many.as_array().unwrap().len(), 20);
    for bad in ["", "{", "[]", "{\"log_configs\": {}}", &" ".repeat(70_000)] {
        assert_eq!(logs(bad), Value::Null, "{bad}");
    }
}
