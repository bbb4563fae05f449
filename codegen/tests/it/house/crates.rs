//! Which crates of the workspace may use which: arrows point down.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::root;

/// The tool's crates from top to bottom. A crate uses those of lower floors; those of one floor do not use each other.
const FLOORS: [&[&str]; 8] = [
    &["codegen"],
    &["editor", "deployed"],
    &["terraform"],
    &["cases", "cost", "graph", "schema"],
    &["changes", "typed-events", "generated-files"],
    &["emulator"],
    &["pipeline"],
    &["eventbridge"],
];

/// A crate without code: whoever is built by itself names it, so that all builds share what they compile. Its own
/// dependencies are those of the crates that name it.
const ONE_FEATURE_SET: &str = "feature-set";

/// What the crates of the product and of the examples may use, and nothing of the tool but this.
const FOR_FUNCTIONS: [&str; 4] = ["eventbridge-job", "events", "spendsense", "webshop-events"];

/// What tests use beside that: the shipped product runs on the tool, and its tools make its data.
const FOR_TESTS: [(&str, &str); 5] = [
    ("codegen", "spendsense"),
    ("codegen", "spendsense-tools"),
    ("compute-features", "spendsense-tools"),
    ("spendsense-tools", "events"),
    ("spendsense-tools", "eventbridge-job"),
];

/// The crates of the tool that link AWS's SDKs. `codegen` links them through `deployed` alone.
const WITH_AWS: [&str; 2] = ["deployed", "eventbridge-job"];

/// A package, as `cargo metadata` tells it.
struct Package {
    name: String,
    is_member: bool,
    /// What it links, by id.
    links: Vec<String>,
    /// What its tests use beside that, by id.
    tests: Vec<String>,
}

/// Every package of the locked graph, by id.
fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        // Offline and locked: a test neither asks a registry nor changes Cargo.lock.
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members: BTreeSet<&str> = texts(&metadata["workspace_members"]).collect();
    let names = metadata["packages"].as_array().unwrap().iter();
    let names: BTreeMap<&str, &str> = names
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| {
            let id = text(&node["id"]);
            let of_kind = |kind: &Value| {
                let dependencies = node["deps"].as_array().unwrap().iter();
                let dependencies = dependencies.filter(|dependency| {
                    let mut kinds = dependency["dep_kinds"].as_array().unwrap().iter();
                    kinds.any(|found| &found["kind"] == kind)
                });
                dependencies
                    .map(|dependency| text(&dependency["pkg"]).to_owned())
                    .collect()
            };
            let package = Package {
                name: names[id].to_owned(),
                is_member: members.contains(id),
                links: of_kind(&Value::Null),
                tests: of_kind(&Value::from("dev")),
            };
            (id.to_owned(), package)
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().unwrap().iter().map(text)
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

/// Whether a crate may link another of the workspace.
fn may_link(from: &str, to: &str) -> bool {
    if to == ONE_FEATURE_SET {
        return from != "eventbridge-job";
    }
    match (floor(from), floor(to)) {
        (Some(from), Some(to)) => from < to,
        (None, None) => from != "eventbridge-job" && FOR_FUNCTIONS.contains(&to),
        _ => false,
    }
}

#[test]
fn every_crate_of_the_tool_has_a_floor() {
    for folder in super::crates() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let is_of_the_tool = !folder.starts_with(root().join("lambdas"));
        assert!(
            floor(name).is_some() || ["job", ONE_FEATURE_SET].contains(&name) || !is_of_the_tool,
            "FLOORS does not have {name}"
        );
    }
}

#[test]
fn crates_use_only_crates_below_them() {
    let packages = packages();
    let mut edges = 0;
    let mut wrong = Vec::new();
    for package in packages.values().filter(|package| package.is_member) {
        let from = package.name.as_str();
        for to in &package.links {
            let to = &packages[to];
            edges += usize::from(to.is_member);
            if to.is_member && !may_link(from, &to.name) {
                wrong.push(format!("{from} -> {}", to.name));
            }
        }
        for to in &package.tests {
            let to = &packages[to];
            let is_listed = FOR_TESTS.contains(&(from, to.name.as_str()));
            if to.is_member && !may_link(from, &to.name) && !is_listed {
                wrong.push(format!("{from} -> {} (dev)", to.name));
            }
        }
    }
    assert!(edges > 20, "{edges}");
    assert!(
        wrong.is_empty(),
        "crates that use one beside or above them (FLOORS and FOR_TESTS list what may be):\n{}",
        wrong.join("\n")
    );
}

#[test]
fn only_deployed_and_job_link_the_sdks_of_aws() {
    let packages = packages();
    let tool = packages.iter().filter(|(_, package)| {
        let name = package.name.as_str();
        package.is_member && floor(name).is_some() && !WITH_AWS.contains(&name)
    });
    let mut wrong = Vec::new();
    for (id, package) in tool {
        if let Some(way) = way_to_aws(&packages, id) {
            wrong.push(format!("{}: {}", package.name, way.join(" -> ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "crates that link AWS's SDKs, which only {WITH_AWS:?} may:\n{}",
        wrong.join("\n")
    );
}

/// How a crate comes to link a package of AWS other than through the crates that may.
fn way_to_aws(packages: &BTreeMap<String, Package>, start: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([start]);
    let mut ways = vec![(start, Vec::new())];
    while let Some((id, way)) = ways.pop() {
        for to in &packages[id].links {
            let package = &packages[to];
            let name = package.name.as_str();
            if package.is_member && (WITH_AWS.contains(&name) || name == ONE_FEATURE_SET) {
                continue;
            }
            let mut way = way.clone();
            way.push(package.name.clone());
            if package.name.starts_with("aws-") {
                return Some(way);
            }
            if seen.insert(to) {
                ways.push((to, way));
            }
        }
    }
    None
}
