//! S2: the bot's own timeline is read before the send, because its history may be lost, or because
//! its setting says that others post on it too.

use domain::model::{Receipt, SkipReason, SlotState, XPostId, XUserId};
use domain::ports::store::{
    BotChange, DueSlot, SeenPost, Settlement, Spend, SpendKind, StoreError,
};
use domain::ports::{ReadError, TimelineItem, TimelinePage, TimelineQuery};
use domain::rules::{cost, reconcile, retry};
use jiff::{SignedDuration, Timestamp};

use super::prepare::{end, release, skip};
use crate::Engine;

/// How far back the timeline is read where the history is trusted but others post too.
const OTHERS_RANGE: SignedDuration = SignedDuration::from_hours(24);
/// How far back it is read for a post that was sent before and whose answer was lost.
const LOST_RANGE: SignedDuration = SignedDuration::from_hours(24 * 7);
/// X's clock and ours may disagree by this much.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// Posts of a bot compared with its timeline after lost history.
const QUEUE_MAX: u32 = 20_000;
/// Longest page X gives.
const PAGE_MAX: u32 = 100;

impl Engine {
    /// Reads first; then sends, or adopts what stands there already.
    pub(super) async fn look_then_send(&self, due: DueSlot) -> Option<Settlement> {
        match self.look(&due).await {
            Ok(Some(settlement)) => Some(settlement),
            Ok(None) => self.send_after_look(due).await,
            Err(error) => {
                // The claim stays; it is released when its node's lease or patience ends.
                tracing::error!(bot.id = %due.bot, "Could not prepare @{}: {error}", due.bot);
                None
            }
        }
    }

    async fn send_after_look(&self, due: DueSlot) -> Option<Settlement> {
        let bot = due.bot.clone();
        match self.begin(vec![due], self.now()).await {
            Ok(ready) => match ready.into_iter().next() {
                Some(ready) => self.send(ready).await,
                None => None,
            },
            Err(error) => {
                tracing::error!(bot.id = %bot, "Could not store the intent of @{bot}: {error}");
                None
            }
        }
    }

    /// `None`: nothing stands in the way of the send.
    async fn look(&self, due: &DueSlot) -> Result<Option<Settlement>, StoreError> {
        let range = if due.was_lost { LOST_RANGE } else { OTHERS_RANGE };
        // From the anchor on, so that the anchor itself must be in the page.
        let since = due.facts.distrusted_since.map_or(due.due_at - range, |since| {
            let anchor = due.facts.anchor.as_ref().and_then(XPostId::created_at);
            anchor.map_or(since, |anchor| since.min(anchor))
        });
        let page = match self.own_timeline(due, since).await {
            Ok(page) => page,
            Err(error) => return Ok(Some(self.unreadable(due, &error))),
        };
        if page.has_errors {
            let error = ReadError::Unavailable("X put errors beside the page".to_owned());
            return Ok(Some(self.unreadable(due, &error)));
        }
        if due.facts.distrusted_since.is_some() {
            if let Err(why) = self.is_whole(due, &page).await {
                return Ok(Some(self.unreadable(due, &why)));
            }
            return self.adopt(due, &page).await;
        }
        let now = self.now();
        let stands = page.items.iter().find(|item| reconcile::is_same_text(&due.text, item));
        Ok(stands.map(|item| Settlement {
            spend: read_spend(&page, now),
            ..if due.was_lost { arrived(due, item, now) } else { duplicate(due, item) }
        }))
    }

    /// Whether a page can say what is *not* on the timeline: it reaches back over the whole time in
    /// doubt, and shows the post that is known to be there (invariant I8).
    async fn is_whole(&self, due: &DueSlot, page: &TimelinePage) -> Result<(), ReadError> {
        let doubt = |why: &str| Err(ReadError::Unavailable(why.to_owned()));
        if page.is_cut {
            return doubt("over a hundred posts were made since its history was lost");
        }
        match &due.facts.anchor {
            Some(anchor) if page.items.iter().any(|item| item.id == *anchor) => Ok(()),
            Some(_) => doubt("the page does not show the last post that is known"),
            None if !page.items.is_empty() => Ok(()),
            None => match self.x.me(&due.bot).await?.post_count {
                Some(0) | None => Ok(()),
                Some(_) => doubt("the page is empty and the account is not"),
            },
        }
    }

