//! What people and programs can be told stands in docs/alerts.md as the binary says it.

use std::collections::BTreeSet;
use std::process::Command;

use crate::finding::{Finding, demand};
use crate::tree;

const DOCUMENT: &str = "docs/alerts.md";

/// The rows of a list of the binary, as the document has them.
fn rows(list: &str, fields: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_flockwork"))
        .args(["alerts", list, "--format", "json"])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let read = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let cells: Vec<&str> = fields.iter().map(|field| json[field].as_str().unwrap()).collect();
        format!("| `{}` | {} |", cells[0], cells[1..].join(" | "))
    };
    said.lines().map(read).collect()
}

#[test]
fn the_document_has_every_alert_and_event_of_the_binary_and_no_other() {
    let document = tree::read(DOCUMENT).text;
    let there: BTreeSet<String> =
        document.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let rules = rows("rules", &["rule", "meaning", "to_do", "ends"]);
    let events = rows("events", &["event", "meaning"]);
    assert!(rules.len() > 15 && events.len() > 20, "{} and {}", rules.len(), events.len());
    let wanted: BTreeSet<String> = rules.into_iter().chain(events).collect();
    let missing = wanted.difference(&there).map(|row| format!("lacks the row {row}"));
    let foreign = there.difference(&wanted).map(|row| format!("has the row {row}"));
    let findings: Vec<Finding> =
        missing.chain(foreign).map(|found| Finding::new(DOCUMENT, found)).collect();
    let said = "docs/alerts.md has what `flockwork alerts rules` and `flockwork alerts events` say";
    demand(said, "copy the row", &findings);
}
