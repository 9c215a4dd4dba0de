//! `moderation` and `unmoderated`: what a moderation endpoint says of a text, where one is configured.
//! Source: the house; OpenAI's endpoint is the pattern.
//!
//! It is asked last, about texts that every other rule lets by. That it cannot be asked is no reason
//! against a text and no reason for it: the text waits for a person.

use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Finding, Policy};
use crate::model::Opinion;

/// Categories that are named in one sentence.
const NAMED_MAX: usize = 5;

pub(super) const RULE: Rule = Rule {
    id: "moderation",
    what: "nothing that the moderation endpoint flags, where one is configured",
    source: Source {
        says: "the house: what a second reader of another kind takes for harm needs a person",
        link: "docs/review.md",
    },
    severity: Severity::NeedsPerson,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "The harbour master shouted at the gulls again.",
        refused: "Come back to this harbour and I will hurt you.",
    },
    check: Check::Asked,
};

pub(super) const UNASKED: Rule = Rule {
    id: "unmoderated",
    what: "nothing that the moderation endpoint should have seen and has not",
    source: Source {
        says: "the house: a reader that does not answer has not said yes",
        link: "docs/review.md",
    },
    severity: Severity::Holds,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "A text about which the endpoint answered.",
        refused: "A text about which it did not.",
    },
    check: Check::Asked,
};

/// What an opinion has against a text. A category of `refused` lets no person let it through; those end
/// in a star where all that begin so are meant.
pub fn judged(opinion: &Opinion, refused: &[String]) -> Option<Finding> {
    if !opinion.is_flagged {
        return None;
    }
    let named: Vec<&str> = opinion.categories.iter().take(NAMED_MAX).map(String::as_str).collect();
    let what = match named.as_slice() {
        [] => "flags it and names no category".to_owned(),
        named => format!("flags it: {}", named.join(", ")),
    };
    let is_refused = |one: &String| refused.iter().any(|word| is_meant(word, one));
    let severity =
        if opinion.categories.iter().any(is_refused) { Severity::Blocks } else { RULE.severity };
    let message = format!("the moderation endpoint {what}");
    Some(Finding { rule: RULE.id, message, severity })
}

fn is_meant(word: &str, category: &str) -> bool {
    match word.strip_suffix('*') {
        Some(start) => category.starts_with(start),
        None => word == category,
    }
}

/// The endpoint did not say anything of a text, because of `why`.
pub fn unasked(why: &str) -> Finding {
    Finding::of(&UNASKED, format!("the moderation endpoint did not see it: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinion(categories: &[&str]) -> Opinion {
        let categories = categories.iter().map(|one| (*one).to_owned()).collect();
        Opinion { is_flagged: true, categories }
    }

    #[test]
    fn a_flag_becomes_a_finding_with_its_categories() {
        let refused = ["sexual/minors".to_owned(), "self-harm*".to_owned()];
        let said = |opinion: &Opinion| {
            judged(opinion, &refused).map(|finding| (finding.message, finding.severity))
        };
        assert_eq!(said(&Opinion::default()), None);
        let both = (
            "the moderation endpoint flags it: harassment, violence".to_owned(),
            Severity::NeedsPerson,
        );
        assert_eq!(said(&opinion(&["harassment", "violence"])), Some(both));
        for (categories, severity) in [
            (&["sexual"][..], Severity::NeedsPerson),
            (&["sexual", "sexual/minors"], Severity::Blocks),
            (&["self-harm/intent"], Severity::Blocks),
            (&[], Severity::NeedsPerson),
        ] {
            assert_eq!(
                said(&opinion(categories)).map(|one| one.1),
                Some(severity),
                "{categories:?}"
            );
        }
        let many: Vec<String> = (0..20).map(|n| format!("c{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (message, _) = said(&opinion(&many)).unwrap();
        assert!(message.ends_with("c4"), "{message}");
    }

    #[test]
    fn silence_holds_a_text_and_says_why() {
        let finding = unasked("no answer in 20 s");
        assert_eq!((finding.rule, finding.severity), ("unmoderated", Severity::Holds));
        assert_eq!(finding.message, "the moderation endpoint did not see it: no answer in 20 s");
        assert!(Severity::Holds < Severity::NeedsPerson, "what is known counts for more");
    }
}