    /// Lost history: what the timeline shows of our posts is adopted, then things go on.
    async fn adopt(
        &self,
        due: &DueSlot,
        page: &TimelinePage,
    ) -> Result<Option<Settlement>, StoreError> {
        let now = self.now();
        let queue = self.store.list_queue(&due.bot, QUEUE_MAX).await?;
        let seen: Vec<SeenPost> = queue
            .iter()
            .filter_map(|post| {
                let item =
                    page.items.iter().find(|item| reconcile::is_same_text(&post.content, item))?;
                let receipt = receipt(item, now);
                let slot = (receipt.posted_at >= due.due_at - SKEW).then_some(due.slot);
                Some(SeenPost { post: post.id, slot, receipt })
            })
            .collect();
        let touches_this = seen.iter().any(|seen| seen.post == due.post || seen.slot.is_some());
        let adopted = self.store.adopt_seen(&due.bot, &seen, now).await?;
        if !adopted.is_empty() {
            tracing::warn!(
                bot.id = %due.bot, posts.adopted = adopted.len(),
                "Adopted {} posts of @{} that X has and the database had lost",
                adopted.len(), due.bot
            );
        }
        if touches_this {
            // Its slot is settled by the adoption, or its post is gone and it needs another.
            return Ok(Some(release(due, now, "its history was read back from X".to_owned())));
        }
        Ok(None)
    }

    fn unreadable(&self, due: &DueSlot, error: &ReadError) -> Settlement {
        let now = self.now();
        self.vitals.x(now, Err(error.to_string()));
        let wait = retry::backoff(3, due.slot.0.unsigned_abs());
        let window_end = due.due_at + due.policy.catch_up_window;
        let until = match error {
            ReadError::RateLimited { until } => {
                retry::after_window(*until, now, due.slot.0.unsigned_abs())
            }
            ReadError::Unauthorized(_)
            | ReadError::Forbidden(_)
            | ReadError::OutOfCredit(_)
            | ReadError::Unavailable(_) => now + wait,
        };
        let just_after = window_end + SignedDuration::from_millis(1);
        let until = if now < just_after { until.min(just_after) } else { until };
        Settlement {
            bot: BotChange::default(),
            ..release(due, until, format!("its timeline must be read before it posts: {error}"))
        }
    }

    async fn own_timeline(
        &self,
        due: &DueSlot,
        since: Timestamp,
    ) -> Result<TimelinePage, ReadError> {
        let user = self.x_user(&due.bot, due.facts.x_user.as_ref()).await?;
        let query = TimelineQuery { since: since - SKEW, max: PAGE_MAX };
        let page = self.x.timeline(&due.bot, &user, &query).await?;
        self.vitals.x(self.now(), Ok(()));
        Ok(page)
    }

    /// The account's id: remembered, or asked for once.
    pub(crate) async fn x_user(
        &self,
        bot: &domain::model::BotId,
        known: Option<&XUserId>,
    ) -> Result<XUserId, ReadError> {
        if let Some(user) = known {
            return Ok(user.clone());
        }
        let me = self.x.me(bot).await?;
        if let Err(error) = self.store.set_x_user(bot, &me.user, self.now()).await {
            // Not remembered is asked again; nothing is lost.
            tracing::warn!(bot.id = %bot, "Could not remember the account of @{bot}: {error}");
        }
        Ok(me.user)
    }
}

/// Somebody else posted it.
fn duplicate(due: &DueSlot, item: &TimelineItem) -> Settlement {
    let because = format!("this text already stands on the timeline as {}", item.id);
    skip(due, SkipReason::Duplicate, because)
}

/// An earlier send of it arrived after all, later than anyone waited for.
fn arrived(due: &DueSlot, item: &TimelineItem, now: Timestamp) -> Settlement {
    let bot = BotChange { anchor: Some(item.id.clone()), ..BotChange::default() };
    let because = "an earlier send of this post arrived late".to_owned();
    let receipt = Some(receipt(item, now));
    Settlement { receipt, bot, ..end(due, SlotState::Posted, None, because) }
}

fn receipt(item: &TimelineItem, now: Timestamp) -> Receipt {
    Receipt {
        x_post_id: item.id.clone(),
        posted_at: item.created_at.or_else(|| item.id.created_at()).unwrap_or(now),
        is_adopted: true,
    }
}

pub(crate) fn read_spend(page: &TimelinePage, now: Timestamp) -> Vec<Spend> {
    let read = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
    if read == 0 {
        return Vec::new();
    }
    vec![Spend { kind: SpendKind::Read, amount: cost::read_cost(read, now) }]
}
