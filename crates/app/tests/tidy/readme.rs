//! The README tells what the built binary does: its commands, its settings, its exit codes.

use std::collections::BTreeSet;
use std::process::Command;

use crate::documents::DOCUMENTS;
use crate::finding::{Finding, demand};
use crate::tree;

/// What a newcomer types, in this order.
const FIRST_COMMANDS: [&str; 2] = ["cargo run --release -- demo", "./test"];

#[test]
fn the_first_two_commands_show_it_and_test_it() {
    let commands = shell_lines(&tree::read("README.md").text);
    let first: Vec<&str> = commands.iter().map(|(_, line)| line.as_str()).take(2).collect();
    assert_eq!(first, FIRST_COMMANDS, "README.md opens with these");
}

/// `--help` at the end makes the binary read the line without doing it.
#[test]
fn every_command_line_in_the_documents_is_one_that_the_binary_takes() {
    let mut findings = Vec::new();
    for name in DOCUMENTS {
        for (index, line) in shell_lines(&tree::read(name).text) {
            for arguments in calls(&line) {
                let (is_taken, said) = flockwork(&with_help(arguments));
                if !is_taken {
                    let why = said.lines().next().unwrap_or_default().to_owned();
                    findings.push(Finding::at(name, index, format!("{line}: {why}")));
                }
            }
        }
    }
    demand("a command in the documents works", "write it as `flockwork help` does", &findings);
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = tree::read("README.md").text;
    let (_, help) = flockwork(&["--help".to_owned()]);
    let commands = help.split("Commands:").nth(1).expect("help lists commands").lines().skip(1);
    let findings: Vec<Finding> = commands
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help" && !readme.contains(&format!("`flockwork {command}")))
        .map(|command| Finding::new("README.md", format!("says nothing of `flockwork {command}`")))
        .collect();
    demand("the README names every command", "add a row to its table of commands", &findings);
}

#[test]
fn every_exit_code_is_in_the_readme() {
    let readme = tree::read("README.md").text;
    let (_, help) = flockwork(&["--help".to_owned()]);
    let codes = help.split("Exit codes:").nth(1).expect("help lists exit codes");
    let findings: Vec<Finding> = codes
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, meaning)| format!("| {code} | {meaning} |"))
        .filter(|row| !readme.contains(row))
        .map(|row| Finding::new("README.md", format!("lacks the row {row}")))
        .collect();
    demand("the README lists the exit codes of `flockwork --help`", "add the row", &findings);
}

#[test]
fn the_environment_table_is_the_one_of_the_binary() {
    let (is_done, example) = flockwork(&["config".to_owned(), "example".to_owned()]);
    assert!(is_done, "{example}");
    let known = variables(example.lines());
    let readme = tree::read("README.md").text;
    let told =
        variables(readme.lines().filter(|line| line.starts_with("| `")).filter_map(first_cell));
    let missing = known.difference(&told).map(|name| format!("lacks {name}"));
    let foreign = told.difference(&known).map(|name| format!("has {name}, which is no setting"));
    let findings: Vec<Finding> =
        missing.chain(foreign).map(|found| Finding::new("README.md", found)).collect();
    demand(
        "the README's table of variables has those of `flockwork config example`",
        "add or remove the row",
        &findings,
    );
}

#[test]
fn command_lines_and_variables_are_read_as_meant() {
    let text = "```sh\n# first\nA=b flockwork lint - < x | sudo flockwork stats --format json\n```\n```toml\nx\n```";
    let lines = shell_lines(text);
    assert_eq!(lines.len(), 1);
    let calls: Vec<Vec<String>> = calls(&lines[0].1);
    assert_eq!(calls, [vec!["lint", "-"], vec!["stats", "--format", "json"]]);
    assert_eq!(words("queue add 'two words' \"a b\""), ["queue", "add", "two words", "a b"]);
    assert!(flockwork(&with_help(vec!["stats".to_owned()])).0);
    assert!(!flockwork(&with_help(vec!["stats".to_owned(), "--colour".to_owned()])).0);
    assert_eq!(
        variables(
            ["# The port. [DATABASE_URL, or DATABASE_URL_FILE]", "# TIMEZONE", "# POST it"]
                .into_iter()
        ),
        ["DATABASE_URL", "TIMEZONE"].map(str::to_owned).into()
    );
}

/// The commands in `sh` blocks, with the numbers of their lines from 0.
fn shell_lines(text: &str) -> Vec<(usize, String)> {
    let mut block = None;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, Some("sh")) if !line.trim().is_empty() && !line.starts_with('#') => {
                found.push((index, line.to_owned()));
            }
            (None, Some(_) | None) => {}
        }
    }
    found
}

/// The arguments of each call of the binary in a line.
fn calls(line: &str) -> Vec<Vec<String>> {
    let mut calls = Vec::new();
    for part in line.split(" | ").flat_map(|part| part.split(" && ")) {
        let command = part.split(['<', '>', '#']);
        let words = words(command.into_iter().next().unwrap_or_default());
        let mut words = words.into_iter().skip_while(|word| word.contains('=') || word == "sudo");
        if words.next().as_deref() == Some("flockwork") {
            calls.push(words.collect());
        }
    }
    calls
}

/// Words as a shell divides them; quotes hold some together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (_, None | Some(_)) => words.last_mut().expect("there is always one").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `help` itself takes no `--help`, and does nothing anyway.
fn with_help(mut arguments: Vec<String>) -> Vec<String> {
    if arguments.first().is_none_or(|first| first != "help") {
        arguments.push("--help".to_owned());
    }
    arguments
}

/// Runs the binary in an empty environment; whether it ended well, and what it said.
fn flockwork(arguments: &[String]) -> (bool, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_flockwork")).args(arguments).env_clear().output().unwrap();
    let said = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn first_cell(row: &str) -> Option<&str> {
    row.split('|').nth(1)
}

/// Names of settings in some lines: capitals, long enough to be no abbreviation. `X_FILE` is another
/// way to say `X`.
fn variables<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let is_name = |word: &&str| {
        word.len() >= 6
            && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    lines
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(is_name)
        .filter(|word| !word.starts_with('_') && !word.ends_with("_FILE"))
        .map(str::to_owned)
        .collect()
}
