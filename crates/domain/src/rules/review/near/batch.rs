//! Texts that come together are compared with one another as with what is stored: by their bands
//! first, so that a batch may be large.

use std::collections::{BTreeSet, HashMap};

use crate::rules::review::Finding;
use crate::rules::review::duplicate::{same_as, same_form};

use super::{Shingles, near_finding};

/// As many texts are remembered; then the memory starts anew, so that a file of any size can be gone
/// through.
const TEXTS_MAX: usize = 10_000;

/// The texts of a batch that were let through so far.
#[derive(Debug, Default)]
pub struct Batch {
    texts: Vec<Kept>,
    /// Places in `texts`.
    by_band: HashMap<i64, Vec<usize>>,
}

#[derive(Debug)]
struct Kept {
    name: String,
    text: String,
    shingles: Shingles,
}

impl Batch {
    /// What to say of `text` beside those before it. One that is like none of them is one of them
    /// from here on; `name` is what a person calls it: `line 3`.
    pub fn take(&mut self, text: &str, name: &str) -> Option<Finding> {
        let shingles = Shingles::of(text);
        let bands = shingles.bands();
        if let Some(finding) = self.likest(text, &shingles, &bands) {
            return Some(finding);
        }
        if self.texts.len() >= TEXTS_MAX {
            *self = Self::default();
        }
        for band in bands {
            self.by_band.entry(band).or_default().push(self.texts.len());
        }
        self.texts.push(Kept { name: name.to_owned(), text: text.to_owned(), shingles });
        None
    }

    fn likest(&self, text: &str, shingles: &Shingles, bands: &[i64]) -> Option<Finding> {
        let places: BTreeSet<usize> =
            bands.iter().filter_map(|band| self.by_band.get(band)).flatten().copied().collect();
        let (likeness, kept) = places
            .into_iter()
            .filter_map(|place| self.texts.get(place))
            .map(|kept| (shingles.likeness(&kept.shingles), kept))
            .filter(|(likeness, _)| likeness.is_near())
            .reduce(|likest, next| if next.0.is_more_than(likest.0) { next } else { likest })?;
        if same_form(text, &kept.text) {
            return Some(same_as(&kept.name));
        }
        Some(near_finding(likeness, &kept.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_texts_that_are_alike_stays() {
        let mut batch = Batch::default();
        let fog = "The fog lifted at nine, and the ferry left at ten with twelve people.";
        assert_eq!(batch.take(fog, "line 1"), None);
        assert_eq!(batch.take("High water at six, low water at noon.", "line 2"), None);
        let near = "The fog lifted at nine, and the ferry left at ten with twelve birds.";
        let finding = batch.take(near, "line 3").expect("one word differs");
        assert_eq!(finding.rule, "near_duplicate");
        assert_eq!(finding.message, "83 % like line 1; say it in other words");
        // What was refused is nothing to compare with.
        let finding = batch.take(&near.to_uppercase(), "line 4").expect("one word differs");
        assert_eq!(finding.message, "83 % like line 1; say it in other words");
        let same = batch.take(&fog.to_uppercase(), "line 5").expect("the same words");
        assert_eq!((same.rule, same.message.as_str()), ("duplicate", "is the same text as line 1"));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut batch = Batch::default();
        for number in 0..=TEXTS_MAX {
            let text = format!("{number:04x}");
            assert_eq!(batch.take(&text, "a line"), None, "{text}");
        }
        assert_eq!(batch.texts.len(), 1);
    }
}
