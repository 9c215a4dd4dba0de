//! docs/proof.md names tests that there are.

use crate::finding::{Finding, demand};
use crate::tree::{self, File};

const DOCUMENT: &str = "docs/proof.md";

/// What a test is called is a sentence; shorter words in backticks are something else.
const WORDS_MIN: usize = 4;

#[test]
fn tests_that_stand_for_a_promise_exist() {
    let document = tree::read(DOCUMENT);
    let sources: Vec<String> =
        tree::files("crates", "rs").into_iter().map(|file| file.text).collect();
    let lost = lost_tests(&document, &sources);
    assert!(named(&document.text).count() > 15, "the document names tests");
    demand("a test that docs/proof.md names exists", "write its name of now", &lost);
}

#[test]
fn a_planted_name_is_found() {
    let document = File::planted("A.md", "`a_b` `a_test_that_is`\n`a_test_that_was` `two words`");
    let sources = ["async fn a_test_that_is() {}".to_owned(), "// a_test_that_was()".to_owned()];
    let lost: Vec<String> =
        lost_tests(&document, &sources).into_iter().map(|lost| lost.place + &lost.found).collect();
    assert_eq!(lost, ["A.md:2`a_test_that_was`"]);
}

fn lost_tests(document: &File, sources: &[String]) -> Vec<Finding> {
    let exists = |name: &str| {
        let declared = format!("fn {name}(");
        sources.iter().any(|source| source.contains(&declared))
    };
    let lost = named(&document.text).filter(|(_, name)| !exists(name));
    lost.map(|(line, name)| Finding::at(&document.path, line, format!("`{name}`"))).collect()
}

/// Names of tests in backticks, with their lines from 0.
fn named(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_name = |word: &&str| {
        word.split('_').count() >= WORDS_MIN
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.lines().enumerate().flat_map(move |(at, line)| {
        line.split('`').skip(1).step_by(2).filter(is_name).map(move |name| (at, name))
    })
}
