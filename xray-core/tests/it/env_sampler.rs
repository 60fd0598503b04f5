//! `AWS_XRAY_SAMPLER`: which sampler, whatever the code says.

use crate::emitters::LONG;
use crate::support::with;
use xray_core::sampling::{Always, Never};
use xray_core::test_util::{DaemonStub, MemoryEmitter};
use xray_core::{Env, InitError, Recorder, RecorderBuilder};

#[test]
fn the_sampler_wins_over_code() {
    let sampled = |builder: fn(RecorderBuilder) -> RecorderBuilder, text: &str| {
        let (recorder, memory) = with(|b| builder(b).env(Env::of([("AWS_XRAY_SAMPLER", text)])));
        for _ in 0..10 {
            recorder.segment("api").start().end();
        }
        memory.take().len()
    };
    assert_eq!(sampled(|b| b.sampler(Never), "always"), 10);
    assert_eq!(sampled(|b| b.sampler(Always), "NEVER"), 0);
}

#[test]
fn the_sampler_may_ask_the_daemon() {
    let daemon = DaemonStub::new().unwrap();
    let env = Env::of([
        ("AWS_XRAY_SAMPLER", "Central"),
        ("AWS_XRAY_DAEMON_ADDRESS", &*daemon.address()),
    ]);
    let (recorder, _) = with(|b| b.sampler(Never).env(env));
    let asked = daemon.wait_for_requests(1, LONG);
    assert_eq!(asked[0].path, "/GetSamplingRules");
    recorder.shutdown(LONG);
}

#[test]
fn the_sampler_may_have_rules_in_a_file() {
    let name = format!("xray-core-test-{}-rules.json", std::process::id());
    let file = std::env::temp_dir().join(name);
    let setting = format!("LOCAL:{}", file.display());
    let recorder = || {
        let builder = Recorder::builder("service").emitter(MemoryEmitter::new());
        let env = Env::of([("AWS_XRAY_SAMPLER", &*setting)]);
        builder.sampler(Always).env(env).build()
    };
    assert!(matches!(recorder(), Err(InitError::Rules(_))), "no file");
    std::fs::write(&file, "{}").unwrap();
    assert!(matches!(recorder(), Err(InitError::Rules(_))), "no rules");
    let none = r#"{"version": 2, "default": {"fixed_target": 0, "rate": 0}}"#;
    std::fs::write(&file, none).unwrap();
    let built = recorder();
    std::fs::remove_file(&file).unwrap();
    let recorder = built.unwrap();
    recorder.segment("api").start().end();
    assert_eq!(recorder.stats().begun, 0);
}
