//! Feeds that tell nothing any more because nobody can read them. One hour of trouble is the feed's own
//! matter; a day of it somebody should know of.

use jiff::{SignedDuration, Timestamp};

use super::{Checked, Covered, Finding};
use crate::model::FindingKind;
use crate::ports::store::SilentFeed;

/// So long after it was read last, or declared, a feed that cannot be read is a finding.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Judges feeds that could not be read for that long, or are not asked any more; `is_all` says whether
/// there are no others.
pub fn check(feeds: &[SilentFeed], is_all: bool) -> Checked {
    let covered = if is_all { Covered::everything() } else { Covered::Rows(Vec::new()) };
    let kinds = &[FindingKind::SilentFeed];
    Checked { kinds, covered, found: feeds.iter().map(finding).collect() }
}

fn finding(feed: &SilentFeed) -> Finding {
    let asked = if feed.is_asked { "" } else { ", and is not asked any more" };
    // The trouble names the address at which it was met, which may be another one than was declared.
    let (why, bot) = (feed.error.as_deref().unwrap_or(&feed.url), &feed.bot);
    Finding {
        kind: FindingKind::SilentFeed,
        subject: format!("feed {}", feed.id.0),
        bot: Some(feed.bot.clone()),
        slot: None,
        place: feed.id.0,
        at: Timestamp::UNIX_EPOCH,
        detail: format!("a feed that {bot} follows cannot be read{asked}: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BotId, FeedId};

    #[test]
    fn what_is_said_names_the_feed_and_the_trouble() {
        let feed = SilentFeed {
            id: FeedId(7),
            bot: BotId::try_from("ada".to_owned()).unwrap(),
            url: "https://news.example.org/feed.xml".to_owned(),
            is_asked: true,
            error: Some("https://news.example.org/feed.xml: it is HTML, not a feed".to_owned()),
        };
        let checked = check(std::slice::from_ref(&feed), true);
        let said = &checked.found[0];
        assert_eq!(said.subject, "feed 7");
        assert_eq!(
            said.detail,
            "a feed that ada follows cannot be read: https://news.example.org/feed.xml: it is HTML, not \
             a feed"
        );
        let given_up = check(&[SilentFeed { is_asked: false, ..feed }], false);
        assert!(given_up.found[0].detail.contains("is not asked any more"));
        assert_eq!(given_up.covered, Covered::Rows(Vec::new()), "nothing else has ended");
    }
}
