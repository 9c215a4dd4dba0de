//! What monitors ask for: the rules and the dashboard use the metrics that the binary has.

use std::collections::BTreeSet;

use crate::finding::{Finding, demand};
use crate::{reference, tree};

const USERS: [&str; 3] = [
    "deploy/monitoring/flockwork.rules.yml",
    "deploy/monitoring/flockwork.test.yml",
    "deploy/monitoring/grafana-dashboard.json",
];

/// Name and kind of each metric, as the binary says it.
fn metrics() -> Vec<[String; 2]> {
    let read = |line: serde_json::Value| {
        ["name", "kind"].map(|field| line[field].as_str().unwrap().to_owned())
    };
    reference::listed(Some("metrics")).into_iter().map(read).collect()
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
    demand(
        "monitors ask for metrics that there are",
        "see `flockwork reference metrics`",
        &findings,
    );
}

#[test]
fn planted_names_are_found() {
    let of = |name: &str, kind: &str| [name.to_owned(), kind.to_owned()];
    let known = series(&[of("flockwork_a_seconds", "histogram"), of("process_b", "gauge")]);
    let asked =
        asked("rate(flockwork_a_seconds_bucket[5m]) + process_b{x=\"flockwork\"} flockwork_c");
    let lost: Vec<&String> = asked.iter().filter(|name| !known.contains(*name)).collect();
    assert_eq!(lost, ["flockwork_c"]);
}

/// The names under which samples stand.
fn series(metrics: &[[String; 2]]) -> BTreeSet<String> {
    let of = |[name, kind]: &[String; 2]| match kind.as_str() {
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
