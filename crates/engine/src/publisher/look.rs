//! S2: the bot's own timeline is read before the send, because its history may be lost, or because
//! its setting says that others post on it too.

use domain::model::{ContentHash, Post, Receipt, SkipReason, SlotState, XPostId};
use domain::ports::store::{
    BotChange, DueSlot, SeenPost, Settlement, Spend, SpendKind, StoreError, SweepLook,
};
use domain::ports::{ReadError, TimelineItem, TimelinePage};
use domain::rules::audit::timeline::OurText;
use domain::rules::reconcile::ShownTexts;
use domain::rules::{breaker, cost, reconcile, retry, review, unreadable};
use jiff::{SignedDuration, Timestamp};
use tracing::Instrument as _;

use super::pages::{Account, PAGES_MAX, SKEW, Timeline};
use super::prepare::{end, release, skip};
use super::{Cleared, Step};
use crate::Engine;
use crate::traces;

/// How far back the timeline is read where the history is trusted but others post too.
const OTHERS_RANGE: SignedDuration = SignedDuration::from_hours(24);
/// How far back it is read for a post that was sent before and whose answer was lost.
const LOST_RANGE: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Posts of a bot compared with its timeline after lost history.
const QUEUE_MAX: u32 = 20_000;
/// A look that the database broke off begins again this soon.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(2);

impl Engine {
    /// Reads first; then the slot is clear to send, or ends with what stands there already. What the
    /// reading cost is written with whatever becomes of the slot.
    pub(super) async fn look_first(&self, due: DueSlot) -> Step {
        let span = traces::looking_first(&due);
        self.look_and_tell(due).instrument(span).await
    }

    async fn look_and_tell(&self, due: DueSlot) -> Step {
        let turn = self.reading.acquire().await;
        let mut spent = Vec::new();
        let looked = self.look(&due, &mut spent).await;
        drop(turn);
        let mut settlement = match looked {
            Ok(None) => return Step::Clear(Cleared { due, spent }),
            Ok(Some(settlement)) => settlement,
            Err(error) => {
                tracing::error!(bot.id = %due.bot, "Could not prepare @{}: {error}", due.bot);
                release(&due, self.now() + LOOK_AGAIN, error.to_string())
            }
        };
        settlement.spend.extend(spent);
        Step::Ended(settlement)
    }

    /// `None`: nothing stands in the way of the send.
    async fn look(
        &self,
        due: &DueSlot,
        spent: &mut Vec<Spend>,
    ) -> Result<Option<Settlement>, StoreError> {
        let range = if due.was_lost { LOST_RANGE } else { OTHERS_RANGE };
        // From the anchor on, so that the anchor itself must be in the page. Where there is none, only our
        // clock says since when, and X's may be behind it.
        let since = due.facts.distrusted_since.map_or(due.due_at - range, |since| {
            let anchor = due.facts.anchor.as_ref().and_then(XPostId::created_at);
            anchor.map_or(since - reconcile::CLOCKS_APART, |anchor| since.min(anchor))
        });
        let read = self.timeline_since(Account::of(due), since, PAGES_MAX, spent).await;
        let timeline = match read {
            Ok(timeline) => timeline,
            Err(error) => {
                let mut settlement = self.unreadable(due, &error);
                let reach = breaker::of_error(&error);
                settlement.bot.app = Some(self.reach(&due.facts.app, reach));
                return Ok(Some(settlement));
            }
        };
        let page = &timeline.page;
        if page.has_errors {
            let error = ReadError::Unavailable("X put errors beside the page".to_owned());
            return Ok(Some(self.unreadable(due, &error)));
        }
        if let Some(lost_since) = due.facts.distrusted_since {
            if let Err(why) = self.is_whole(due, (page, since), spent).await {
                return Ok(Some(self.unreadable(due, &why)));
            }
            return self.adopt(due, &timeline, lost_since, spent).await;
        }
        let stands = page.items.iter().find(|item| reconcile::is_same_text(&due.text, item));
        Ok(stands.map(|item| {
            if due.was_lost { arrived(due, item, self.now()) } else { duplicate(due, item) }
        }))
    }

