//! A container on ECS.

use crate::plugins_support::*;
use serde_json::{Value, json};
use xray_core::test_util::Response;

fn of_container(container: &Value) -> Value {
    let text = container.to_string();
    let (_server, url) = server(move |_| Response::json(text.clone()));
    let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url + "/v4/0123");
    place.var("HOSTNAME", "ip-10-0-0-1").found()
}

#[test]
fn c69_ecs_describes_the_container_and_its_log_group() {
    assert_eq!(
        of_container(&container()),
        json!({
            "origin": "AWS::ECS::Container",
            "aws": {
                "ecs": {
                    "container": "ip-10-0-0-1",
                    "container_id": "0123456789abcdef0123456789abcdef-1234567890",
                    "container_arn": "arn:aws:ecs:eu-west-1:111122223333:container/shop/0123/4567",
                    "task_arn": "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123",
                    "task_family": "checkout",
                    "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
                },
                "cloudwatch_logs": [{
                    "log_group": "/ecs/checkout",
                    "arn": "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/checkout",
                }],
            },
        })
    );
}

#[test]
fn c69_the_log_group_is_in_the_partition_of_the_container_and_its_own_region() {
    let mut container = container();
    container["ContainerARN"] = json!("arn:aws-cn:ecs:cn-north-1:444455556666:container/a/b/c");
    container["LogOptions"]["awslogs-region"] = json!("cn-northwest-1");
    let arn = |container: &Value| {
        let mut found = of_container(container);
        found["aws"]["cloudwatch_logs"][0]["arn"].take()
    };
    assert_eq!(
        arn(&container),
        "arn:aws-cn:logs:cn-northwest-1:444455556666:log-group:/ecs/checkout"
    );
    container["LogOptions"]["awslogs-region"] = json!("a:b");
    assert_eq!(
        arn(&container),
        "arn:aws-cn:logs:cn-north-1:444455556666:log-group:/ecs/checkout"
    );
    // Version 3 has no ARN of the container.
    container["ContainerARN"] = Value::Null;
    container["Labels"]["com.amazonaws.ecs.task-arn"] =
        json!("arn:aws-us-gov:ecs:us-gov-west-1:444455556666:task/a/b");
    assert_eq!(
        arn(&container),
        "arn:aws-us-gov:logs:us-gov-west-1:444455556666:log-group:/ecs/checkout"
    );
    // Without any there is a name to look for still.
    container["Labels"] = Value::Null;
    assert_eq!(
        of_container(&container)["aws"]["cloudwatch_logs"],
        json!([{"log_group": "/ecs/checkout"}])
    );
}

#[test]
fn c69_logs_that_go_elsewhere_have_no_group() {
    let mut other = container();
    other["LogDriver"] = json!("awsfirelens");
    assert_eq!(of_container(&other)["aws"]["cloudwatch_logs"], Value::Null);
    for bad in [
        json!(""),
        json!("a b"),
        json!("a\"b"),
        json!("x".repeat(513)),
        json!(7),
    ] {
        let mut container = container();
        container["LogOptions"]["awslogs-group"] = bad;
        assert_eq!(
            of_container(&container)["aws"]["cloudwatch_logs"],
            Value::Null
        );
    }
}

#[test]
fn c69_what_is_not_of_its_type_is_left_out_and_what_is_long_is_cut() {
    let odd = json!({
        "DockerId": 7,
        "Labels": ["com.amazonaws.ecs.task-arn"],
        "LogOptions": "awslogs-group",
        "LogDriver": {},
        "ContainerARN": "arn:aws:ecs",
    });
    let expected =
        json!({"origin": "AWS::ECS::Container", "aws": {"ecs": {"container": "ip-10-0-0-1"}}});
    assert_eq!(of_container(&odd), expected);
    let long = json!({
        "DockerId": "\"ä".repeat(1000),
        "ContainerARN": format!("arn:aws:ecs:a:1:{}", "x".repeat(1000)),
    });
    let ecs = &of_container(&long)["aws"]["ecs"];
    assert_eq!(ecs["container_id"], "\"ä".repeat(125));
    assert_eq!(ecs["container_arn"], Value::Null, "half of an ARN is none");
}

#[test]
fn c69_ecs_falls_back_to_version_3() {
    let (_ill, four) = server(|_| Response::status(500));
    let (well, three) = server(|_| Response::json(container().to_string()));
    let place = Place::new()
        .var("ECS_CONTAINER_METADATA_URI_V4", four)
        .var("ECS_CONTAINER_METADATA_URI", three.clone() + "/v3/abc/");
    assert_eq!(place.found()["origin"], "AWS::ECS::Container");
    let alone = Place::new().var("ECS_CONTAINER_METADATA_URI", three);
    let alone = alone.plugins(|p| p.budget(std::time::Duration::MAX));
    assert_eq!(alone.found()["origin"], "AWS::ECS::Container");
    let paths: Vec<_> = well.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["/v3/abc", "/"]);
}

#[test]
fn c69_without_an_id_in_the_answer_the_container_s_group_has_it() {
    let mut container = container();
    container["DockerId"] = Value::Null;
    let (_server, url) = server(move |_| Response::json(container.to_string()));
    let place = Place::new()
        .var("ECS_CONTAINER_METADATA_URI_V4", url)
        .file("proc/sys/kernel/hostname", "ip-10-0-0-2\n")
        .file("proc/self/cgroup", format!("1:cpu:/ecs/task/{ID}\n0::/\n"));
    let ecs = &place.found()["aws"]["ecs"];
    assert_eq!(ecs["container_id"], ID);
    assert_eq!(ecs["container"], "ip-10-0-0-2");
}

#[test]
fn c69_endpoints_that_are_names_are_not_looked_up() {
    for url in [
        "http://metadata.invalid/v4",
        "https://127.0.0.1/",
        "/v4/abc",
        "127.0.0.1",
    ] {
        let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url);
        assert_eq!(place.found(), nothing(), "{url}");
    }
}
