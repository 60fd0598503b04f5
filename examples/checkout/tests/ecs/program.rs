//! The checkout in a process of its own, with an environment of its own.

use super::LONG;
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: Said,
}

/// Its lines on stdout.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) log: Vec<Value>,
    /// Those in the embedded metric format.
    pub(crate) metrics: Vec<Value>,
}

impl Program {
    pub(crate) fn start(environment: &[(&str, String)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_checkout"))
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
            said: Said::default(),
        }
    }

    /// One line more; false at the end.
    async fn hear(&mut self) -> bool {
        let line = timeout(LONG, self.lines.next_line()).await;
        let Some(line) = line.expect("a line in time").unwrap() else {
            return false;
        };
        let value: Value = serde_json::from_str(&line).expect(&line);
        if value["_aws"].is_object() {
            self.said.metrics.push(value);
        } else {
            self.said.log.push(value);
        }
        true
    }

    /// Where it listens, once it does.
    pub(crate) async fn address(&mut self) -> String {
        loop {
            assert!(self.hear().await, "it has ended: {:?}", self.said);
            let last = self.said.log.last();
            if let Some(address) = last.and_then(|line| line["address"].as_str()) {
                return format!("http://{address}");
            }
        }
    }

    /// Ends it as ECS does, and gives all that it has said.
    pub(crate) async fn stop(mut self) -> Said {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        while self.hear().await {}
        let ended = timeout(LONG, self.child.wait()).await.expect("an end");
        assert!(ended.unwrap().success(), "{:?}", self.said.log.last());
        self.said
    }
}