    /// Whether a page can say what is *not* on the timeline: it reaches back over the whole time in
    /// doubt, and shows the post that is known to be there (invariant I8).
    async fn is_whole(
        &self,
        due: &DueSlot,
        (page, since): (&TimelinePage, Timestamp),
        spent: &mut Vec<Spend>,
    ) -> Result<(), ReadError> {
        let doubt = |why: &str| Err(ReadError::Unavailable(why.to_owned()));
        if page.next.is_some() {
            return doubt("more posts were made since its history was lost than X shows");
        }
        match &due.facts.anchor {
            Some(anchor) if page.items.iter().any(|item| item.id == *anchor) => Ok(()),
            Some(_) => doubt("the page does not show the last post that is known"),
            None if !page.items.is_empty() || self.may_be_empty(due, since, spent).await? => Ok(()),
            None => doubt("the page is empty and the account is not"),
        }
    }

    /// Lost history: what the timeline shows of our posts is adopted, then things go on. What was sent
    /// a moment before may not show yet, so until then a page says only what is there.
    async fn adopt(
        &self,
        due: &DueSlot,
        Timeline { page, ahead }: &Timeline,
        lost_since: Timestamp,
        spent: &mut Vec<Spend>,
    ) -> Result<Option<Settlement>, StoreError> {
        let now = self.now();
        let shows_from = self.lost_shows_from(lost_since);
        let is_over = now >= shows_from;
        let look = SweepLook { doubt: lost_since, fence: due.fence, is_over };
        let clocks = Clocks::at(*ahead, now);
        let mut queue = self.store.list_queue(&due.bot, QUEUE_MAX).await?;
        // A draft of a copy may have been approved, and sent, since the copy was made.
        let drafts = self.store.list_drafts(Some(&due.bot), QUEUE_MAX).await?;
        queue.extend(drafts.into_iter().map(|draft| draft.post));
        let shown = ShownTexts::of(&page.items);
        let mut seen: Vec<SeenPost> =
            queue.iter().filter_map(|post| seen(post, due, &shown, clocks)).collect();
        let went_out = seen.iter().any(|seen| seen.slot.is_some())
            || self.shows_another_of_ours(due, page, clocks).await?;
        let touching = seen.iter_mut().find(|seen| seen.post == due.post || seen.slot.is_some());
        let touches_this = touching.is_some();
        let reads = spent.clone();
        if let Some(touching) = touching {
            // The adoption ends the slot, so nothing else of it will be written.
            touching.spent.append(spent);
        }
        let Some(adopted) = self.store.adopt_seen(&due.bot, &seen, look, now).await? else {
            *spent = reads;
            let why = "its history came into doubt again while its timeline was read".to_owned();
            return Ok(Some(release(due, now + LOOK_AGAIN, why)));
        };
        if !adopted.is_empty() {
            tracing::warn!(
            event = "post.adopted",
                bot.id = %due.bot, posts.adopted = adopted.len(),
                "Adopted {} posts of @{} that X has and the database had lost",
                adopted.len(), due.bot
            );
        }
        if went_out {
            // Where the adoption has settled the slot this comes too late, and changes nothing.
            let because = "X has a post of ours that was made at its time".to_owned();
            return Ok(Some(skip(due, SkipReason::Duplicate, because)));
        }
        if touches_this {
            // Its slot is settled by the adoption, or its post is gone and it needs another.
            return Ok(Some(release(due, now, "its history was read back from X".to_owned())));
        }
        if !is_over {
            let why = "what was sent before its history was lost may not show yet".to_owned();
            return Ok(Some(release(due, shows_from, why)));
        }
        Ok(None)
    }

