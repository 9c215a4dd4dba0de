//! What breaks a rule, and how all of it is told at once.

use std::fmt::Write as _;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// File, with its line where there is one.
    pub(crate) place: String,
    /// What stands there.
    pub(crate) found: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, found: impl Into<String>) -> Self {
        Self { place: place.into(), found: found.into() }
    }

    /// In line `index` of `path`, counted from 0.
    pub(crate) fn at(path: &str, index: usize, found: impl Into<String>) -> Self {
        Self::new(format!("{path}:{}", index + 1), found)
    }
}

/// Fails with all of `findings`, unless there are none.
#[track_caller]
pub(crate) fn demand(rule: &str, mend: &str, findings: &[Finding]) {
    let mut report = String::new();
    for Finding { place, found } in findings {
        let _ = write!(report, "\n  {place}: {found}");
    }
    assert!(findings.is_empty(), "\nrule: {rule}{report}\nwhat to do: {mend}\n");
}
