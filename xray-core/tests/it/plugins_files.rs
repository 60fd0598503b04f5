//! What files and the environment say: Beanstalk, pods, log groups.

use crate::plugins_support::*;
use serde_json::{Value, json};
use xray_core::plugin::Plugins;
use xray_core::test_util::Response;

#[test]
fn c69_log_groups_of_the_environment_are_the_only_ones() {
    let (_server, url) = server(|_| Response::json(container().to_string()));
    let logs = |name: &str, value: &str| {
        let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url.clone());
        place.var(name, value).found()["aws"]["cloudwatch_logs"].take()
    };
    let of = |region: &str, name: &str| {
        let arn = format!("arn:aws:logs:{region}:111122223333:log-group:{name}");
        json!({"log_group": name, "arn": arn})
    };
    let here = |name: &str| of("eu-west-1", name);
    assert_eq!(
        logs("AWS_LOG_GROUP", "/my/group"),
        json!([here("/my/group")])
    );
    assert_eq!(
        logs("AWS_LOG_GROUPS", "a, b&c,,a, not one"),
        json!([here("a"), here("b"), here("c")])
    );
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:far:*";
    assert_eq!(logs("AWS_LOG_GROUP", arn), json!([of("us-east-1", "far")]));
    // Without plugins, at once.
    let place = Place::new().plugins(|_| Plugins::none());
    let (recorder, memory) = place.var("AWS_LOG_GROUP", "alone").recorder();
    assert_eq!(
        segment(&recorder, &memory),
        json!({"origin": null, "aws": {"cloudwatch_logs": [{"log_group": "alone"}]}})
    );
}

#[test]
fn c69_eks_is_told_by_the_environment_or_the_service_account() {
    const TOKEN: &str = "var/run/secrets/kubernetes.io/serviceaccount/token";
    let group = format!("0::/kubepods.slice/cri-containerd-{ID}.scope\n");
    let expected = json!({
        "origin": "AWS::EKS::Container",
        "aws": {"eks": {"pod": "checkout-5d9f", "container_id": ID}},
    });
    let place = || {
        let place = Place::new().var("HOSTNAME", "checkout-5d9f");
        place.file("proc/self/cgroup", &group)
    };
    assert_eq!(place().file(TOKEN, "").found(), expected);
    // The name is no address, so nobody is asked for the cluster in this test, whatever is built.
    assert_eq!(
        place().var("KUBERNETES_SERVICE_HOST", "none").found(),
        expected
    );
    // With the second version of control groups.
    let mount =
        format!("7 1 0:1 /var/lib/docker/containers/{ID}/hosts /etc/hosts rw - ext4 a rw\n");
    let place = place().file("proc/self/cgroup", "0::/\n");
    let place = place.file("proc/self/mountinfo", mount);
    assert_eq!(place.file(TOKEN, "").found(), expected);
}

#[test]
fn c69_beanstalk_is_a_file() {
    let conf = r#"{"deployment_id":32,"version_label":"app-1","environment_name":"shop"}"#;
    let whole = json!({
        "origin": "AWS::ElasticBeanstalk::Environment",
        "aws": {"elastic_beanstalk": {
            "environment_name": "shop", "version_label": "app-1", "deployment_id": 32,
        }},
    });
    let found = |conf: &str| Place::new().file(BEANSTALK, conf).found();
    assert_eq!(found(conf), whole);
    assert_eq!(found(&conf.replace("32", "\"32\"")), whole);
    let mut less = whole.clone();
    less["aws"]["elastic_beanstalk"]
        .as_object_mut()
        .unwrap()
        .remove("deployment_id");
    assert_eq!(found(&conf.replace("32", "-1")), less);
    for bad in [
        "",
        "{",
        "[1]",
        "{}",
        "{\"environment_name\":{}}",
        &" ".repeat(70_000),
    ] {
        assert_eq!(found(bad), nothing(), "{bad}");
    }
    let folder = Place::new();
    std::fs::create_dir_all(folder.path(BEANSTALK)).unwrap();
    assert_eq!(folder.found(), nothing());
}

/// Whoever reads from a pipe waits for a writer.
#[cfg(unix)]
#[test]
fn c69_a_pipe_in_the_place_of_a_file_is_not_read() {
    let place = Place::new().file("proc/sys/kernel/osrelease", "");
    let (_server, url) = server(|_| Response::json(container().to_string()));
    for path in [BEANSTALK, "proc/self/cgroup", "proc/sys/kernel/hostname"] {
        let made = std::process::Command::new("mkfifo")
            .arg(place.path(path))
            .status();
        assert!(made.unwrap().success());
    }
    let found = place.var("ECS_CONTAINER_METADATA_URI_V4", url).found();
    assert_eq!(found["origin"], "AWS::ECS::Container");
    assert_eq!(found["aws"]["ecs"]["container"], Value::Null);
}
