//! What asking a feed comes to: what is kept of it, and when it is asked again.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::fresh::{Take, fresh};
use super::pace;
use crate::model::{Feed, FeedItem, ItemId, Validators};
use crate::ports::store::{DueFeed, FeedNote};
use crate::ports::{FeedDocument, FeedFailed, FeedTrouble, Wishes};

/// A feed that moves on for more often than this leads in a circle.
const MOVES_MAX: u32 = 3;
/// After so many failures where it moved to, it is asked where a person declared it.
const FAILURES_MAX_ELSEWHERE: u32 = 5;
/// Where it moved to is asked this soon.
const MOVED_WAIT: SignedDuration = SignedDuration::from_secs(10);
/// So much of what a feed calls itself is kept.
const TITLE_CHARS_MAX: usize = 200;

/// It brought a document, of whose items these are known.
pub fn read(
    due: &DueFeed,
    document: FeedDocument,
    known: &BTreeSet<ItemId>,
    now: Timestamp,
) -> FeedNote {
    let shown = document.items.iter().map(|item| item.id.clone()).collect();
    let found = fresh(document.items, known, take(due));
    // What waits must be shown again, and "not modified" would hide it.
    let validators =
        if found.waiting > 0 { due.validators.clone() } else { document.validators.clone() };
    let (taken, wordless): (Vec<_>, Vec<_>) = found.taken.into_iter().partition(says_something);
    let passed = found.passed.into_iter().chain(wordless.into_iter().map(|item| item.id)).collect();
    FeedNote {
        validators,
        title: Some(super::plain::plain(&document.title).chars().take(TITLE_CHARS_MAX).collect()),
        taken,
        passed,
        shown,
        ..answered(due, document.wishes, now)
    }
}

/// It is what it was.
pub fn unchanged(due: &DueFeed, wishes: Wishes, now: Timestamp) -> FeedNote {
    // A server that says so of a feed that nobody has read yet has not shown its old news.
    FeedNote { was_read: due.was_read, ..answered(due, wishes, now) }
}

/// It could not be read.
pub fn failed(due: &DueFeed, failed: &FeedFailed, now: Timestamp) -> FeedNote {
    let failures = due.failures.saturating_add(1);
    let later = |after| Some(pace::after_failure(failures, after, now, seed(due)));
    let note = FeedNote { failures, error: Some(failed.to_string()), ..plain(due) };
    // Where it moved to there was nothing for long; a person declared another address.
    let note = if failures >= FAILURES_MAX_ELSEWHERE && due.at != due.feed.url {
        FeedNote { at: due.feed.url.clone(), validators: Validators::default(), ..note }
    } else {
        note
    };
    match &failed.trouble {
        FeedTrouble::TryLater { after, .. } => FeedNote { next_at: later(*after), ..note },
        FeedTrouble::Gone => FeedNote { next_at: None, ..note },
        FeedTrouble::Moved(to) if due.moves < MOVES_MAX => FeedNote {
            at: to.clone(),
            moves: due.moves + 1,
            failures: due.failures,
            error: None,
            next_at: Some(now + MOVED_WAIT),
            ..note
        },
        FeedTrouble::Moved(_) => FeedNote {
            // From where a person declared it, it may be found again.
            at: due.feed.url.clone(),
            moves: 0,
            error: Some(format!("feed {}: it moved {MOVES_MAX} times in a row", due.feed.url)),
            next_at: later(None),
            ..note
        },
        FeedTrouble::Denied { .. }
        | FeedTrouble::NotAFeed(_)
        | FeedTrouble::TooLarge { .. }
        | FeedTrouble::Refused(_)
        | FeedTrouble::Malformed { .. } => FeedNote { next_at: later(None), ..note },
    }
}

fn answered(due: &DueFeed, wishes: Wishes, now: Timestamp) -> FeedNote {
    let interval = SignedDuration::from_mins(i64::from(due.feed.every_minutes));
    let next_at = Some(pace::after_answer(wishes, interval, now, seed(due)));
    FeedNote { next_at, was_read: true, failures: 0, moves: 0, error: None, ..plain(due) }
}

/// As it was.
fn plain(due: &DueFeed) -> FeedNote {
    FeedNote {
        id: due.id,
        until: due.until,
        next_at: None,
        validators: due.validators.clone(),
        at: due.at.clone(),
        title: None,
        was_read: due.was_read,
        failures: due.failures,
        moves: due.moves,
        error: None,
        taken: Vec::new(),
        passed: Vec::new(),
        shown: Vec::new(),
    }
}

fn take(due: &DueFeed) -> Take {
    let Feed { first_items, items_max, .. } = &due.feed;
    if due.was_read {
        Take::UpTo { items_max: *items_max as usize }
    } else {
        Take::First { newest: *first_items as usize }
    }
}

