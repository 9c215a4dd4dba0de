//! How a source file is made: how long, what it opens with, what may not be left in it.

use crate::finding::{Finding, demand};
use crate::tree::{self, File};

/// Lines of a file, its tests not counted.
const LINES_MAX: usize = 500;
/// Lines of the tests inside a file; longer ones move to `tests.rs` beside it.
const INLINE_TEST_LINES_MAX: usize = 150;

/// What nobody commits. This folder names them, so it is not searched.
const LEFTOVERS: [&str; 9] = [
    "todo!(",
    "unimplemented!(",
    "dbg!(",
    "#[ignore",
    "#[should_panic",
    "[allow(",
    " allow(",
    "TODO",
    "FIXME",
];
const THIS_FOLDER: &str = "crates/app/tests/tidy/";

/// Where clippy's bans on clock, chance, environment, network and tasks are lifted, each once.
const LIFTED: [&str; 13] = [
    "crates/app/src/clock.rs",
    "crates/app/src/config/environment.rs",
    "crates/app/src/wire.rs",
    "crates/clients/src/http.rs",
    "crates/clients/src/x/sign.rs",
    "crates/engine/src/runner.rs",
    "crates/failpoints/src/point.rs",
    "crates/sandbox/src/http/pace.rs",
    "crates/store/src/seal/random.rs",
    "crates/store/src/traced.rs",
    "crates/testkit/src/postgres.rs",
    "crates/testkit/src/proof.rs",
    "crates/web/src/access/random.rs",
];

/// Words that say nothing about a type.
const EMPTY_NAMES: [&str; 7] = ["Manager", "Helper", "Util", "Utils", "Service", "Data", "Info"];

fn sources() -> Vec<File> {
    let mut sources = tree::files("crates", "rs");
    sources.extend(tree::files("benches", "rs"));
    sources
}

fn all(check: fn(&File) -> Vec<Finding>) -> Vec<Finding> {
    sources().iter().flat_map(check).collect()
}

#[test]
fn files_are_short() {
    demand(
        "a file has one noun or one step: at most 500 lines, and 150 of tests within",
        "split it by what it is about; move its tests to tests.rs in a folder of its name",
        &all(length),
    );
}

#[test]
fn files_open_with_what_they_are_for() {
    demand(
        "the first line of a file is its module doc: what, and why this way",
        "write a //! sentence that says which promise the file keeps",
        &all(opening),
    );
}

#[test]
fn lib_and_mod_files_only_declare() {
    demand(
        "lib.rs and mod.rs hold declarations and documentation",
        "move the code to a file named after it (foo/mod.rs may become foo.rs)",
        &all(declarations),
    );
}

#[test]
fn nothing_unfinished_is_left_behind() {
    demand(
        "no unfinished code, no skipped test, no silenced lint",
        "finish it; where a lint is wrong, use #[expect(lint, reason = \"..\")]",
        &all(leftovers),
    );
}

#[test]
fn production_code_does_not_know_that_it_is_tested() {
    demand(
        "no #[cfg(test)] inside a function or an impl",
        "give the test what it needs through a port or a parameter",
        &all(test_switches),
    );
}

#[test]
fn exceptions_have_reasons_and_bans_are_lifted_where_they_should_be() {
    let sources = sources();
    let mut findings: Vec<Finding> = sources.iter().flat_map(unreasoned).collect();
    findings.extend(lifted(&sources));
    demand(
        "an #[expect] says why, and each ban of clippy.toml is lifted in one named file",
        "use the port that the ban's message names; a new place goes into LIFTED in \
         tests/tidy/sources.rs and clippy.toml",
        &findings,
    );
}

#[test]
fn types_are_nouns() {
    demand(
        "a type is named after what it is, not Manager, Helper, Util, Service, Data or Info",
        "say what it holds or decides",
        &all(empty_names),
    );
}

#[test]
fn planted_faults_are_found() {
    let code = |lines: usize| format!("//! Doc.\n{}", "let x = 1;\n".repeat(lines - 1));
    let tested =
        |lines: usize| format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", code(9), code(lines));
    let count = |check: fn(&File) -> Vec<Finding>, path: &str, text: &str| {
        check(&File::planted(path, text)).len()
    };
    let path = "crates/x/src/a.rs";
    assert_eq!((count(length, path, &code(500)), count(length, path, &code(501))), (0, 1));
    assert_eq!((count(length, path, &tested(148)), count(length, path, &tested(600))), (0, 1));
    assert_eq!(count(length, "crates/x/tests/a.rs", &code(501)), 0);
    assert_eq!((count(opening, path, "//! A."), count(opening, path, "use a;")), (0, 1));
    let lib = "crates/x/src/lib.rs";
    assert_eq!(count(declarations, lib, "//! A.\nmod a;\npub use a::{\n    b,\n};\n"), 0);
    assert_eq!(count(declarations, lib, "pub(crate) async fn a() {\n}\nimpl A {}\n"), 2);
    assert_eq!(count(leftovers, path, "todo!()\n#[ignore]\n// TODO: later\n#![allow(x)]"), 4);
    assert_eq!(count(test_switches, path, "#[cfg(test)]\nmod tests;\n    #[cfg(test)]"), 1);
    assert_eq!(count(unreasoned, path, "#[expect(a)]\n#[expect(\n  a,\n  reason = \"b\"\n)]"), 1);
    assert_eq!(count(empty_names, path, "pub struct BotManager {\nstruct Information;"), 1);
    let smuggled = File::planted(path, "#[expect(clippy::disallowed_methods, reason = \"hm\")]");
    assert_eq!(lifted(&[smuggled])[0].place, "crates/x/src/a.rs:1");
}

