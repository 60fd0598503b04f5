//! Files that say where this runs. They are small, or they are not what is looked for.

use crate::env::{self, Env};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

const LARGEST: u64 = 64 << 10;

pub(super) struct Files<'a>(&'a Path);

impl<'a> Files<'a> {
    pub(super) fn below(root: &'a Path) -> Self {
        Self(root)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }

    pub(super) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let whole = self.0.join(path);
        let said = |error: io::Error| io::Error::new(error.kind(), format!("/{path}: {error}"));
        // Reading from a pipe would wait for whoever writes.
        if !whole.metadata().map_err(said)?.is_file() {
            return Err(said(io::Error::new(
                ErrorKind::InvalidInput,
                "no plain file",
            )));
        }
        let mut bytes = Vec::new();
        let file = File::open(whole).map_err(said)?;
        let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
        if read.map_err(said)? as u64 > LARGEST {
            return Err(said(io::Error::new(ErrorKind::InvalidData, "too large")));
        }
        Ok(bytes)
    }

    /// A line of text; none where there is nothing of the kind.
    pub(super) fn line(&self, path: &str) -> Option<String> {
        let text = String::from_utf8(self.read(path).ok()?).ok()?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// What the container or pod calls itself.
    pub(super) fn host_name(&self, env: &Env) -> Option<String> {
        let of_env = env.get(env::HOSTNAME).map(str::to_owned);
        of_env.or_else(|| self.line("proc/sys/kernel/hostname"))
    }

    /// The id of the container that this process is in.
    ///
    /// Its control group is called like it. With version 2 a container sees no more than the root
    /// of its own, but its files are still mounted from a folder of that name.
    pub(super) fn container_id(&self) -> Option<String> {
        let text = |path| String::from_utf8(self.read(path).ok()?).ok();
        let group = text("proc/self/cgroup").and_then(|t| t.lines().find_map(of_group));
        group.or_else(|| text("proc/self/mountinfo").and_then(|t| t.lines().find_map(of_mount)))
    }
}

/// `11:memory:/ecs/<task>/<id>`, `0::/kubepods.slice/…/cri-containerd-<id>.scope`.
fn of_group(line: &str) -> Option<String> {
    let name = line.rsplit('/').next()?.trim();
    let name = name.strip_suffix(".scope").unwrap_or(name);
    let tail = name.len().checked_sub(64).and_then(|at| name.get(at..));
    let id = [tail, Some(name)]
        .into_iter()
        .flatten()
        .find(|id| is_id(id))?;
    Some(id.to_owned())
}

/// `… /var/lib/docker/containers/<id>/hostname /etc/hostname …`.
fn of_mount(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("/containers/")?;
    let id = rest.split('/').next()?;
    is_id(id).then(|| id.to_owned())
}

/// 64 hex digits, or as on Fargate 32 of them and a number.
fn is_id(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match text.split_once('-') {
        None => text.len() == 64 && hex(text),
        Some((task, number)) => {
            let digits = number.bytes().all(|b| b.is_ascii_digit());
            task.len() == 32 && hex(task) && digits && (1..=20).contains(&number.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c69_the_container_id_is_read_off_the_control_group() {
        let id = "cd2f8b2d5b1e4b2a9f0e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00112";
        for (line, expected) in [
            (format!("14:name=systemd:/docker/{id}"), Some(id)),
            (format!("9:perf_event:/ecs/0123/{id}"), Some(id)),
            (
                format!("0::/kubepods.slice/pod1.slice/cri-containerd-{id}.scope"),
                Some(id),
            ),
            (format!("0::/kubepods/besteffort/pod1/{id}"), Some(id)),
            (
                "4:cpu:/ecs/x/0123456789abcdef0123456789abcdef-1234567890".to_owned(),
                Some("0123456789abcdef0123456789abcdef-1234567890"),
            ),
            ("0::/".to_owned(), None),
            (String::new(), None),
            (format!("1:cpu:/docker/{}", &id[1..]), None),
            (format!("1:cpu:/docker/{}", id.to_uppercase()), None),
            (format!("1:cpu:/docker/ä{}", &id[1..]), None),
            (
                "0::/user.slice/user-1000.slice/session-3.scope".to_owned(),
                None,
            ),
        ] {
            assert_eq!(of_group(&line).as_deref(), expected, "{line}");
        }
        let mount = format!(
            "714 708 259:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw - ext4 /dev/root rw"
        );
        assert_eq!(of_mount(&mount).as_deref(), Some(id));
        assert_eq!(of_mount("22 1 0:20 / /proc rw - proc proc rw"), None);
    }
}
