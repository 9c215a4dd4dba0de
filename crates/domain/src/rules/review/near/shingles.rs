//! A text as a set of short pieces, and how much two sets have in common.

use crate::rules::chance;
use crate::rules::review::normal_form;

/// What a piece weighs: four letters, or two signs of a script whose signs are syllables or words.
/// One length for both would make a changed word of Japanese another text, or all of English alike.
const SHINGLE_WEIGHT: usize = 4;
/// What a sign of such a script weighs.
const DENSE_WEIGHT: usize = 2;
/// So much of a normal form is read. A post has a few hundred characters.
const CHARS_MAX: usize = 4_096;

/// The pieces of a text, as hashes in order, each once. Two different pieces of a few hundred
/// have the same 64 bits less than once in 10^14 texts, so the sets stand for the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

/// What two texts have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// Pieces that both have.
    pub common: usize,
    /// Pieces that at least one has.
    pub all: usize,
}

impl Shingles {
    /// The pieces of the normal form of `text`. A text shorter than a piece is one, and an empty one
    /// has none.
    pub fn of(text: &str) -> Self {
        let form = normal_form(text);
        let mut hashes: Vec<u64> =
            pieces(&form).into_iter().map(|piece| chance::hash(piece.as_bytes())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// What `self` and `other` have in common, counted exactly.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let (mut common, mut at) = (0, 0);
        for hash in &self.0 {
            while other.0.get(at).is_some_and(|theirs| theirs < hash) {
                at += 1;
            }
            if other.0.get(at) == Some(hash) {
                common += 1;
            }
        }
        Likeness { common, all: self.0.len() + other.0.len() - common }
    }

    /// The hashes, in order.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.0
    }
}

impl Likeness {
    /// The Jaccard index in whole percent, rounded down: only the same pieces are 100 %.
    pub fn percent(self) -> u32 {
        u32::try_from(self.common * 100 / self.all.max(1)).unwrap_or(100)
    }

    /// Whether it is too much.
    pub fn is_near(self) -> bool {
        self.percent() >= super::NEAR_PERCENT
    }

    /// Whether it is more than `other`.
    pub(super) fn is_more_than(self, other: Self) -> bool {
        self.common * other.all > other.common * self.all
    }
}

/// The pieces of `form`: one from each of its characters on, as long as [`SHINGLE_WEIGHT`] says, the
/// last one at its end.
pub(super) fn pieces(form: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut weight) = (0, 0);
    for (at, character) in form.char_indices().take(CHARS_MAX) {
        weight += weight_of(character);
        let end = at + character.len_utf8();
        while weight >= SHINGLE_WEIGHT {
            pieces.push(&form[start..end]);
            let Some(first) = form[start..].chars().next() else { break };
            weight -= weight_of(first);
            start += first.len_utf8();
        }
    }
    if pieces.is_empty() && !form.is_empty() {
        pieces.push(form);
    }
    pieces
}

/// Han, Kana and Hangul are dense: a sign is a syllable or a word.
fn weight_of(character: char) -> usize {
    let is_dense = matches!(character,
        '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    if is_dense { DENSE_WEIGHT } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_four_letters_or_two_dense_signs() {
        for (form, expected) in [
            ("foggy", vec!["fogg", "oggy"]),
            ("fog", vec!["fog"]),
            ("霧の港", vec!["霧の", "の港"]),
            ("a霧の", vec!["a霧の", "霧の"]),
            ("ab霧c", vec!["ab霧", "b霧c"]),
            ("", vec![]),
        ] {
            assert_eq!(pieces(form), expected, "{form}");
        }
    }

    #[test]
    fn likeness_is_rounded_down_and_nothing_is_like_nothing() {
        assert_eq!(Likeness { common: 199, all: 200 }.percent(), 99);
        assert_eq!(Likeness { common: 0, all: 0 }.percent(), 0);
        let none = Shingles::of("");
        assert_eq!(none.likeness(&none), Likeness { common: 0, all: 0 });
        assert!(!none.likeness(&Shingles::of("fog")).is_near());
    }
}
