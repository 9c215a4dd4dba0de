//! Who may depend on whom, and where the heavy dependencies are fenced.

use std::process::Command;

use serde_json::Value;

use crate::finding::{Finding, demand};
use crate::tree;

/// Every crate and those of the house that it may use. Tests may use `testkit` besides.
const CRATES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("engine", &["domain"]),
    ("store", &["domain"]),
    ("clients", &["domain"]),
    ("sandbox", &["domain"]),
    ("web", &["domain"]),
    ("testkit", &["domain"]),
    ("flockwork", &["domain", "engine", "store", "clients", "sandbox", "web"]),
    ("failpoints", &["domain", "flockwork", "testkit"]),
    ("simulate", &["domain", "engine", "store", "sandbox"]),
    ("benches", &["domain", "engine", "store", "clients", "sandbox", "web"]),
];

/// Heavy dependencies, and the crates that exist to fence them.
const FENCES: &[(&str, &[&str])] = &[
    // The simulator reads rows with SQL of its own: what the store says of itself is no evidence.
    ("rusqlite", &["store", "simulate"]),
    ("sqlx", &["store"]),
    ("reqwest", &["clients"]),
    ("askama", &["web"]),
    ("prometheus-client", &["engine", "store", "web", "flockwork"]),
    ("clap", &["flockwork"]),
    ("axum", &["web", "sandbox", "flockwork"]),
    ("tokio", &["clients", "engine", "store", "sandbox", "web", "flockwork", "simulate"]),
];

#[test]
fn crates_depend_as_the_table_says() {
    demand(
        "the siblings do not know each other, and testkit is for tests only",
        "move what is shared into domain, or behind one of its ports; a new crate goes into CRATES \
         in tests/tidy/crates.rs and into ARCHITECTURE.md",
        &relations(&packages()),
    );
}

#[test]
fn heavy_dependencies_stay_behind_their_fences() {
    demand(
        "a heavy dependency belongs to the crate that fences it",
        "ask for it through a port of domain",
        &breaches(&packages()),
    );
}

#[test]
fn every_crate_says_what_it_is_and_keeps_the_house_lints() {
    demand(
        "a crate has a description and the lints, edition and licence of the workspace",
        "write it into its Cargo.toml as the other crates do",
        &manners(&packages()),
    );
}

#[test]
fn a_crate_that_breaks_the_table_is_found() {
    let planted = serde_json::json!([
        {"name": "engine", "manifest_path": "engine", "description": null, "dependencies": [
            {"name": "store", "kind": null},
            {"name": "testkit", "kind": null},
            {"name": "testkit", "kind": "dev"},
            {"name": "sqlx", "kind": null},
            {"name": "domain", "kind": null}]},
        {"name": "helper", "manifest_path": "helper", "description": "x", "dependencies": []},
    ]);
    let planted = planted.as_array().unwrap();
    let found = |findings: &[Finding]| -> Vec<String> {
        findings.iter().map(|finding| finding.found.clone()).collect()
    };
    assert_eq!(
        found(&relations(planted)),
        ["depends on store", "depends on testkit", "is not in the table"]
    );
    assert_eq!(found(&breaches(planted)), ["depends on sqlx"]);
}

/// The members of the workspace, as cargo reads them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(tree::root())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {told}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().expect("cargo lists packages").clone()
}

fn name_of(package: &Value) -> &str {
    package["name"].as_str().expect("every package has a name")
}

/// What a package depends on, and whether that is for its tests only.
fn dependencies(package: &Value) -> impl Iterator<Item = (&str, bool)> {
    let listed = package["dependencies"].as_array().expect("cargo lists dependencies");
    listed.iter().map(|dependency| (name_of(dependency), dependency["kind"] == "dev"))
}

fn relations(packages: &[Value]) -> Vec<Finding> {
    let is_ours = |name: &str| CRATES.iter().any(|(ours, _)| *ours == name);
    let mut findings = Vec::new();
    for package in packages {
        let name = name_of(package);
        let Some((_, allowed)) = CRATES.iter().find(|(ours, _)| *ours == name) else {
            findings.push(Finding::new(name, "is not in the table"));
            continue;
        };
        for (other, is_dev) in dependencies(package) {
            let is_allowed = allowed.contains(&other) || (is_dev && other == "testkit");
            if is_ours(other) && !is_allowed {
                findings.push(Finding::new(name, format!("depends on {other}")));
            }
        }
    }
    findings
}

fn breaches(packages: &[Value]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let name = name_of(package);
        for (other, is_dev) in dependencies(package) {
            let fence = FENCES.iter().find(|(heavy, _)| *heavy == other);
            if fence.is_some_and(|(_, inside)| !is_dev && !inside.contains(&name)) {
                findings.push(Finding::new(name, format!("depends on {other}")));
            }
        }
    }
    findings
}

fn manners(packages: &[Value]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let path = package["manifest_path"].as_str().expect("every package has a manifest");
        if package["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            findings.push(Finding::new(path, "has no description"));
        }
        let manifest = std::fs::read_to_string(path).unwrap();
        for line in
            ["[lints]\nworkspace = true", "edition.workspace = true", "license.workspace = true"]
        {
            if !manifest.contains(line) {
                findings.push(Finding::new(path, format!("lacks `{}`", line.replace('\n', " "))));
            }
        }
    }
    findings
}
