//! Which items of a feed are new, and in what order they are taken.

use std::collections::BTreeSet;

use crate::model::{FeedItem, ItemId};

/// The most items that one poll takes, whatever the setting.
pub const ITEMS_PER_POLL_MAX: usize = 100;

/// What a poll may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The first poll of a feed: what stands there is old news but for so many of the newest.
    First {
        /// How many; mostly none.
        newest: usize,
    },
    /// Every other poll.
    UpTo {
        /// How many.
        items_max: usize,
    },
}

/// What a poll takes and leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// To be worked on, the oldest first.
    pub taken: Vec<FeedItem>,
    /// Not worked on, now or later; to be kept as known.
    pub passed: Vec<ItemId>,
    /// How many new ones wait for the next poll. While some do, the validators must not be kept:
    /// "not modified" would hide them.
    pub waiting: usize,
}

/// Sorts out a feed's items, in its own order, by what is known of it.
pub fn fresh(items: Vec<FeedItem>, known: &BTreeSet<ItemId>, take: Take) -> Fresh {
    let mut new = oldest_first(unique(items, known));
    match take {
        Take::First { newest } => {
            let taken = new.split_off(new.len() - newest.min(ITEMS_PER_POLL_MAX).min(new.len()));
            let passed = new.into_iter().map(|item| item.id).collect();
            Fresh { taken, passed, waiting: 0 }
        }
        Take::UpTo { items_max } => {
            let rest = new.split_off(items_max.min(ITEMS_PER_POLL_MAX).min(new.len()));
            Fresh { taken: new, passed: Vec::new(), waiting: rest.len() }
        }
    }
}

/// Those that are not known, each once: of two with one identity the first in the feed, which is
/// mostly the newer.
fn unique(items: Vec<FeedItem>, known: &BTreeSet<ItemId>) -> Vec<FeedItem> {
    let mut seen = BTreeSet::new();
    let is_new = |item: &FeedItem| !known.contains(&item.id) && seen.insert(item.id.clone());
    items.into_iter().filter(is_new).collect()
}

/// By their times where all have one; else the feed's own order backwards, because feeds begin with
/// the newest.
fn oldest_first(mut items: Vec<FeedItem>) -> Vec<FeedItem> {
    items.reverse();
    if items.iter().all(|item| item.published.is_some()) {
        items.sort_by_key(|item| item.published);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, published: Option<&str>) -> FeedItem {
        FeedItem {
            id: ItemId::of(Some(id), None, "", ""),
            title: format!("on {id}"),
            summary: String::new(),
            link: None,
            published: published.map(|text| text.parse().unwrap()),
        }
    }

    fn undated(ids: &[&str]) -> Vec<FeedItem> {
        ids.iter().map(|id| item(id, None)).collect()
    }

    fn titles(items: &[FeedItem]) -> Vec<&str> {
        items.iter().map(|item| item.title.as_str()).collect()
    }

    const ALL: Take = Take::UpTo { items_max: 50 };

    #[test]
    fn what_is_known_is_not_new_and_a_double_counts_once() {
        let known = BTreeSet::from([ItemId::of(Some("b"), None, "", "")]);
        let found = fresh(undated(&["c", "b", "c", "a"]), &known, ALL);
        assert_eq!(titles(&found.taken), ["on a", "on c"]);
        assert_eq!((found.passed.len(), found.waiting), (0, 0));
    }

    #[test]
    fn the_oldest_comes_first_by_time_or_by_place() {
        let dated = vec![
            item("mid", Some("2026-11-02T00:00:00Z")),
            item("old", Some("2026-11-01T00:00:00Z")),
            item("new", Some("2026-11-03T00:00:00Z")),
        ];
        let found = fresh(dated.clone(), &BTreeSet::new(), ALL);
        assert_eq!(titles(&found.taken), ["on old", "on mid", "on new"]);
        let mut mixed = dated;
        mixed.push(item("undated", None));
        let found = fresh(mixed, &BTreeSet::new(), ALL);
        assert_eq!(titles(&found.taken), ["on undated", "on new", "on old", "on mid"]);
    }

    #[test]
    fn a_poll_takes_no_more_than_its_part_and_the_rest_waits() {
        let known = BTreeSet::new();
        let found = fresh(undated(&["d", "c", "b", "a"]), &known, Take::UpTo { items_max: 3 });
        assert_eq!(titles(&found.taken), ["on a", "on b", "on c"]);
        assert_eq!((found.passed.len(), found.waiting), (0, 1));
        let many: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let found = fresh(undated(&many), &known, Take::UpTo { items_max: 400 });
        assert_eq!((found.taken.len(), found.waiting), (ITEMS_PER_POLL_MAX, 400));
    }

    #[test]
    fn the_first_poll_takes_the_newest_few_and_passes_the_others_for_good() {
        let items = || undated(&["d", "c", "b", "a"]);
        let none = fresh(items(), &BTreeSet::new(), Take::First { newest: 0 });
        assert_eq!((none.taken.len(), none.passed.len(), none.waiting), (0, 4, 0));
        let two = fresh(items(), &BTreeSet::new(), Take::First { newest: 2 });
        assert_eq!(titles(&two.taken), ["on c", "on d"]);
        assert_eq!((two.passed.len(), two.waiting), (2, 0));
        let all = fresh(items(), &BTreeSet::new(), Take::First { newest: 9 });
        assert_eq!((all.taken.len(), all.passed.len()), (4, 0));
    }
}
