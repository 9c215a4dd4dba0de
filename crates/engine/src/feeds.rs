//! Feeds: which are due is asked, each is fetched, and its new items become posts.

mod item;

use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use domain::model::ItemId;
use domain::ports::store::{DueFeed, FeedNote, StoreError};
use domain::ports::{FeedFailed, Feeds, Fetched};
use domain::rules::feed::poll;
use domain::rules::room::Room;
use futures_util::future::join_all;
use jiff::Timestamp;
use tracing::{Instrument as _, Span};

use crate::{Engine, traces};

/// Items told one after the other in one tick.
const ITEMS_PER_TICK: u32 = 20;
/// How long a node waits between two looks, at least and at most.
const LOOK_MIN: Duration = Duration::from_secs(5);
const LOOK_MAX: Duration = Duration::from_mins(1);

/// What a tick did for feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedsReport {
    /// Feeds that were asked.
    pub asked: u64,
    /// Of these, those that could not be read.
    pub failed: u64,
    /// Items that became posts.
    pub posted: u64,
    /// Items that became nothing.
    pub dropped: u64,
    /// Items that are tried again.
    pub put_off: u64,
}

impl AddAssign for FeedsReport {
    fn add_assign(&mut self, more: Self) {
        self.asked += more.asked;
        self.failed += more.failed;
        self.posted += more.posted;
        self.dropped += more.dropped;
        self.put_off += more.put_off;
    }
}

impl Engine {
    /// An engine that follows feeds.
    #[must_use]
    pub fn with_feeds(mut self, feeds: Arc<dyn Feeds>) -> Self {
        self.feeds = Some(feeds);
        self
    }

    /// Fetches the feeds that are due, and makes posts of the items that wait.
    pub async fn tick_feeds(&self, now: Timestamp) -> Result<FeedsReport, StoreError> {
        let mut report = FeedsReport::default();
        let may_ask = self.fence().is_some() && self.room_for_more() == Room::Enough;
        let Some(feeds) = self.feeds.as_deref().filter(|_| may_ask) else { return Ok(report) };
        let due = self.store.take_feeds(now, self.settings.feeds_max).await?;
        report.asked = due.len() as u64;
        let ask = |one| self.ask(feeds, one).instrument(traces::asking(one, now));
        let asked = join_all(due.iter().map(ask)).await;
        for (one, noted) in due.iter().zip(asked) {
            // What the database does not take of one feed ends none of the others.
            let is_read = noted.unwrap_or_else(|error| {
                tracing::error!(bot.id = %one.bot, "{} is read later: {error}", one.at);
                false
            });
            report.failed += u64::from(!is_read);
        }
        report += self.tell_items().await?;
        if report.posted > 0 {
            self.wake.notify_one();
        }
        Ok(report)
    }

    /// Fetches one feed and keeps what came; whether it could be read.
    async fn ask(&self, feeds: &dyn Feeds, due: &DueFeed) -> Result<bool, StoreError> {
        let fetched = feeds.fetch(&due.at, &due.validators).await;
        let note = self.noted(due, fetched).await?;
        if let Some(error) = &note.error {
            tracing::warn!(
            event = "feed.silent",bot.id = %due.bot, failures = note.failures, "@{} hears nothing: {error}", due.bot);
        } else if !note.taken.is_empty() {
            let count = note.taken.len();
            tracing::info!(
            event = "feed.items",bot.id = %due.bot, items = count, "@{}: {count} new items in {}", due.bot, due.at);
        }
        Span::current().record("items", note.taken.len()).record("failures", note.failures);
        self.store.note_feed(&note, self.now()).await?;
        Ok(note.error.is_none())
    }

    async fn noted(
        &self,
        due: &DueFeed,
        fetched: Result<Fetched, FeedFailed>,
    ) -> Result<FeedNote, StoreError> {
        let now = self.now();
        Ok(match fetched {
            Ok(Fetched::NotModified(wishes)) => poll::unchanged(due, wishes, now),
            Ok(Fetched::Whole(document)) => {
                let shown: Vec<ItemId> = document.items.iter().map(|one| one.id.clone()).collect();
                let known = self.store.find_items(due.id, &shown).await?;
                poll::read(due, document, &known, now)
            }
            Err(failed) => poll::failed(due, &failed, now),
        })
    }

    /// How long until feeds are looked after again; `None` where none are followed.
    pub(crate) async fn until_feeds(&self) -> Option<Duration> {
        self.feeds.as_ref()?;
        let next = self.store.next_feed_work().await.ok().flatten();
        let wait = next.and_then(|at| Duration::try_from(at.duration_since(self.now())).ok());
        // What is past due waits for another node, or for room in a queue.
        Some(match next {
            Some(_) => wait.unwrap_or(LOOK_MIN).clamp(LOOK_MIN, LOOK_MAX),
            None => LOOK_MAX,
        })
    }
}