    /// Whether X made something of ours since the slot was due that no receipt knows. A post of the queue
    /// is adopted; but its text may be held by an earlier slot, or stand twice because somebody posted
    /// it by hand. Or another slot took it for its own because it has the text, and was not being sent when X
    /// made it. Whichever of them went out for this slot, another one would be a second (I1); where none
    /// did, a slot is skipped.
    async fn shows_another_of_ours(
        &self,
        due: &DueSlot,
        page: &TimelinePage,
        clocks: Clocks,
    ) -> Result<bool, StoreError> {
        let is_since = |item: &&TimelineItem| {
            item.made_at().is_some_and(|made_at| clocks.is_since(made_at, due.due_at))
        };
        let since: Vec<&TimelineItem> = page.items.iter().filter(is_since).collect();
        if since.is_empty() {
            return Ok(false);
        }
        let hashes: Vec<ContentHash> =
            since.iter().map(|item| review::content_hash(&reconcile::shown(item))).collect();
        let ours = self.store.list_our_texts(&due.bot, &hashes).await?;
        let is_unknown = |text: &OurText, item: &TimelineItem| {
            text.receipt.as_ref().is_none_or(|known| known.x_post_id != item.id)
                || text.slot != Some(due.slot) && !was_sent_for(text, item, clocks)
        };
        Ok(ours.iter().any(|text| {
            let mut copies =
                since.iter().filter(|item| reconcile::is_same_text(&text.content, item));
            copies.any(|item| is_unknown(text, item))
        }))
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
            bot: unreadable::bot_change(error),
            ..release(due, until, format!("its timeline must be read before it posts: {error}"))
        }
    }
}

/// Whether the slot that has this receipt was being sent when X made it.
fn was_sent_for(text: &OurText, item: &TimelineItem, clocks: Clocks) -> bool {
    let Some((send_by, made_at)) = text.send_by.zip(item.made_at()) else { return false };
    made_at + clocks.ahead <= send_by
}

/// Our clock and X's. Slots are due by ours, and X dates posts by its own: which was made for a slot is told
/// by how far ours is ahead now. One that is behind is taken for right: whoever sent may have had a right
/// one, and a post too many that counts as this slot's skips it, and one too few fills it twice.
#[derive(Clone, Copy)]
struct Clocks {
    now: Timestamp,
    ahead: SignedDuration,
}

impl Clocks {
    /// Ours shows `now`, and was so far ahead when a page came.
    fn at(ahead: Option<SignedDuration>, now: Timestamp) -> Self {
        Self { now, ahead: ahead.unwrap_or_default().max(SignedDuration::ZERO) }
    }

    /// Whether X made it since our clock showed `due_at`.
    fn is_since(self, made_at: Timestamp, due_at: Timestamp) -> bool {
        made_at + self.ahead >= due_at - SKEW
    }
}

/// A post of the queue that the page shows.
fn seen(post: &Post, due: &DueSlot, shown: &ShownTexts<'_>, clocks: Clocks) -> Option<SeenPost> {
    let item = shown.find(&post.content)?;
    let receipt = receipt(item, clocks.now);
    let slot = clocks.is_since(receipt.posted_at, due.due_at).then_some(due.slot);
    let spent = vec![post_spend(&post.content, receipt.posted_at)];
    Some(SeenPost { post: post.id, slot, receipt, spent })
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
    let receipt = receipt(item, now);
    Settlement {
        spend: vec![post_spend(&due.text, receipt.posted_at)],
        receipt: Some(receipt),
        bot,
        ..end(due, SlotState::Posted, None, because)
    }
}

fn receipt(item: &TimelineItem, now: Timestamp) -> Receipt {
    Receipt {
        x_post_id: item.id.clone(),
        posted_at: item.made_at().unwrap_or(now),
        is_adopted: true,
    }
}

/// What X charged for this text when it took it.
fn post_spend(text: &str, at: Timestamp) -> Spend {
    let has_link = !review::links(text).is_empty();
    Spend { kind: SpendKind::Post, amount: cost::post_cost(has_link, at) }
}
