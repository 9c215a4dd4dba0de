//! What the browser's tests promise, too: files that say what they are, nothing skipped, nobody sleeps.

use crate::finding::{Finding, demand};
use crate::tree::{self, File};

const FOLDER: &str = "tests/browser";
const LINES_MAX: usize = 300;

/// What has no place in a test that is done.
const LEFTOVERS: [&str; 7] =
    [".skip(", ".only(", "skip:", "waitForTimeout", "networkidle", "TODO", "FIXME"];

/// The one file that waits, for a condition.
const WAITS: &str = "tests/browser/lib/program.mjs";

#[test]
fn the_browsers_tests_are_whole_and_wait_for_conditions() {
    let findings: Vec<Finding> = tree::files(FOLDER, "mjs").iter().flat_map(faults).collect();
    demand(
        "a file of tests/browser opens with what it is, is short, skips nothing and never sleeps",
        "wait with `until` or a locator; divide a long file",
        &findings,
    );
}

#[test]
fn planted_faults_are_found() {
    let count = |text: &str| faults(&File::planted("tests/browser/a.mjs", text)).len();
    assert_eq!(count("// A story.\nawait page.click();\n"), 0);
    assert_eq!(count("import a;\n"), 1);
    assert_eq!(count("// A.\ntest.skip(a)\nawait page.waitForTimeout(5)\nsetTimeout(a, 5)"), 3);
    assert_eq!(count(&"// A.\n".repeat(LINES_MAX)), 0);
    assert_eq!(count(&"// A.\n".repeat(LINES_MAX + 1)), 1);
}

fn faults(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.text.starts_with("// ") {
        findings.push(Finding::at(&file.path, 0, "no comment that says what it is"));
    }
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        findings.push(Finding::at(&file.path, LINES_MAX, format!("{lines} lines")));
    }
    let sleeps = |line: &str| line.contains("setTimeout(") && file.path != WAITS;
    for (index, line) in file.text.lines().enumerate() {
        if LEFTOVERS.iter().any(|left| line.contains(left)) || sleeps(line) {
            findings.push(Finding::at(&file.path, index, line.trim()));
        }
    }
    findings
}
