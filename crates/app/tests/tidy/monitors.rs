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

/// A rule that nobody has seen fire may never do so.
#[test]
fn each_rule_is_played_through() {
    let (rules, test) = (tree::read(USERS[0]).text, tree::read(USERS[1]).text);
    let findings: Vec<Finding> =
        unplayed(&rules, &test).into_iter().map(|name| Finding::new(USERS[1], name)).collect();
    demand("each rule is seen to fire", "add an alert_rule_test with exp_alerts", &findings);
}

#[test]
fn planted_rules_that_nobody_plays_are_found() {
    let rules = "- record: a:b\n- record: c:d\n- alert: Seen\n- alert: Silent\n- alert: Never\n";
    let test = "- { eval_time: 1m, alertname: Silent }\n- eval_time: 2m\n  alertname: Seen\n  \
                exp_alerts:\n    - exp_labels: {}\n- expr: a:b > 1\n";
    assert_eq!(unplayed(rules, test), ["c:d", "Silent", "Never"]);
}

/// Alerts that no test sees fire with their words, and records that none reads.
fn unplayed(rules: &str, test: &str) -> Vec<String> {
    let lines: Vec<&str> = test.lines().map(str::trim).collect();
    let fires = |name: &str| {
        let wanted = format!("alertname: {name}");
        lines.windows(2).any(|two| two[0] == wanted && two[1] == "exp_alerts:")
    };
    let is_read = |name: &str| {
        let mut asked = lines.iter().filter_map(|line| line.strip_prefix("- expr: "));
        asked.any(|line| line.contains(name))
    };
    let named = |line: &str, key: &str| line.trim().strip_prefix(key).map(str::to_owned);
    let unread = rules.lines().filter_map(|line| named(line, "- record: "));
    let unread = unread.filter(|name| !is_read(name));
    let silent = rules.lines().filter_map(|line| named(line, "- alert: "));
    unread.chain(silent.filter(|name| !fires(name))).collect()
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
