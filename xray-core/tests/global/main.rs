//! The recorder, the logger and the environment of a process. There is one of each, so every test
//! runs in a process of its own: this binary starts itself again, for that test alone.

mod init;
mod log;
mod metrics;
#[cfg(target_os = "linux")]
mod plugins;
mod sampling;
mod strategy;
mod threads;

use std::env;
use std::process::Command;

const CHILD: &str = "XRAY_CORE_TEST_CHILD";

/// Runs `story` in a process of its own, with these variables and none else of the SDK's. `test` is
/// the full name of the test that calls this. What the process has printed; none where this is it.
#[track_caller]
fn alone(test: &str, variables: &[(&str, &str)], story: fn()) -> Option<String> {
    if env::var(CHILD).is_ok_and(|child| child == test) {
        story();
        return None;
    }
    let mut child = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        let ours = ["AWS_", "LAMBDA_", "ECS_", "IMDS_", "KUBERNETES_"];
        if ours.iter().any(|start| name_text.starts_with(start)) {
            child.env_remove(&name);
        }
    }
    child.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    // Nobody is asked for rules, and what is recorded is certain.
    child.env(CHILD, test).env("AWS_XRAY_SAMPLER", "always");
    // Nor where this runs.
    child.env("AWS_XRAY_PLUGINS", "none");
    child.envs(variables.iter().copied());
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // The SDK's own messages go to the logger and nowhere else.
    for line in text.lines() {
        assert!(
            !line.contains("X-Ray") && !line.contains("AWS_XRAY"),
            "{line}"
        );
    }
    Some(text.into_owned())
}
