//! (f) What X shows of each bot, once a day, against its receipts.

use domain::model::ContentHash;
use domain::ports::ReadError;
use domain::ports::store::{BotChange, ComparisonNote, Noted, Spend, StoreError};
use domain::rules::audit::pace;
use domain::rules::audit::timeline::{self, Compared, Comparison};
use domain::rules::unreadable;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::{AuditorReport, log_noted};
use crate::Engine;
use crate::publisher::{Account, PAGES_MAX};

/// Bots compared in one tick: ten thousand a day are a dozen.
const BOTS_PER_TICK_MAX: u32 = 32;
/// A comparison whose node dies is made by another one after this.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    pub(super) async fn compare_timelines(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let due = self.store.take_comparisons(now + AGAIN, BOTS_PER_TICK_MAX, now).await?;
        let each: Vec<_> = due.iter().map(|one| self.compare_timeline(one).boxed()).collect();
        let mut each = stream::iter(each).buffer_unordered(self.settings.reads_max);
        let mut outcome = Ok(());
        while let Some(noted) = each.next().await {
            match noted {
                Ok(None) => {}
                Ok(Some(noted)) => {
                    report.compared += 1;
                    report.add(&noted);
                }
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// `None`: there was nothing to ask X about.
    async fn compare_timeline(&self, one: &Comparison) -> Result<Option<Noted>, StoreError> {
        let now = self.now();
        let mut note = ComparisonNote {
            bot: one.bot.clone(),
            next_at: pace::next_comparison(&one.bot, now),
            is_compared: true,
            change: BotChange::default(),
            distrust_since: None,
            checked: None,
            removed: Vec::new(),
            returned: Vec::new(),
            spend: Vec::new(),
        };
        let Some(since) = one.since(now) else {
            self.store.note_comparison(&note, now).await?;
            return Ok(None);
        };
        match self.read_and_compare(one, since, &mut note.spend).await? {
            Ok(compared) => {
                note.checked = Some(compared.checked);
                note.removed = compared.removed;
                note.returned = compared.returned;
                note.distrust_since = compared.distrust_since;
            }
            Err(error) => {
                let now = self.now();
                self.vitals.x(now, Err(error.to_string()));
                note.is_compared = false;
                note.next_at = pace::again(&one.bot, &error, now);
                note.change = unreadable::bot_change(&error);
            }
        }
        let noted = self.store.note_comparison(&note, self.now()).await?;
        log_noted(&noted);
        Ok(Some(noted))
    }

    async fn read_and_compare(
        &self,
        one: &Comparison,
        since: Timestamp,
        spent: &mut Vec<Spend>,
    ) -> Result<Result<Compared, ReadError>, StoreError> {
        let turn = self.reading.acquire().await;
        let account = Account { bot: &one.bot, user: one.x_user.as_ref() };
        let page = match self.timeline_since(account, since, PAGES_MAX, spent).await {
            Ok(timeline) => timeline.page,
            Err(error) => return Ok(Err(error)),
        };
        drop(turn);
        let hashes: Vec<ContentHash> =
            timeline::unclaimed(one, &page).into_iter().map(|(hash, _)| hash).collect();
        let ours = self.store.list_our_texts(&one.bot, &hashes).await?;
        Ok(Ok(timeline::compare(one, &page, &ours, self.now())))
    }
}
