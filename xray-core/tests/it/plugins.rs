//! Where a service runs, as documents say it, with the platform's endpoints played by servers of ours
//! and its files in a folder.

use crate::plugins_support::*;
use crate::support::value;
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use xray_core::plugin::{Plugin, Plugins};
use xray_core::sampling::{Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::Response;
use xray_core::{HttpRequest, Recorder};

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

/// Each at the same time: they wait for what never comes.
#[test]
fn c69_ill_servers_leave_no_trace_and_take_no_time() {
    let tests = ill().into_iter().map(|(what, response)| {
        thread::spawn(move || {
            let (_server, url) = server(move |_| response.clone());
            let ecs = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url.clone());
            let ec2 = Place::new().var("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
            for place in [ecs, ec2] {
                // Within the budget, or the test would take minutes: what is late is late by one.
                let place = place.plugins(|p| p.budget(SHORT));
                assert_eq!(place.found(), nothing(), "{what}");
            }
        })
    });
    let tests: Vec<_> = tests.collect();
    tests.into_iter().for_each(|test| test.join().unwrap());
}

#[test]
fn c69_slow_servers_have_the_budget_for_all_their_bytes() {
    let text = container().to_string();
    let slow = |delay| Response::json(container().to_string()).delay(delay);
    let (_server, url) = server(move |_| slow(SHORT));
    let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url);
    assert_eq!(place.found()["origin"], "AWS::ECS::Container");
    // A byte now and then gains nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let drip = thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = listener.accept().unwrap();
        let whole = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        whole
            .bytes()
            .take_while(|&byte| {
                let _ = stream.set_nodelay(true);
                thread::sleep(SHORT / 20);
                stream.write_all(&[byte]).is_ok()
            })
            .count()
            < whole.len()
    });
    let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url);
    assert_eq!(place.plugins(|p| p.budget(SHORT)).found(), nothing());
    assert!(drip.join().unwrap(), "the client has gone before the end");
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

const CONF: &str = "var/elasticbeanstalk/xray/environment.conf";

#[test]
fn c69_beanstalk_is_a_file() {
    let conf = r#"{"deployment_id":32,"version_label":"app-1","environment_name":"shop"}"#;
    let whole = json!({
        "origin": "AWS::ElasticBeanstalk::Environment",
        "aws": {"elastic_beanstalk": {
            "environment_name": "shop", "version_label": "app-1", "deployment_id": 32,
        }},
    });
    let found = |conf: &str| Place::new().file(CONF, conf).found();
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
    std::fs::create_dir_all(folder.path(CONF)).unwrap();
    assert_eq!(folder.found(), nothing());
}

/// Whoever reads from a pipe waits for a writer.
#[cfg(unix)]
#[test]
fn c69_a_pipe_in_the_place_of_a_file_is_not_read() {
    let place = Place::new().file("proc/sys/kernel/osrelease", "");
    let (_server, url) = server(|_| Response::json(container().to_string()));
    for path in [CONF, "proc/self/cgroup", "proc/sys/kernel/hostname"] {
        let made = std::process::Command::new("mkfifo")
            .arg(place.path(path))
            .status();
        assert!(made.unwrap().success());
    }
    let found = place.var("ECS_CONTAINER_METADATA_URI_V4", url).found();
    assert_eq!(found["origin"], "AWS::ECS::Container");
    assert_eq!(found["aws"]["ecs"]["container"], Value::Null);
}

