//! One command says everything that is told, and docs/reference.md is what it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::finding::{Finding, demand};
use crate::tree;

const DOCUMENT: &str = "docs/reference.md";

/// Documents that once had tables of their own.
const OTHERS: [&str; 3] = ["docs/monitoring.md", "docs/alerts.md", "docs/logs-and-traces.md"];

/// What `flockwork reference` prints.
pub(crate) fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_flockwork"))
        .arg("reference")
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of a part, or of all.
pub(crate) fn listed(part: Option<&str>) -> Vec<serde_json::Value> {
    let arguments: Vec<&str> = part.into_iter().chain(["--format", "json"]).collect();
    printed(&arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_document_is_what_the_binary_prints() {
    let document = tree::read(DOCUMENT).text;
    let said = printed(&["--markdown"]);
    let different = said.lines().zip(document.lines()).position(|(said, is)| said != is);
    let line = different.unwrap_or(said.lines().count().min(document.lines().count()));
    let found = Finding::at(DOCUMENT, line, "is not what the binary prints");
    let findings: Vec<Finding> = (said != document).then_some(found).into_iter().collect();
    let mend = "run: flockwork reference --markdown > docs/reference.md";
    demand("docs/reference.md is printed", mend, &findings);
}

#[test]
fn one_command_has_every_part_and_each_thing_once_with_its_meaning() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut names, all) = (BTreeSet::new(), listed(None));
    for line in &all {
        let [part, name, meaning] =
            ["part", "name", "meaning"].map(|key| line[key].as_str().unwrap().to_owned());
        assert!(meaning.contains(' '), "{part} {name} has no meaning");
        assert!(names.insert((part.clone(), name.clone())), "{part} {name} is there twice");
        *counts.entry(part).or_default() += 1;
    }
    let least = [
        ("alerts", 20),
        ("events", 25),
        ("log-events", 30),
        ("log-fields", 60),
        ("metrics", 40),
        ("spans", 15),
    ];
    assert!(least.iter().all(|(part, least)| counts[*part] >= *least), "{counts:?}");
    assert_eq!(counts.len(), least.len(), "{counts:?}");
    // Each part is the same by itself, and people are told the same as programs.
    let table = printed(&[]);
    for part in counts.keys() {
        let alone = listed(Some(part));
        let among: Vec<_> = all.iter().filter(|line| line["part"] == part.as_str()).collect();
        assert_eq!(alone.iter().collect::<Vec<_>>(), among);
        for line in alone {
            let (name, meaning) =
                (line["name"].as_str().unwrap(), line["meaning"].as_str().unwrap());
            let is_told = |row: &str| row.starts_with(name) && row.contains(meaning);
            assert!(table.lines().any(is_told), "{part} {name}");
        }
    }
}

#[test]
fn no_other_document_has_a_table_of_these_names() {
    let names: BTreeSet<String> =
        listed(None).iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect();
    let row =
        |line: &str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned());
    let mut findings = Vec::new();
    for path in OTHERS {
        let file = tree::read(path);
        let rows = file.text.lines().enumerate().filter_map(|(at, line)| Some((at, row(line)?)));
        let told_twice = rows.filter(|(_, name)| names.contains(name));
        findings.extend(told_twice.map(|(at, name)| Finding::at(path, at, name)));
    }
    demand("what docs/reference.md has stands there alone", "remove the row", &findings);
}
