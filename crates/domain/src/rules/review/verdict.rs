//! The verdict on a candidate, with its reasons.

use crate::model::ContentHash;

use super::rule::{Check, Subject};
use super::{Policy, RULES, Rule, Severity, content_hash, text};

/// One reason against a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id; it stands in JSON and in metrics, so it stays the same.
    pub rule: &'static str,
    /// What is wrong and what is allowed, in one sentence.
    pub message: String,
    /// Whether a person may let it through.
    pub severity: Severity,
}

impl Finding {
    /// What `rule` found.
    pub(super) fn of(rule: &Rule, message: String) -> Self {
        Self { rule: rule.id, message, severity: rule.severity }
    }
}

/// What review says of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Exactly what would be sent: trimmed, NFC.
    pub text: String,
    /// Its weight in X's characters.
    pub weighted_length: u32,
    /// Hash of its normal form, for the rule that needs the store.
    pub content_hash: ContentHash,
    /// Every reason against it, not only the first, so that one edit can mend all.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether nothing speaks against it.
    pub fn is_accepted(&self) -> bool {
        self.findings.is_empty()
    }

    /// The gravest of its reasons.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// Reviews `raw` by all rules that need only the text and the persona's policy.
pub fn review(raw: &str, policy: &Policy) -> Verdict {
    let text = text::tidy(raw);
    let subject = Subject::new(&text, policy);
    let found = |rule: &&Rule| match rule.check {
        Check::Text(check) => check(&subject).map(|message| Finding::of(rule, message)),
        Check::Beside(_) | Check::Asked => None,
    };
    let findings = RULES.iter().filter_map(found).collect();
    let weighted_length = subject.weight;
    Verdict { weighted_length, content_hash: content_hash(&text), findings, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_post_is_accepted_as_it_would_be_sent() {
        let verdict = review("  \"Rain at nine, sun at ten.\" ", &Policy::default());
        assert_eq!(verdict.findings, []);
        assert!(verdict.is_accepted());
        assert_eq!(verdict.severity(), None);
        assert_eq!(verdict.text, "Rain at nine, sun at ten.");
        assert_eq!(verdict.weighted_length, 25);
    }

    #[test]
    fn every_reason_is_named_at_once() {
        let verdict = review("assistant: @ada buy $AAA and $BBB [insert link]", &Policy::default());
        let rules: Vec<_> = verdict.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["leak", "placeholder", "mention", "cashtag"]);
        assert!(!verdict.is_accepted());
        assert_eq!(verdict.severity(), Some(Severity::Blocks));
    }

    #[test]
    fn a_verdict_on_its_own_text_is_the_same() {
        for raw in ["  \"hello\" there ", "“„nested” quotes”", "e\u{301}", "\"“Both”\""]
        {
            let once = review(raw, &Policy::default());
            let twice = review(&once.text, &Policy::default());
            assert_eq!(once.content_hash, twice.content_hash, "{raw}");
        }
    }
}