/// An item without a word gives no post.
fn says_something(item: &FeedItem) -> bool {
    !item.title.trim().is_empty() || !item.summary.trim().is_empty() || item.link.is_some()
}

fn seed(due: &DueFeed) -> u64 {
    due.id.0.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{FeedId, FeedReach, FeedUrl, Telling};

    fn url(text: &str) -> FeedUrl {
        FeedUrl::parse(text, FeedReach::Https).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-27T09:00:00Z".parse().unwrap()
    }

    fn due(was_read: bool) -> DueFeed {
        let at = url("https://harbour.org/tides.xml");
        DueFeed {
            id: FeedId(7),
            bot: "ada".try_into().unwrap(),
            feed: Feed { items_max: 2, ..Feed::at(at.clone(), Telling::Model { has_link: true }) },
            at,
            validators: Validators { etag: Some("\"1\"".to_owned()), last_modified: None },
            was_read,
            failures: 2,
            moves: 0,
            until: now(),
        }
    }

    fn document(count: usize) -> FeedDocument {
        let item = |number: usize| FeedItem {
            id: ItemId::of(Some(&number.to_string()), None, "", ""),
            title: format!("Tide {number}"),
            summary: String::new(),
            link: None,
            published: None,
        };
        FeedDocument {
            title: "<b>Tides</b>".to_owned(),
            items: (0..count).map(item).collect(),
            left_out: 0,
            validators: Validators { etag: Some("\"2\"".to_owned()), last_modified: None },
            wishes: Wishes::default(),
        }
    }

    #[test]
    fn the_first_answer_of_a_feed_is_old_news_and_later_ones_bring_their_part() {
        let first = read(&due(false), document(3), &BTreeSet::new(), now());
        assert_eq!((first.taken.len(), first.passed.len()), (0, 3));
        assert_eq!(
            (first.was_read, first.failures, first.title.as_deref()),
            (true, 0, Some("Tides"))
        );
        let etag = |note: &FeedNote| note.validators.etag.clone().unwrap();
        assert_eq!(etag(&first), "\"2\"");
        let later = read(&due(true), document(3), &BTreeSet::new(), now());
        assert_eq!((later.taken.len(), later.passed.len(), later.shown.len()), (2, 0, 3));
        assert_eq!(etag(&later), "\"1\"", "one waits, so the whole document must come again");
    }

    #[test]
    fn an_answer_that_nothing_changed_is_no_first_answer() {
        let note = |was_read| unchanged(&due(was_read), Wishes::default(), now());
        assert_eq!((note(false).was_read, note(true).was_read), (false, true));
        assert!(note(true).next_at.is_some());
    }

    #[test]
    fn a_feed_that_is_not_where_it_moved_to_is_asked_where_it_was_declared() {
        let at = url("https://login.harbour.org/");
        let tell = |failures| {
            let due = DueFeed { at: at.clone(), failures, ..due(true) };
            let trouble = FeedTrouble::NotAFeed("it is HTML".to_owned());
            failed(&due, &FeedFailed { url: at.clone(), trouble }, now())
        };
        assert_eq!((tell(3).at, tell(3).validators.etag.is_some()), (at.clone(), true));
        assert_eq!((tell(4).at, tell(4).validators.etag), (due(true).at, None));
    }

    #[test]
    fn each_trouble_has_its_own_next_step() {
        let tell = |trouble| {
            let due = due(true);
            failed(&due, &FeedFailed { url: due.at.clone(), trouble }, now())
        };
        let mins = |note: &FeedNote| note.next_at.map(|at| at.duration_since(now()).as_mins());
        let detail = String::new();
        let later = tell(FeedTrouble::TryLater { after: Some(Duration::from_hours(1)), detail });
        assert_eq!((mins(&later), later.failures), (Some(60), 3));
        assert!(later.error.unwrap().starts_with("feed https://harbour.org/tides.xml: "));
        assert_eq!(mins(&tell(FeedTrouble::Gone)), None);
        let html = tell(FeedTrouble::NotAFeed("it is HTML".to_owned()));
        assert_eq!(mins(&html), Some(4));
        let to = url("https://new.harbour.org/tides.xml");
        let moved = tell(FeedTrouble::Moved(to.clone()));
        assert_eq!((&moved.at, moved.moves, moved.failures, &moved.error), (&to, 1, 2, &None));
        let circle = DueFeed { moves: MOVES_MAX, at: to.clone(), ..due(true) };
        let circle = failed(
            &circle,
            &FeedFailed { url: to.clone(), trouble: FeedTrouble::Moved(to) },
            now(),
        );
        assert_eq!((circle.at, circle.moves), (due(true).at, 0));
        assert!(circle.error.unwrap().contains("moved 3 times"));
    }
}
