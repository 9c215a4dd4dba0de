//! Two databases, one truth: migrations come in pairs, and time comes from the caller.

use crate::finding::{Finding, demand};
use crate::tree::{self, File};

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// How SQL asks what time it is.
const CLOCKS: [&str; 11] = [
    "now()",
    "'now'",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtimestamp",
    "clock_timestamp(",
    "statement_timestamp(",
    "transaction_timestamp(",
    "unixepoch(",
    "julianday(",
];

/// Who may ask a server's clock: the node, which follows it and is compared with it, and the one
/// fragment by which leases are judged (`{clock ..}`), because nodes may disagree on the time.
const DATABASE_TIME: [(&str, &str); 2] = [
    ("crates/store/src/nodes.rs", "clock_timestamp("),
    ("crates/store/src/dialect.rs", "clock_timestamp("),
];

#[test]
fn migrations_are_mirrored() {
    let names = ENGINES.map(|engine| {
        let files = tree::files(&format!("crates/store/migrations/{engine}"), "sql");
        files.iter().map(|file| name_of(&file.path).to_owned()).collect::<Vec<_>>()
    });
    demand(
        "each migration exists for both databases, under the same number and name, without gaps",
        "write the missing twin, or rename it",
        &unpaired(&names),
    );
}

#[test]
fn sql_never_asks_for_the_time() {
    let mut files = tree::files("crates/store/src", "rs");
    files.extend(tree::files("crates/store/migrations", "sql"));
    let findings: Vec<Finding> = files.iter().flat_map(clocks).collect();
    demand(
        "SQL gets the time as a parameter, and leases are judged by `{clock ..}`",
        "take `now` from the caller, who read it once for the whole tick; a lease's end is compared \
         with the dialect's fragment",
        &findings,
    );
}

#[test]
fn planted_faults_are_found() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let places = |findings: Vec<Finding>| -> Vec<String> {
        findings.into_iter().map(|finding| finding.place).collect()
    };
    assert_eq!(
        places(unpaired(&[names(&["0001_a.sql", "0003_b.sql"]), names(&["0001_a.sql"])])),
        ["sqlite/0003_b.sql", "postgres/0003_b.sql"]
    );
    let planted = "let now = clock.now();\n// now() is banned\n\"SELECT now()\"\nDEFAULT CURRENT_TIMESTAMP\n\
                   strftime('%s', 'now')\nfn now() {}\n\"clock_timestamp()\"";
    assert_eq!(
        places(clocks(&File::planted("a.sql", planted))),
        ["a.sql:3", "a.sql:4", "a.sql:5", "a.sql:7"]
    );
    for (path, _) in DATABASE_TIME {
        assert!(clocks(&File::planted(path, "\"SELECT clock_timestamp()\"")).is_empty());
        assert!(!clocks(&File::planted(path, "\"SELECT now()\"")).is_empty());
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn unpaired(names: &[Vec<String>; 2]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (one, engine) in ENGINES.iter().enumerate() {
        for (index, name) in names[one].iter().enumerate() {
            if !name.starts_with(&format!("{:04}_", index + 1)) {
                let place = format!("{engine}/{name}");
                findings.push(Finding::new(place, format!("should be number {}", index + 1)));
            }
        }
        let missing = names[1 - one].iter().filter(|name| !names[one].contains(name));
        findings.extend(missing.map(|name| Finding::new(format!("{engine}/{name}"), "is missing")));
    }
    findings
}

fn clocks(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let code = line.trim_start().to_ascii_lowercase();
        if code.starts_with("//") || code.starts_with("--") {
            continue;
        }
        let is_allowed = |clock| DATABASE_TIME.contains(&(file.path.as_str(), clock));
        if CLOCKS.into_iter().any(|clock| asks(&code, clock) && !is_allowed(clock)) {
            findings.push(Finding::at(&file.path, index, line.trim()));
        }
    }
    findings
}

/// Whether `code` asks `clock`, and not a method or function of ours that ends the same.
fn asks(code: &str, clock: &str) -> bool {
    code.match_indices(clock).any(|(start, _)| {
        let before = &code[..start];
        let is_ours =
            before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'));
        !is_ours && !before.ends_with("fn ")
    })
}
