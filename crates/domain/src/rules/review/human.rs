//! `human`: a bot does not say that it is a person. Source: X's rules for automated accounts: they
//! disclose what they are.
//!
//! The phrases are those in which somebody speaks of himself. A denial before a claim (`no soy
//! humano`) and a word behind it that makes it another claim (`I am a human-made bot`) clear it.

use super::Policy;
use super::fold::find_word;
use super::rule::{Check, Example, Rule, Severity, Source, Subject};

mod phrases;

use phrases::{CLAIMS, CLEARED_BY, DENIABLE, DENIALS};

pub(super) const RULE: Rule = Rule {
    id: "human",
    what: "no claim to be a person, and no denial of being a bot",
    source: Source {
        says: "X on automated accounts: they disclose that they are automated",
        link: "https://help.x.com/en/using-x/automated-account-labels",
    },
    severity: Severity::NeedsPerson,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "I am not a human, I only count ships.",
        refused: "Trust me, I'm not a bot.",
    },
    check: Check::Text(|subject: &Subject<'_>| find(subject.words())),
};

/// In folded words.
fn find(words: &str) -> Option<String> {
    let claim = CLAIMS.iter().find(|claim| is_made(words, claim))?;
    Some(format!("claims to be a person (`{claim}`); say what it is instead"))
}

/// Whether the claim stands somewhere in `words` and is not cleared there.
fn is_made(words: &str, claim: &str) -> bool {
    let mut from = 0;
    while let Some(found) = find_word(&words[from..], claim) {
        let (at, end) = (from + found, from + found + claim.len());
        let before = words[..at].trim_end().rsplit(' ').next().unwrap_or_default();
        let after = words[end..].trim_start().split(' ').next().unwrap_or_default();
        let is_denied =
            DENIABLE.iter().any(|verb| claim.starts_with(verb)) && DENIALS.contains(&before);
        let is_cleared = CLEARED_BY.contains(&after);
        if !is_denied && !is_cleared {
            return true;
        }
        from = end;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::fold::folded_words;
    use super::*;

    #[test]
    fn claims_are_found_in_many_languages() {
        for text in [
            "No, I'm not a bot, I promise.",
            "Hi, I’m a real person!",
            "Ich bin kein Roboter.",
            "Je ne suis pas un robot !",
            "No, no soy un bot, lo juro.",
            "Eu não sou um robô.",
            "Non sono un bot.",
            "Ben bot değilim.",
            "私は人間です。",
            "أنا لست روبوتًا",
            "Я не бот.",
            "저는 봇이 아닙니다.",
            "我不是机器人",
        ] {
            assert!(find(&folded_words(text)).is_some(), "{text}");
        }
    }

    #[test]
    fn a_bot_may_say_what_it_is() {
        for text in [
            "I am not a human.",
            "I am a human-made bot.",
            "I'm a bot, not a human.",
            "No soy humano.",
            "Kurse im Human Resources Institut.",
            "Ich bin kein Mensch, ich bin ein Bot.",
            "As human rights day nears, a list of books.",
            "أنا إنسان آلي",
            "私は人間ではありません。",
        ] {
            assert_eq!(find(&folded_words(text)), None, "{text}");
        }
    }

    #[test]
    fn a_cleared_claim_does_not_clear_the_next() {
        assert!(find("i am a human made thing i am a human").is_some());
    }
}
