//! Where a service runs, as documents say it, with the platform's endpoints played by servers of ours
//! and its files in a folder.

use crate::plugins_support::*;
use crate::support::value;
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use xray_core::plugin::Plugin;
use xray_core::sampling::{Sampler, SamplingDecision, SamplingRequest};
use xray_core::test_util::Response;
use xray_core::{HttpRequest, Recorder};

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
fn c69_the_origin_is_that_of_the_most_particular_place() {
    let (_ecs, ecs) = server(|_| Response::json(container().to_string()));
    let (_ec2, ec2) = server(imds(instance()));
    let everywhere = || {
        Place::new()
            .var("ECS_CONTAINER_METADATA_URI_V4", ecs.clone())
            .var("IMDS_ENDPOINT", ec2.clone())
            .var("KUBERNETES_SERVICE_HOST", "none")
            .var("HOSTNAME", "host")
            .file(BEANSTALK, r#"{"environment_name":"shop"}"#)
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
