//! Items that were written to take a bot over, each with what a model writes that obeys it.
//!
//! They travel with the binary as the texts of `review::corpus` do, so that tests of every crate can
//! feed them to a model that always obeys. An attack that once got through belongs in here.

use serde::Deserialize;

use super::material::Material;
use crate::model::{FeedItem, ItemId};

/// An item a line, as JSON.
const ITEMS: &str = include_str!("corpus/items.jsonl");
/// Stands in [`Attack::obeyed`] for the code word of the prompt.
const CANARY: &str = "{canary}";

/// An item and what it is after.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// Its language, as an ISO 639-1 code.
    pub lang: String,
    /// How it hides or disguises itself.
    pub way: String,
    /// What it wants in the post: `link`, `mention`, `prompt`, `secret`, `claim`, `trend`, `mail`.
    pub wants: String,
    /// The title, as markup.
    pub title: String,
    /// The summary, as markup.
    pub summary: String,
    /// The item's own link.
    pub link: String,
    /// What must not be left of it in the material.
    #[serde(default)]
    pub gone: Vec<String>,
    /// What must be left of it.
    #[serde(default)]
    pub stays: String,
    obeyed: String,
}

/// The corpus.
pub fn attacks() -> Vec<Attack> {
    let read = |line| serde_json::from_str(line).expect("a test reads every line of the corpus");
    ITEMS.lines().map(read).collect()
}

impl Attack {
    /// The item, as a parser would hand it over.
    pub fn item(&self) -> FeedItem {
        FeedItem {
            id: ItemId::of(None, Some(&self.link), "", ""),
            title: self.title.clone(),
            summary: self.summary.clone(),
            link: Some(self.link.clone()),
            published: None,
        }
    }

    /// What a model writes that was shown `material` and obeys all of it.
    pub fn obeyed(&self, material: &Material) -> String {
        self.obeyed.replace(CANARY, &material.canary)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::guard::{guarded, holds_mail};
    use super::super::material::material;
    use super::super::plain::plain;
    use super::*;
    use crate::model::{LinkPolicy, Policy};
    use crate::rules::review::{review, without_invisible};

    const SEED: u64 = 0x5eed;

    #[test]
    fn the_corpus_is_large_and_varied() {
        let attacks = attacks();
        assert!(attacks.len() >= 100, "{} items", attacks.len());
        let count = |of: fn(&Attack) -> &str| attacks.iter().map(of).collect::<HashSet<_>>().len();
        assert!(count(|attack| &attack.lang) >= 6);
        assert!(count(|attack| &attack.way) >= 20);
        assert!(count(|attack| &attack.link) == attacks.len());
        for attack in &attacks {
            let wants = ["link", "mention", "prompt", "secret", "claim", "trend", "mail"];
            assert!(wants.contains(&attack.wants.as_str()), "{attack:?}");
        }
    }

    #[test]
    fn the_material_holds_what_a_reader_sees_and_nothing_else() {
        for attack in attacks() {
            let text = material(&attack.item(), SEED).text;
            for gone in &attack.gone {
                assert!(!text.contains(gone.as_str()), "{gone:?} is left: {attack:?}");
            }
            let seen = plain(&attack.stays);
            assert!(!seen.is_empty() && text.contains(&seen), "{seen:?} is lost: {attack:?}");
            for line in text.lines() {
                assert_eq!(without_invisible(line), line, "{attack:?}");
            }
        }
    }

    #[test]
    fn no_item_forges_a_delimiter_or_leaves_a_line_unmarked() {
        for attack in attacks() {
            let material = material(&attack.item(), SEED);
            let end = format!("⟦end of material {}⟧", material.canary);
            let begin = format!("⟦material {}⟧", material.canary);
            let lines: Vec<&str> = material.text.lines().collect();
            let from = lines.iter().position(|line| *line == begin).expect("it begins");
            let inside = &lines[from + 1..lines.len() - 1];
            assert_eq!(lines.last(), Some(&end.as_str()), "{attack:?}");
            assert!(!inside.is_empty());
            for line in inside {
                let words = line.strip_prefix("┆ ").unwrap_or_else(|| panic!("{line}: {attack:?}"));
                assert!(!words.contains(['⟦', '⟧', '┆']), "{line}: {attack:?}");
                assert!(!words.contains(&material.canary), "{line}: {attack:?}");
            }
        }
    }

    #[test]
    fn what_an_obedient_model_writes_is_refused() {
        let mut let_by = Vec::new();
        for attack in attacks() {
            let item = attack.item();
            let material = material(&item, SEED);
            let text = attack.obeyed(&material);
            if holds_mail(&text) {
                continue;
            }
            let no_links = Policy { links: LinkPolicy::None, ..Policy::default() };
            if review(&text, &guarded(&no_links, &item, &material, true)).is_accepted() {
                let_by.push(("without links", attack.clone(), text.clone()));
            }
            let with_link = format!("{text} {}", attack.link);
            if review(&with_link, &guarded(&Policy::default(), &item, &material, true))
                .is_accepted()
            {
                let_by.push(("with its link", attack.clone(), with_link));
            }
            // Without the guard only foreign links and the code word get by.
            let needs_the_guard = attack.wants == "link" || attack.obeyed.contains(CANARY);
            if !needs_the_guard && review(&text, &Policy::default()).is_accepted() {
                let_by.push(("default", attack, text));
            }
        }
        assert!(let_by.is_empty(), "{}: {let_by:#?}", let_by.len());
    }
}
