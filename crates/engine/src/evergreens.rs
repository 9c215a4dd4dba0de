//! The foot of the ladder: where a slot is due, its bot's queue is empty and no writer has filled it, a
//! text goes out that a person kept aside for such a day. Each once, because X forbids a repeat; the oldest
//! first; and none that has become like a post meanwhile.

use std::collections::BTreeSet;

use domain::model::BotId;
use domain::ports::store::{Evergreen, OpenSlot, StoreError, StoredPost};
use domain::rules::review::{Batch, Finding};
use jiff::Timestamp;

use crate::{Engine, beside};

impl Engine {
    /// Uses the stock of bots that have a slot in `open` which is due and nothing to go out in it. Returns
    /// the bots whose slots are worth another look at once.
    pub(crate) async fn use_evergreens(
        &self,
        open: &[OpenSlot],
        now: Timestamp,
    ) -> Result<BTreeSet<BotId>, StoreError> {
        let is_in_need = |slot: &&OpenSlot| {
            let is_due = slot.due_at <= now && now <= slot.due_at + slot.catch_up_window;
            is_due && !slot.stock_is_there()
        };
        let bots: BTreeSet<BotId> =
            open.iter().filter(is_in_need).map(|slot| slot.bot.clone()).collect();
        if bots.is_empty() {
            return Ok(bots);
        }
        let bots: Vec<BotId> = bots.into_iter().collect();
        let stock = self.store.next_evergreens(&bots).await?;
        let texts: Vec<(&str, String)> =
            stock.iter().map(|one| (one.content.as_str(), said(one))).collect();
        let findings = beside(self.store.as_ref(), &mut Batch::default(), &texts, now).await?;
        let mut changed = BTreeSet::new();
        for (one, finding) in stock.iter().zip(findings) {
            let is_changed = match finding {
                Some(finding) => self.drop_evergreen(one, &finding, now).await?,
                None => self.use_evergreen(one, now).await?,
            };
            if is_changed {
                changed.insert(one.bot.clone());
            }
        }
        Ok(changed)
    }

    async fn use_evergreen(&self, one: &Evergreen, now: Timestamp) -> Result<bool, StoreError> {
        let (id, bot) = (one.id.0, one.bot.as_str());
        match self.store.use_evergreen(one, now).await? {
            Some(StoredPost::Queued(post)) => {
                self.vitals.used_evergreen(now);
                tracing::warn!(
                event = "post.evergreen",
                        bot.id = %bot, evergreen.id = id, post.id = post.0,
                        "The queue of {bot} was empty when a post was due: post {}, from its evergreen stock, \
                         goes out",
                        post.0
                    );
                Ok(true)
            }
            // A person has to read it first, since its bot was changed a moment ago.
            Some(StoredPost::Draft(_)) => Ok(true),
            Some(StoredPost::Duplicate { of, .. }) => {
                tracing::info!(
                    bot.id = %bot, evergreen.id = id, post.id = of.0,
                    "Evergreen {id} of {bot} is used up: post {} has its text",
                    of.0
                );
                Ok(true)
            }
            // Its queue was filled in between, or another node was first: the slot is seen again.
            None => Ok(false),
        }
    }

    async fn drop_evergreen(
        &self,
        one: &Evergreen,
        finding: &Finding,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, bot) = (one.id.0, one.bot.as_str());
        let reason = format!("{}: {}", finding.rule, finding.message);
        let is_dropped = self.store.drop_evergreen(one.id, &reason, now).await?;
        if is_dropped {
            tracing::warn!(
                bot.id = %bot, evergreen.id = id,
                "Evergreen {id} of {bot} may not go out any more: {reason}"
            );
        }
        Ok(is_dropped)
    }
}

fn said(one: &Evergreen) -> String {
    format!("evergreen {} of {}", one.id.0, one.bot)
}
