//! The rules of ARCHITECTURE.md that can be read off the manifests and the sources.

use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What only crates whose rust-version says so may need more than.
const MSRV: (u32, u32) = (1, 85);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

struct Workspace {
    metadata: Value,
}

impl Workspace {
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--all-features",
                "--locked",
            ])
            // Otherwise what only other platforms need would have to be fetched.
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata = serde_json::from_slice(&output.stdout).unwrap();
        Self { metadata }
    }

    fn packages(&self) -> HashMap<&str, &Value> {
        let all = self.metadata["packages"].as_array().unwrap();
        all.iter().map(|p| (p["id"].as_str().unwrap(), p)).collect()
    }

    fn members(&self) -> Vec<&Value> {
        let packages = self.packages();
        let members = self.metadata["workspace_members"].as_array().unwrap();
        members
            .iter()
            .map(|id| packages[id.as_str().unwrap()])
            .collect()
    }

    fn member(&self, name: &str) -> &Value {
        let mut members = self.members().into_iter();
        members
            .find(|p| p["name"] == name)
            .unwrap_or_else(|| panic!("no member {name}"))
    }

    /// Names of what a package needs to run, on any platform.
    fn dependencies<'a>(&self, package: &'a Value) -> BTreeSet<&'a str> {
        let all = package["dependencies"].as_array().unwrap().iter();
        let normal = all.filter(|d| d["kind"].is_null());
        // What only a test build with `--cfg loom` needs is no dependency of anybody.
        let normal = normal.filter(|d| !d["target"].as_str().is_some_and(|t| t.contains("loom")));
        normal.map(|d| d["name"].as_str().unwrap()).collect()
    }
}

fn names(all: &[&'static str]) -> BTreeSet<&'static str> {
    all.iter().copied().collect()
}

#[test]
fn the_core_knows_no_runtime_and_no_framework() {
    let workspace = Workspace::read();
    let core = workspace.member("aws-xray-core");
    let allowed = names(&[
        // Rules are replaced while decisions read them, without a lock.
        "arc-swap",
        "arc-swap",
        "futures-core",
        "jsonschema",
        "log",
        "pin-project-lite",
        "rand",
        "regex-lite",
        "rustix",
        "saphyr",
        // Only for `eks`, whose API is reached by TLS alone.
        "rustls",
        // Only for `adaptive-config`.
        "regex-lite",
        "rustix",
        "saphyr",
        "serde",
        "serde_json",
        "socket2",
    ]);
    let unknown: Vec<_> = workspace
        .dependencies(core)
        .difference(&allowed)
        .copied()
        .collect();
    assert!(
        unknown.is_empty(),
        "a new dependency of the core wants a reason here: {unknown:?}"
    );
}

#[test]
fn adapters_know_the_core_and_neither_each_other_nor_the_facade() {
    let workspace = Workspace::read();
    for member in workspace.members() {
        let name = member["name"].as_str().unwrap();
        let ours: BTreeSet<_> = workspace
            .dependencies(member)
            .into_iter()
            .filter(|d| d.starts_with("aws-xray"))
            .collect();
        match name {
            "aws-xray-core" | "aws-xray-macros" => assert_eq!(ours, names(&[]), "{name}"),
            "aws-xray" => {}
            adapter if adapter.starts_with("aws-xray-") => {
                assert_eq!(ours, names(&["aws-xray-core"]), "{name}");
            }
            // Programs see what users see.
            program => assert!(ours.is_subset(&names(&["aws-xray"])), "{program}: {ours:?}"),
        }
    }
}

/// The one crate that needs what the AWS SDK needs, a newer Rust first of all.
const FOR_THE_SDK: &str = "aws-xray-aws-sdk";

#[test]
fn only_one_crate_knows_the_aws_sdk() {
    let workspace = Workspace::read();
    let of_the_sdk = |name: &&str| name.starts_with("aws-") && !name.starts_with("aws-xray");
    for member in workspace.members() {
        let name = member["name"].as_str().unwrap();
        let sdk: Vec<_> = workspace
            .dependencies(member)
            .into_iter()
            .filter(of_the_sdk)
            .collect();
        if name == FOR_THE_SDK {
            assert!(sdk.contains(&"aws-smithy-runtime-api"), "{sdk:?}");
            assert_eq!(member["rust_version"], "1.94.1");
        } else if name.starts_with("aws-xray") {
            assert_eq!(sdk, [""; 0], "{name}");
        }
    }
}

#[test]
fn what_is_published_builds_with_the_oldest_rust() {
    let workspace = Workspace::read();
    let packages = workspace.packages();
    let nodes = workspace.metadata["resolve"]["nodes"].as_array().unwrap();
    let nodes: HashMap<_, _> = nodes
        .iter()
        .map(|n| (n["id"].as_str().unwrap(), n))
        .collect();
    let mut todo: Vec<&str> = Vec::new();
    for member in workspace.members() {
        let (version, name) = (member["rust_version"].as_str(), member["name"].as_str());
        if version.is_some_and(|v| parse(v) == MSRV)
            && name.is_some_and(|n| n.starts_with("aws-xray"))
        {
            todo.push(member["id"].as_str().unwrap());
        }
    }
    assert!(todo.len() >= 4, "{todo:?}");
    let mut seen = HashSet::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        let package = packages[id];
        if package["name"] == FOR_THE_SDK {
            continue;
        }
        if let Some(version) = package["rust_version"].as_str() {
            let message = format!("{} needs Rust {version}", package["name"]);
            assert!(parse(version) <= MSRV, "{message}");
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds
                .iter()
                .any(|k| k["kind"].is_null() && !k["target"].to_string().contains("loom"))
            {
                todo.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    assert!(seen.len() > 10, "the walk has found nothing");
}

fn parse(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|p| p.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, into);
        } else if name.ends_with(".rs") {
            into.push(path);
        }
    }
}

/// clippy's `incompatible_msrv` sees only the standard library.
#[test]
fn no_syntax_is_newer_than_the_oldest_rust() {
    let mut all = Vec::new();
    sources(&root(), &mut all);
    assert!(all.len() > 50);
    let chain = concat!("&& ", "let ");
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let line = text
            .lines()
            .position(|l| l.contains(chain) && !l.trim_start().starts_with("//"));
        assert_eq!(line, None, "{}: let-chains need Rust 1.88", path.display());
    }
}

#[test]
fn every_module_says_why_it_is_there() {
    let mut all = Vec::new();
    for package in [
        "xray",
        "xray-aws-sdk",
        "xray-core",
        "xray-macros",
        "xray-reqwest",
        "xray-tower",
        "xray-tracing",
    ] {
        sources(&root().join(package).join("src"), &mut all);
    }
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} has no first line",
            path.display()
        );
    }
}

#[test]
fn every_variable_is_explained() {
    let platform = fs::read_to_string(root().join("PLATFORM.md")).unwrap();
    let env = fs::read_to_string(root().join("xray-core/src/env.rs")).unwrap();
    let mut seen = 0;
    for line in env.lines().map(str::trim) {
        if let Some((_, value)) = line.split_once(" = \"") {
            if let Some(name) = value.strip_suffix("\";") {
                assert!(
                    platform.contains(&format!("`{name}`")),
                    "{name} is not in PLATFORM.md"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen}");
}