#[test]
fn c69_the_origin_is_that_of_the_most_particular_place() {
    let (_ecs, ecs) = server(|_| Response::json(container().to_string()));
    let (_ec2, ec2) = server(imds(instance()));
    let everywhere = || {
        Place::new()
            .var("ECS_CONTAINER_METADATA_URI_V4", ecs.clone())
            .var("IMDS_ENDPOINT", ec2.clone())
            .var("KUBERNETES_SERVICE_HOST", "none")
            .var("HOSTNAME", "host")
            .file(CONF, r#"{"environment_name":"shop"}"#)
    };
    let mut place = everywhere();
    for (plugin, block, origin) in [
        (
            Plugin::Beanstalk,
            "elastic_beanstalk",
            "AWS::ElasticBeanstalk::Environment",
        ),
        (Plugin::Eks, "eks", "AWS::EKS::Container"),
        (Plugin::Ecs, "ecs", "AWS::ECS::Container"),
        (Plugin::Ec2, "ec2", "AWS::EC2::Instance"),
    ] {
        let found = place.found();
        assert_eq!(found["origin"], origin);
        assert!(found["aws"]["ec2"].is_object(), "all of them are told");
        assert!(found["aws"][block].is_object(), "{found}");
        // One by its name alone.
        let one = everywhere().var("AWS_XRAY_PLUGINS", plugin.name().to_uppercase());
        let one = one.found();
        assert_eq!(one["origin"], origin);
        let blocks = one["aws"].as_object().unwrap().keys();
        assert_eq!(
            blocks
                .filter(|k| *k != "cloudwatch_logs")
                .collect::<Vec<_>>(),
            [block]
        );
        place = place.plugins(|p| p.without(plugin));
    }
    assert_eq!(place.found(), nothing());
    let (builder, memory) = everywhere().builder();
    let recorder = builder.origin("My::Own").build().unwrap();
    assert!(recorder.wait_for_plugins(LONG));
    assert_eq!(recorder.origin(), Some("My::Own"));
    let found = segment(&recorder, &memory);
    assert_eq!(found["origin"], "My::Own");
    assert!(found["aws"]["ecs"].is_object());
}

#[test]
fn c69_segments_that_end_before_leave_without_and_nobody_waits() {
    let (let_ecs, ecs_waits) = channel::<()>();
    let (let_ec2, ec2_waits) = channel::<()>();
    let (_ecs, ecs) = server(move |_| {
        let _ = ecs_waits.recv();
        Response::json(container().to_string())
    });
    let mut imds = imds(instance());
    let (_ec2, ec2) = server(move |request| {
        let _ = ec2_waits.recv();
        imds(request)
    });
    let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", ecs);
    let place = place.var("IMDS_ENDPOINT", ec2);
    let (recorder, memory) = place.recorder();
    assert_eq!(segment(&recorder, &memory), nothing());
    assert_eq!(recorder.origin(), None);
    assert!(!recorder.wait_for_plugins(SHORT / 10));
    let open = recorder.segment("open").start();
    drop(let_ecs);
    // A container is not kept waiting by the instance that it is on.
    while recorder.origin().is_none() {
        thread::yield_now();
    }
    let early = segment(&recorder, &memory);
    assert_eq!(early["origin"], "AWS::ECS::Container");
    assert_eq!(early["aws"]["ec2"], Value::Null);
    drop(let_ec2);
    assert!(recorder.wait_for_plugins(LONG));
    assert!(segment(&recorder, &memory)["aws"]["ec2"].is_object());
    open.end();
    let late = value(&memory.take()[0]);
    assert_eq!(late["origin"], "AWS::ECS::Container", "it ended afterwards");
}

/// Whoever does not answer has a share of the time, not all of it.
#[test]
fn c69_one_that_hangs_does_not_keep_the_others_away() {
    let (_hangs, hangs) = server(|_| Response::hang());
    let (_ec2, ec2) = server(imds(instance()));
    let (_ecs, ecs) = server(|_| Response::json(container().to_string()));
    let place = |ecs: &str, ec2: &str| {
        let place = Place::new().plugins(|p| p.budget(10 * SHORT));
        let place = place.var("ECS_CONTAINER_METADATA_URI_V4", ecs);
        place.var("IMDS_ENDPOINT", ec2).found()
    };
    assert_eq!(place(&hangs, &ec2)["origin"], "AWS::EC2::Instance");
    assert_eq!(place(&ecs, &hangs)["origin"], "AWS::ECS::Container");
}

#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<[Option<String>; 2]>>>);

impl Sampler for Asked {
    fn decide(&self, request: &SamplingRequest<'_>) -> SamplingDecision {
        let asked = [request.origin, request.resource_arn].map(|o| o.map(str::to_owned));
        self.0.lock().unwrap().push(asked);
        SamplingDecision::new(false)
    }
}

#[test]
fn c69_samplers_are_asked_about_the_place_that_was_found() {
    let (_server, url) = server(|_| Response::json(container().to_string()));
    let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url);
    let asked = Asked::default();
    let (builder, _) = place.builder();
    let recorder = builder.sampler(asked.clone()).build().unwrap();
    assert!(recorder.wait_for_plugins(LONG));
    recorder.segment("api").start().end();
    recorder
        .segment("api")
        .resource_arn("arn:own")
        .start()
        .end();
    let arn = container()["ContainerARN"].as_str().unwrap().to_owned();
    let origin = || Some("AWS::ECS::Container".to_owned());
    let expected = [
        [origin(), Some(arn)],
        [origin(), Some("arn:own".to_owned())],
    ];
    assert_eq!(*asked.0.lock().unwrap(), expected);
}

#[test]
fn c69_a_small_datagram_leaves_the_place_out_before_the_request() {
    let (_server, url) = server(|_| Response::json(container().to_string()));
    let place = Place::new().var("ECS_CONTAINER_METADATA_URI_V4", url);
    let (builder, memory) = place.builder();
    let recorder = builder.sampler(crate::support::ByService).size_limit(1024);
    let recorder = recorder.build().unwrap();
    assert!(recorder.wait_for_plugins(LONG));
    let url = format!("http://shop.example.com/{}", "x".repeat(200));
    let agent = "u".repeat(100);
    for (name, rule) in [("plain", Value::Null), ("ruled", json!("ruled"))] {
        let request = HttpRequest::new("GET", &url).user_agent(&agent);
        recorder.segment(name).request(request).start().end();
        let document = value(&memory.take()[0]);
        assert_eq!(document["http"]["request"]["method"], "GET", "{document}");
        assert_eq!(document["origin"], "AWS::ECS::Container");
        assert_eq!(document["aws"]["ecs"], Value::Null);
        assert_eq!(document["aws"]["xray"]["sampling_rule_name"], rule);
    }
}

#[test]
fn c69_a_plain_builder_asks_nobody() {
    let recorder = Recorder::builder("service").build().unwrap();
    assert!(recorder.wait_for_plugins(std::time::Duration::ZERO));
    assert_eq!(recorder.origin(), None);
}
