//! Documents to X-Ray's API and rules from there, without a daemon.

use crate::support::{Answer, LONG, Server, config, json};
use serde_json::Value;
use std::time::Duration;
use xray_aws_sdk::{ApiEmitter, ApiRuleSource};
use xray_core::Recorder;
use xray_core::sampling::{Always, CentralSampler, RuleSource};
use xray_core::test_util::{ManualClock, MemoryEmitter};

const NEVER: Duration = Duration::from_secs(3_600);

fn taken() -> Answer {
    json(200, r#"{"UnprocessedTraceSegments":[]}"#)
}

fn emitter(server: &Server) -> ApiEmitter {
    let config = server.config();
    let builder = ApiEmitter::builder(&config).max_age(NEVER);
    builder.backoff(Duration::ZERO).build().unwrap()
}

fn recorder(emitter: &ApiEmitter) -> Recorder {
    let builder = Recorder::builder("shop").emitter(emitter.clone());
    builder.sampler(Always).build().unwrap()
}

fn documents(body: &[u8]) -> Vec<Value> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let documents = body["TraceSegmentDocuments"].as_array().unwrap();
    let parsed = documents
        .iter()
        .map(|d| serde_json::from_str(d.as_str().unwrap()).unwrap());
    parsed.collect()
}

/// The runtime of this test does nothing while it is blocked: were the call made there, it would
/// never end.
#[tokio::test(flavor = "current_thread")]
async fn flushing_from_a_current_thread_runtime_does_not_block_itself() {
    let server = Server::apart([taken()]);
    let emitter = emitter(&server);
    let recorder = recorder(&emitter);
    for _ in 0..120 {
        recorder.segment("shop").start().end();
    }
    assert!(recorder.flush(LONG));
    let sizes: Vec<_> = server
        .received()
        .iter()
        .map(|r| documents(&r.body).len())
        .collect();
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(documents(&server.received()[0].body)[0]["name"], "shop");
    assert!(
        server.received()[0]
            .head
            .starts_with("POST /TraceSegments ")
    );
    assert_eq!(emitter.stats().delivered, 120);
    assert!(server.received()[0].headers("authorization")[0].contains("/xray/aws4_request"));
}

#[test]
fn a_document_does_not_wait_longer_than_its_age() {
    let server = Server::apart([taken()]);
    let config = server.config();
    let builder = ApiEmitter::builder(&config).max_age(Duration::from_millis(1));
    let emitter = builder.build().unwrap();
    recorder(&emitter).segment("shop").start().end();
    server.wait(1);
    assert_eq!(documents(&server.received()[0].body).len(), 1);
}

#[test]
fn what_fails_is_sent_again_and_at_last_lost() {
    // Each call is three attempts of the SDK.
    let failed = || json(500, "{}");
    let server = Server::apart([
        failed(),
        failed(),
        failed(),
        failed(),
        Answer::Close,
        taken(),
    ]);
    let emitter = emitter(&server);
    let recorder = recorder(&emitter);
    recorder.segment("shop").start().end();
    assert!(recorder.flush(LONG));
    assert_eq!(server.received().len(), 6);
    assert_eq!((emitter.stats().delivered, emitter.stats().lost), (1, 0));

    let server = Server::apart([failed()]);
    let emitter = self::emitter(&server);
    let recorder = self::recorder(&emitter);
    recorder.segment("shop").start().end();
    assert!(!recorder.flush(LONG), "it did not leave");
    assert_eq!((emitter.stats().delivered, emitter.stats().lost), (0, 1));
    assert!(recorder.flush(LONG), "nothing is left");
}

#[test]
fn what_can_never_succeed_is_not_sent_again() {
    let server = Server::apart([json(403, r#"{"__type":"AccessDeniedException"}"#)]);
    let emitter = emitter(&server);
    let recorder = recorder(&emitter);
    recorder.segment("shop").start().end();
    assert!(!recorder.flush(LONG));
    assert_eq!(server.received().len(), 1);
    assert_eq!(emitter.stats().lost, 1);
}

#[test]
fn what_x_ray_does_not_take_is_counted() {
    let refused =
        r#"{"UnprocessedTraceSegments":[{"Id":"1","ErrorCode":"ParseError","Message":"bad"}]}"#;
    let server = Server::apart([json(200, refused)]);
    let emitter = emitter(&server);
    let recorder = recorder(&emitter);
    recorder.segment("shop").start().end();
    recorder.segment("shop").start().end();
    assert!(recorder.flush(LONG));
    assert_eq!(
        (emitter.stats().delivered, emitter.stats().unprocessed),
        (1, 1)
    );
}

#[test]
fn a_full_queue_and_an_api_that_hangs_keep_nobody() {
    let server = Server::apart([Answer::Hang]);
    let config = server.config();
    let emitter = ApiEmitter::builder(&config).max_age(Duration::ZERO);
    let emitter = emitter.queue_limit(1_000).build().unwrap();
    let recorder = recorder(&emitter);
    for _ in 0..100 {
        recorder.segment("shop").start().end();
    }
    let stats = recorder.stats();
    assert!(stats.emitted > 0 && stats.lost_full > 0, "{stats:?}");
    assert_eq!(stats.emitted + stats.lost_full, 100);
    assert!(!recorder.flush(Duration::from_millis(10)));
}

#[test]
fn an_emitter_that_is_dropped_sends_what_it_has() {
    let server = Server::apart([taken()]);
    let emitter = emitter(&server);
    recorder(&emitter).segment("shop").start().end();
    drop(emitter);
    server.wait(1);
    assert_eq!(documents(&server.received()[0].body).len(), 1);
}

const RULES: &str = r#"{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"orders","ResourceARN":"*",
    "Priority":7,"FixedRate":0.25,"ReservoirSize":3,"ServiceName":"shop","ServiceType":"*",
    "Host":"*.example","HTTPMethod":"GET","URLPath":"/orders/*","Version":1,
    "Attributes":{"tenant":"a*"},
    "SamplingRateBoost":{"MaxRate":0.5,"CooldownWindowMinutes":10}}},{}],"NextToken":"more"}"#;

