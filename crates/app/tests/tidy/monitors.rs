//! What monitors are told: the metrics of the binary, the documents about them, the rules and the
//! dashboard that use them.

use std::collections::BTreeSet;
use std::process::Command;

use crate::finding::{Finding, demand};
use crate::tree;

const DOCUMENT: &str = "docs/monitoring.md";
const USERS: [&str; 3] = [
    "deploy/monitoring/flockwork.rules.yml",
    "deploy/monitoring/flockwork.test.yml",
    "deploy/monitoring/grafana-dashboard.json",
];

/// `name`, kind, meaning of each metric, as the binary says it.
fn metrics() -> Vec<[String; 3]> {
    let output = Command::new(env!("CARGO_BIN_EXE_flockwork"))
        .args(["metrics", "--format", "json"])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let read = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        ["name", "kind", "meaning"].map(|field| json[field].as_str().unwrap().to_owned())
    };
    said.lines().map(read).collect()
}

#[test]
fn the_document_has_every_metric_of_the_binary_and_no_other() {
    let document = tree::read(DOCUMENT).text;
    let rows: BTreeSet<String> =
        document.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let wanted: BTreeSet<String> = metrics()
        .into_iter()
        .map(|[name, kind, meaning]| format!("| `{name}` | {kind} | {meaning} |"))
        .collect();
    let missing = wanted.difference(&rows).map(|row| format!("lacks the row {row}"));
    let foreign = rows.difference(&wanted).map(|row| format!("has the row {row}"));
    let findings: Vec<Finding> =
        missing.chain(foreign).map(|found| Finding::new(DOCUMENT, found)).collect();
    demand("docs/monitoring.md has the metrics of `flockwork metrics`", "copy the row", &findings);
}

#[test]
fn rules_and_dashboard_ask_for_what_there_is() {
    let known = series(&metrics());
    let findings: Vec<Finding> = USERS
        .iter()
        .flat_map(|path| {
            let file = tree::read(path);
            let lost = asked(&file.text).into_iter().filter(|name| !known.contains(name));
            lost.map(|name| Finding::new(*path, format!("asks for {name}"))).collect::<Vec<_>>()
        })
        .collect();
    demand("monitors ask for metrics that there are", "see `flockwork metrics`", &findings);
}

#[test]
fn planted_names_are_found() {
    let of = |name: &str, kind: &str| [name.to_owned(), kind.to_owned(), String::new()];
    let known = series(&[of("flockwork_a_seconds", "histogram"), of("process_b", "gauge")]);
    let asked =
        asked("rate(flockwork_a_seconds_bucket[5m]) + process_b{x=\"flockwork\"} flockwork_c");
    let lost: Vec<&String> = asked.iter().filter(|name| !known.contains(*name)).collect();
    assert_eq!(lost, ["flockwork_c"]);
}

/// The names under which samples stand.
fn series(metrics: &[[String; 3]]) -> BTreeSet<String> {
    let of = |[name, kind, _]: &[String; 3]| match kind.as_str() {
        "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).to_vec(),
        _ => vec![name.clone()],
    };
    metrics.iter().flat_map(of).collect()
}

/// Names of ours in an expression.
fn asked(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
        .filter(|word| word.starts_with("flockwork_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}
