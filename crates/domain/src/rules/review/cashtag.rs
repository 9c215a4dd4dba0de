//! `cashtag`: at most one `$TICKER`. Source: X's changelog of 2026-04-16 (self-serve access).

use super::Finding;

const CASHTAGS_MAX: usize = 1;
/// Tickers have up to six letters, and up to two more after a dot or an underscore.
const TICKER_LENGTH_MAX: usize = 6;

pub(super) fn find(text: &str) -> Option<Finding> {
    let count = text.split_whitespace().filter(|word| is_cashtag(word)).count();
    (count > CASHTAGS_MAX).then(|| Finding {
        rule: "cashtag",
        message: format!("has {count} cashtags; X allows {CASHTAGS_MAX} a post"),
    })
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
        assert!(find("$AAPL up, $MSFT down").is_some());
        assert!(find("Both ($BRK.A and $twtr).").is_some());
    }

    #[test]
    fn one_cashtag_and_prices_are_fine() {
        for text in ["$AAPL is up", "it cost $5, then $10", "$100M and $AAPL", "A$AP $ USD$"] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
