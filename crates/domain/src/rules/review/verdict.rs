//! The verdict on a candidate, with its reasons.

use crate::model::ContentHash;

use super::{
    cashtag, characters, content_hash, degenerate, leak, length, mention, placeholder, text,
    weighted_length,
};

/// One reason against a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id; it stands in JSON and in metrics, so it stays the same.
    pub rule: &'static str,
    /// What is wrong and what is allowed, in one sentence.
    pub message: String,
}

/// What a bot's persona allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewLimits {
    /// The longest post, in X's weighted characters.
    pub max_length: u32,
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
}

/// Reviews `raw` by all rules that need only the text.
pub fn review(raw: &str, limits: &ReviewLimits) -> Verdict {
    let text = text::tidy(raw);
    let weight = weighted_length(&text);
    let findings = [
        degenerate::find(&text),
        length::find(weight, limits.max_length),
        characters::find(&text),
        leak::find(&text),
        placeholder::find(&text),
        mention::find(&text),
        cashtag::find(&text),
    ];
    Verdict {
        weighted_length: weight,
        content_hash: content_hash(&text),
        findings: findings.into_iter().flatten().collect(),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ReviewLimits = ReviewLimits { max_length: 280 };

    #[test]
    fn a_good_post_is_accepted_as_it_would_be_sent() {
        let verdict = review("  \"Rain at nine, sun at ten.\" ", &LIMITS);
        assert_eq!(verdict.findings, []);
        assert!(verdict.is_accepted());
        assert_eq!(verdict.text, "Rain at nine, sun at ten.");
        assert_eq!(verdict.weighted_length, 25);
    }

    #[test]
    fn every_reason_is_named_at_once() {
        let verdict = review("assistant: @ada buy $AAA and $BBB [insert link]", &LIMITS);
        let rules: Vec<_> = verdict.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["leak", "placeholder", "mention", "cashtag"]);
        assert!(!verdict.is_accepted());
    }

    #[test]
    fn a_verdict_on_its_own_text_is_the_same() {
        for raw in ["  \"hello\" there ", "“„nested” quotes”", "e\u{301}", "\"“Both”\""]
        {
            let once = review(raw, &LIMITS);
            let twice = review(&once.text, &LIMITS);
            assert_eq!(once.content_hash, twice.content_hash, "{raw}");
        }
    }
}
