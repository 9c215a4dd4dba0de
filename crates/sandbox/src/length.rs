//! X's weighted length, version 3 of its published rule, counted independently of the product.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::links::links;

/// The most that X takes from an ordinary account.
pub(crate) const LENGTH_MAX: u32 = 280;

const LINK_WEIGHT: u32 = 23;
const EMOJI_WEIGHT: u32 = 2;

/// Links weigh 23, an emoji sequence 2, most of Latin, Greek, Cyrillic and the like 1, the rest 2.
pub fn weighted_length(text: &str) -> u32 {
    let text: String = text.nfc().collect();
    let mut total = 0;
    let mut at = 0;
    for link in links(&text) {
        total += plain_weight(&text[at..link.start]) + LINK_WEIGHT;
        at = link.end;
    }
    total + plain_weight(&text[at..])
}

fn plain_weight(text: &str) -> u32 {
    text.graphemes(true)
        .map(
            |cluster| {
                if is_emoji(cluster) {
                    EMOJI_WEIGHT
                } else {
                    cluster.chars().map(char_weight).sum()
                }
            },
        )
        .sum()
}

fn char_weight(c: char) -> u32 {
    match u32::from(c) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

/// Whether a cluster is drawn as an emoji: a pictograph, a flag, a keycap, or a symbol that a
/// variation selector turns into a picture.
fn is_emoji(cluster: &str) -> bool {
    cluster
        .chars()
        .any(|c| matches!(u32::from(c), 0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x20E3 | 0xFE0F))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_that_x_counts() {
        for (text, weight) in [
            ("Hello, world! 👋", 16),
            ("👨‍👩‍👧‍👦", 2),
            ("👍🏽", 2),
            ("🇵🇹", 2),
            ("1️⃣", 2),
            ("https://example.com", 23),
            ("example.com", 23),
            ("日本語", 6),
            ("e\u{301}", 1),
            ("", 0),
            ("a b", 3),
        ] {
            assert_eq!(weighted_length(text), weight, "{text}");
        }
    }
}