#[tokio::test(flavor = "current_thread")]
async fn rules_arrive_with_all_they_say() {
    let last = r#"{"SamplingRuleRecords":[]}"#;
    let server = Server::apart([json(200, RULES), json(200, last)]);
    let source = ApiRuleSource::new(&server.config()).unwrap();
    // Blocks the runtime, as a sampler's thread would not.
    let page = source.get_rules(None).unwrap();
    assert_eq!(page.next_token.as_deref(), Some("more"));
    assert_eq!(page.rules.len(), 1);
    let rule = &page.rules[0];
    assert_eq!((&*rule.name, rule.priority, rule.version), ("orders", 7, 1));
    assert_eq!((rule.fixed_rate, rule.reservoir_size), (0.25, 3));
    let texts = [
        &rule.service_name,
        &rule.service_type,
        &rule.host,
        &rule.http_method,
    ];
    assert_eq!(texts, ["shop", "*", "*.example", "GET"]);
    assert_eq!((&*rule.url_path, &*rule.resource_arn), ("/orders/*", "*"));
    assert_eq!(rule.attributes["tenant"], "a*");
    let boost = rule.boost.unwrap();
    assert_eq!(
        (boost.max_rate, boost.cooldown),
        (0.5, Duration::from_secs(600))
    );

    let page = source.get_rules(page.next_token.as_deref()).unwrap();
    assert!(page.rules.is_empty() && page.next_token.is_none());
    let asked: Value = serde_json::from_slice(&server.received()[1].body).unwrap();
    assert_eq!(asked["NextToken"], "more");
    assert!(server.received()[0].headers("x-amzn-trace-id").is_empty());
}

#[test]
fn a_central_sampler_decides_by_them_and_reports() {
    let targets = r#"{"SamplingTargetDocuments":[{"RuleName":"orders","FixedRate":1.0,
        "ReservoirQuota":5,"ReservoirQuotaTTL":1500000100,"Interval":10,
        "SamplingBoost":{"BoostRate":0.5,"BoostRateTTL":1500000200}}],
        "LastRuleModification":1499999999,
        "UnprocessedStatistics":[{"RuleName":"gone","ErrorCode":"404","Message":"no such rule"}]}"#;
    let all = r#"{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"orders","ResourceARN":"*",
        "Priority":7,"FixedRate":1.0,"ReservoirSize":3,"ServiceName":"*","ServiceType":"*",
        "Host":"*","HTTPMethod":"*","URLPath":"*","Version":1}}]}"#;
    let server = Server::apart([json(200, all), json(200, targets)]);
    let source = ApiRuleSource::new(&server.config()).unwrap();
    let sampler = std::sync::Arc::new(CentralSampler::builder(source).build());
    let now = Duration::from_secs(1_500_000_000);
    sampler.poll(now);
    let recorder = Recorder::builder("shop").sampler(sampler.clone());
    let recorder = recorder.clock(ManualClock::new(now));
    let recorder = recorder.emitter(MemoryEmitter::new()).build().unwrap();
    recorder.segment("shop").start().end();
    sampler.report(now + Duration::from_secs(11));
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert!(received[1].head.starts_with("POST /SamplingTargets "));
    let report: Value = serde_json::from_slice(&received[1].body).unwrap();
    let document = &report["SamplingStatisticsDocuments"][0];
    assert_eq!(document["RuleName"], "orders");
    assert_eq!(
        (&document["RequestCount"], &document["BorrowCount"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn rules_that_cannot_be_had_are_an_error_that_says_why() {
    let server = Server::apart([json(
        403,
        r#"{"__type":"AccessDenied","message":"not for you"}"#,
    )]);
    let source = ApiRuleSource::new(&server.config()).unwrap();
    let error = source.get_rules(None).unwrap_err().to_string();
    assert!(error.contains("not for you"), "{error}");
    let nobody = ApiRuleSource::new(&config(([127, 0, 0, 1], 9).into())).unwrap();
    let error = nobody.get_rules(None).unwrap_err().to_string();
    assert!(error.contains("dispatch failure"), "{error}");
    assert!(
        nobody
            .describe()
            .starts_with("the API of X-Ray in eu-west-")
    );
}
