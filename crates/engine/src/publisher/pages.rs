//! The bot's own timeline, page by page, and what reading it costs.

use domain::model::{BotId, XUserId};
use domain::ports::store::{DueSlot, Spend, SpendKind};
use domain::ports::{ReadError, TimelinePage, TimelineQuery};
use domain::rules::cost;
use jiff::{SignedDuration, Timestamp};

use crate::Engine;

/// Longest page X gives.
const PAGE_MAX: u32 = 100;
/// And shortest.
const PAGE_MIN: u32 = 5;
/// With these X has shown all 3,200 posts that it shows of a timeline.
pub(crate) const PAGES_MAX: u32 = 32;
/// X's clock and ours may disagree by this much.
pub(super) const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// Before any post that X's timelines can be asked for by time: 2011.
const LONG_AGO: Timestamp = Timestamp::constant(1_293_840_000, 0);

/// Whose timeline is read: the bot, and its account once that is known.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    pub(crate) bot: &'a BotId,
    pub(crate) user: Option<&'a XUserId>,
}

impl<'a> Account<'a> {
    pub(super) fn of(due: &'a DueSlot) -> Self {
        Self { bot: &due.bot, user: due.facts.x_user.as_ref() }
    }
}

/// What was read, as one page.
pub(crate) struct Timeline {
    /// It names a next one only where X shows more than was asked for.
    pub(crate) page: TimelinePage,
    /// How far our clock was ahead of X's as the answers came, at least; `None` where X gave no date.
    pub(crate) ahead: Option<SignedDuration>,
}

impl Engine {
    /// Everything since then, from at most `pages_max` pages.
    pub(crate) async fn timeline_since(
        &self,
        account: Account<'_>,
        since: Timestamp,
        pages_max: u32,
        spent: &mut Vec<Spend>,
    ) -> Result<Timeline, ReadError> {
        let user = self.user_of(account, spent).await?;
        let mut query = TimelineQuery { since: since - SKEW, max: PAGE_MAX, page: None };
        let mut page = self.read_page((account.bot, &user), &query, spent).await?;
        let mut ahead = self.ahead_of(&page);
        for _ in 1..pages_max {
            query.page = page.next.take();
            if query.page.is_none() || page.has_errors {
                break;
            }
            let next = self.read_page((account.bot, &user), &query, spent).await?;
            ahead = ahead.into_iter().chain(self.ahead_of(&next)).min();
            page.items.extend(next.items);
            page.has_errors |= next.has_errors;
            page.next = next.next;
        }
        Ok(Timeline { page, ahead })
    }

    /// How far our clock is ahead of X's, and what the answer took besides.
    fn ahead_of(&self, page: &TimelinePage) -> Option<SignedDuration> {
        page.server_date.map(|date| self.now().duration_since(date))
    }

    /// Whether X shows that there was never anything, or nothing since then but something older: then a
    /// page without posts is the truth about its time, and not a failure to tell.
    pub(super) async fn may_be_empty(
        &self,
        due: &DueSlot,
        since: Timestamp,
        spent: &mut Vec<Spend>,
    ) -> Result<bool, ReadError> {
        let user = self.user_of(Account::of(due), spent).await?;
        let newest = TimelineQuery { since: LONG_AGO, max: PAGE_MIN, page: None };
        let page = self.read_page((&due.bot, &user), &newest, spent).await?;
        if !page.items.is_empty() {
            let is_older = |made_at: Timestamp| made_at < since - SKEW;
            return Ok(page.items.iter().all(|item| item.made_at().is_some_and(is_older)));
        }
        let me = self.x.me(&due.bot).await?;
        spent.push(account_spend(self.now()));
        Ok(me.post_count.is_none_or(|count| count == 0))
    }

    async fn read_page(
        &self,
        (bot, user): (&BotId, &XUserId),
        query: &TimelineQuery,
        spent: &mut Vec<Spend>,
    ) -> Result<TimelinePage, ReadError> {
        let page = self.x.timeline(bot, user, query).await?;
        let now = self.now();
        self.vitals.x(now, Ok(()));
        spent.extend(read_spend(&page, now));
        Ok(page)
    }

    /// The account's id: remembered, or asked for once and paid for.
    async fn user_of(
        &self,
        Account { bot, user }: Account<'_>,
        spent: &mut Vec<Spend>,
    ) -> Result<XUserId, ReadError> {
        if let Some(user) = user {
            return Ok(user.clone());
        }
        let me = self.x.me(bot).await?;
        spent.push(account_spend(self.now()));
        if let Err(error) = self.store.set_x_user(bot, &me.user, self.now()).await {
            // Not remembered is asked again; nothing is lost.
            tracing::warn!(bot.id = %bot, "Could not remember the account of @{bot}: {error}");
        }
        Ok(me.user)
    }
}

/// X charges for each post that it returns, so a page without any costs nothing and is no line of the
/// ledger.
fn read_spend(page: &TimelinePage, now: Timestamp) -> Vec<Spend> {
    let read = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
    if read == 0 {
        return Vec::new();
    }
    vec![Spend { kind: SpendKind::Read, amount: cost::read_cost(read, now) }]
}

pub(crate) fn account_spend(now: Timestamp) -> Spend {
    Spend { kind: SpendKind::Read, amount: cost::account_cost(now) }
}
