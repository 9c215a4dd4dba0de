//! What stands in lines of the log: the tables of the binary and the code that says them are the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, demand};
use crate::reference::listed;
use crate::tree::{self, File};

/// What the line itself brings, whoever says it.
const OF_THE_LINE: [&str; 6] = ["timestamp", "level", "message", "target", "trace_id", "span_id"];

/// Tools for developers, whose lines nobody keeps.
const TOOLS: [&str; 4] =
    ["crates/simulate/", "crates/testkit/", "crates/failpoints/", "crates/sandbox/"];

#[test]
fn the_code_says_the_fields_of_the_table_and_no_others() {
    let known: BTreeSet<String> = listed(Some("log-fields"))
        .iter()
        .map(|line| line["name"].as_str().unwrap().to_owned())
        .collect();
    let mut used: BTreeSet<String> = OF_THE_LINE.map(str::to_owned).into();
    let mut findings = Vec::new();
    for file in sources() {
        for call in calls(&file) {
            for field in call.fields {
                if !known.contains(&field) {
                    findings.push(Finding::at(&file.path, call.line, format!("says `{field}`")));
                }
                used.insert(field);
            }
        }
    }
    let unused = known.difference(&used).map(|field| format!("`{field}` is said nowhere"));
    findings.extend(unused.map(|found| Finding::new("telemetry/fields.rs", found)));
    demand(
        "lines of the log have the fields of `flockwork reference log-fields`",
        "add or remove the row",
        &findings,
    );
}

#[test]
fn the_code_says_the_events_of_the_table_and_no_others() {
    let known: BTreeMap<String, String> = listed(Some("log-events"))
        .iter()
        .map(|line| ["name", "level"].map(|key| line[key].as_str().unwrap().to_owned()))
        .map(|[name, level]| (name, level))
        .collect();
    let mut least: BTreeMap<String, String> = BTreeMap::new();
    let weight =
        |level: &str| ["debug", "info", "warn", "error"].iter().position(|one| *one == level);
    let mut findings = Vec::new();
    for file in sources() {
        for call in calls(&file) {
            let Some(event) = call.event else { continue };
            if !known.contains_key(&event) {
                findings.push(Finding::at(&file.path, call.line, format!("says `{event}`")));
            }
            let level = least.entry(event).or_insert_with(|| call.level.clone());
            if weight(&call.level) < weight(level) {
                *level = call.level;
            }
        }
    }
    for (event, level) in &known {
        if least.get(event) != Some(level) {
            let found = format!("`{event}` is `{level}`, and in the code {:?}", least.get(event));
            findings.push(Finding::new("telemetry/events.rs", found));
        }
    }
    demand(
        "events are those of `flockwork reference log-events`",
        "add, remove or correct the row",
        &findings,
    );
}

#[test]
fn the_code_tells_the_spans_of_the_table_and_no_others() {
    let known: BTreeSet<String> = listed(Some("spans"))
        .iter()
        .map(|line| line["name"].as_str().unwrap().to_owned())
        .collect();
    let told: BTreeSet<String> = sources().iter().flat_map(|file| spans(&file.text)).collect();
    let missing = known.difference(&told).map(|name| format!("`{name}` is told nowhere"));
    let foreign = told.difference(&known).map(|name| format!("lacks `{name}`"));
    let findings: Vec<Finding> = missing
        .chain(foreign)
        .map(|found| Finding::new("telemetry/span_names.rs", found))
        .collect();
    demand("spans are those of `flockwork reference spans`", "add or remove the row", &findings);
}

/// The names of the spans that a text tells: the first word in quotes behind the target.
fn spans(text: &str) -> Vec<String> {
    let targets = text.match_indices("target: \"trace\"").map(|(at, target)| at + target.len());
    targets.filter_map(|at| text[at..].split('"').nth(1)).map(str::to_owned).collect()
}

#[test]
fn spans_are_read_as_they_are_meant() {
    let text = "info_span!(target: \"trace\", parent: None, \"one\", x = \"no\"); \
                debug_span!(\n    target: \"trace\",\n    \"two\",\n)";
    assert_eq!(spans(text), ["one", "two"]);
}

#[test]
fn calls_are_read_as_they_are_meant() {
    let text = "tracing::warn!(event = \"a.b\", bot.id = %bot, slot.id = f(1, \"x\"), %error, zone,\n\
                \"@{bot} said (\\\"no\\\"): {error}\", more = 1);\ntracing::info!(\"plain, {x}\");";
    let calls = calls(&File::planted("a.rs", text));
    assert_eq!(calls[0].fields, ["event", "bot.id", "slot.id", "error", "zone"]);
    assert_eq!((calls[0].event.as_deref(), calls[0].level.as_str()), (Some("a.b"), "warn"));
    assert!(calls[1].fields.is_empty() && calls[1].line == 2);
}

/// What a node is made of, without its tests.
fn sources() -> Vec<File> {
    let mut files = tree::files("crates", "rs");
    files.retain(|file| {
        file.is_production() && !TOOLS.iter().any(|tool| file.path.starts_with(tool))
    });
    for file in &mut files {
        let end = file.text.find("#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
        file.text.truncate(end);
    }
    files
}

/// A line of the log where it is said.
struct Call {
    line: usize,
    level: String,
    event: Option<String>,
    fields: Vec<String>,
}

fn calls(file: &File) -> Vec<Call> {
    let mut found = Vec::new();
    for level in ["debug", "info", "warn", "error"] {
        let opening = format!("tracing::{level}!(");
        for (at, _) in file.text.match_indices(&opening) {
            let mut call = Call {
                line: file.text[..at].matches('\n').count(),
                level: level.to_owned(),
                event: None,
                fields: Vec::new(),
            };
            for part in parts(&file.text[at + opening.len()..]) {
                let (name, value) = part.split_once(" = ").unwrap_or((part, ""));
                let name = name.trim_start_matches(['%', '?']);
                if name == "event" {
                    call.event = Some(value.trim_matches('"').to_owned());
                }
                call.fields.push(name.to_owned());
            }
            found.push(call);
        }
    }
    found.sort_by_key(|call| call.line);
    found
}

/// The arguments of a call up to its message.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut begun, mut depth, mut is_quoted) = (Vec::new(), 0, 0, false);
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if is_quoted => drop(letters.next()),
            '"' if !is_quoted && text[begun..at].trim().is_empty() => return parts,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => return parts,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[begun..at].trim());
                begun = at + 1;
            }
            _ => {}
        }
    }
    parts
}