fn length(file: &File) -> Vec<Finding> {
    if !file.is_production() {
        return Vec::new();
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let is_inline = |pair: &[&str]| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    };
    let code = lines.windows(2).position(is_inline).unwrap_or(lines.len());
    let tests = lines.len() - code;
    let mut findings = Vec::new();
    if code > LINES_MAX {
        findings.push(Finding::at(&file.path, LINES_MAX, format!("{code} lines")));
    }
    if tests > INLINE_TEST_LINES_MAX + 2 {
        findings.push(Finding::at(&file.path, code, format!("{tests} lines of tests")));
    }
    findings
}

fn opening(file: &File) -> Vec<Finding> {
    let first = file.text.lines().next().unwrap_or_default();
    let has_doc = first.strip_prefix("//!").is_some_and(|doc| !doc.trim().is_empty());
    if has_doc { Vec::new() } else { vec![Finding::at(&file.path, 0, "no module doc")] }
}

fn declarations(file: &File) -> Vec<Finding> {
    const CODE: [&str; 9] =
        ["fn", "struct", "enum", "trait", "impl", "const", "static", "type", "macro_rules!"];
    let is_map = file.path.ends_with("/lib.rs") || file.path.ends_with("/mod.rs");
    if !is_map || !file.is_production() {
        return Vec::new();
    }
    let is_code = |line: &str| {
        let mut words =
            line.split([' ', '<']).skip_while(|word| word.starts_with("pub") || *word == "async");
        words.next().is_some_and(|word| CODE.contains(&word))
    };
    found_lines(file, is_code)
}

fn leftovers(file: &File) -> Vec<Finding> {
    if file.path.starts_with(THIS_FOLDER) {
        return Vec::new();
    }
    found_lines(file, |line| LEFTOVERS.iter().any(|left| line.contains(left)))
}

fn test_switches(file: &File) -> Vec<Finding> {
    if !file.is_production() {
        return Vec::new();
    }
    found_lines(file, |line| line.starts_with(' ') && line.trim() == "#[cfg(test)]")
}

fn unreasoned(file: &File) -> Vec<Finding> {
    if file.path.starts_with(THIS_FOLDER) && file.path.ends_with("/sources.rs") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (start, _) in file.text.match_indices("[expect(") {
        let rest = &file.text[start..];
        let attribute = &rest[..rest.find(")]").unwrap_or(rest.len())];
        if !attribute.contains("reason") {
            let line = file.text[..start].lines().count().saturating_sub(1);
            findings.push(Finding::at(&file.path, line, "an #[expect] without a reason"));
        }
    }
    findings
}

/// Places in what is shipped that lift a ban without being listed, and listed ones that do not exist.
fn lifted(sources: &[File]) -> Vec<Finding> {
    let lifts = |line: &str| line.contains("clippy::disallowed_methods");
    let strangers = sources
        .iter()
        .filter(|file| file.is_production() && !LIFTED.contains(&file.path.as_str()))
        .flat_map(|file| found_lines(file, lifts));
    let gone = LIFTED
        .into_iter()
        .filter(|path| !sources.iter().any(|file| file.path == *path))
        .map(|path| Finding::new(path, "is listed in LIFTED and does not exist"));
    strangers.chain(gone).collect()
}

fn empty_names(file: &File) -> Vec<Finding> {
    let is_empty = |line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        let kind = words.find(|word| matches!(*word, "struct" | "enum" | "trait"));
        let name = kind.and_then(|_| words.next()).unwrap_or_default();
        !line.trim_start().starts_with("//") && EMPTY_NAMES.iter().any(|word| name.ends_with(word))
    };
    if file.is_production() { found_lines(file, is_empty) } else { Vec::new() }
}

fn found_lines(file: &File, is_wrong: impl Fn(&str) -> bool) -> Vec<Finding> {
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| is_wrong(line))
        .map(|(index, line)| Finding::at(&file.path, index, line.trim()))
        .collect()
}
