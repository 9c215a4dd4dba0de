//! `cashtag`: at most one `$TICKER`. Source: X's changelog of 2026-04-16 (self-serve access).

use super::Policy;
use super::rule::{Check, Example, Rule, Severity, Source};

/// X lets an automated account have so many.
pub const CASHTAGS_MAX: u32 = 1;
/// Tickers have up to six letters, and up to two more after a dot or an underscore.
const TICKER_LENGTH_MAX: usize = 6;

pub(super) const RULE: Rule = Rule {
    id: "cashtag",
    what: "at most one cashtag, or fewer where the persona says so",
    source: Source {
        says: "X's changelog of 2026-04-16: self-serve access has at most one cashtag a post",
        link: "https://docs.x.com/changelog",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: Policy::default,
        beside: None,
        accepted: "$ACME opens at 12, up from $10.",
        refused: "$ACME up, $WILE down",
    },
    check: Check::Text(|subject| find(subject.text, subject.policy.cashtags_max)),
};

fn find(text: &str, persona_max: u32) -> Option<String> {
    let max = persona_max.min(CASHTAGS_MAX);
    let count = text.split_whitespace().filter(|word| is_cashtag(word)).count();
    let whose = if persona_max < CASHTAGS_MAX { "the persona" } else { "X" };
    (count > usize::try_from(max).unwrap_or(usize::MAX))
        .then(|| format!("has {count} cashtags; {whose} allows {max} a post"))
}

fn is_cashtag(word: &str) -> bool {
    let Some(ticker) = word.trim_start_matches(['(', '"', '“', '\'']).strip_prefix('$') else {
        return false;
    };
    let letters = ticker.bytes().take_while(u8::is_ascii_alphabetic).count();
    let is_whole = !ticker[letters..].starts_with(|c: char| c.is_alphanumeric());
    (1..=TICKER_LENGTH_MAX).contains(&letters) && is_whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_cashtag_is_one_too_many() {
        assert!(find("$AAPL up, $MSFT down", 5).is_some());
        assert!(find("Both ($BRK.A and $twtr).", 1).is_some());
    }

    #[test]
    fn a_persona_may_allow_none() {
        assert!(find("$AAPL is up", 0).is_some());
        assert_eq!(find("it cost $5", 0), None);
    }

    #[test]
    fn one_cashtag_and_prices_are_fine() {
        for text in ["$AAPL is up", "it cost $5, then $10", "$100M and $AAPL", "A$AP $ USD$"] {
            assert_eq!(find(text, 1), None, "{text}");
        }
    }
}
