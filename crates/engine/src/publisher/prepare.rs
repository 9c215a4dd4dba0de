//! S1 claim, the gate, and S3 intent, for a batch: one transaction for the slots that may send at once.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use domain::model::{BotId, PayloadHash, SkipReason, SlotPhase, SlotState};
use domain::ports::store::{
    Begun, BotChange, Claimed, DueSlot, Intent, Settlement, SlotChange, StoreError,
};
use domain::rules::gate::{Gate, gate};
use domain::rules::lifecycle;
use domain::rules::room::Room;
use jiff::{SignedDuration, Timestamp};
use tracing::Instrument as _;

use super::{Batch, Cleared, Ready};
use crate::Engine;
use crate::traces::{self, Traces};

/// A slot whose intent was refused by the database asks again this soon.
const INTENT_REFUSED_WAIT: SignedDuration = SignedDuration::from_secs(2);

/// A slot of a bot without keys here is there for the other nodes this soon.
pub(crate) const STRANGER_WAIT: SignedDuration = SignedDuration::from_millis(100);

impl Engine {
    /// Claims due slots, at most `room`, and stores the intents of those that may send. Until this
    /// returns, nothing of the batch has been sent.
    pub async fn prepare(&self, now: Timestamp, room: usize) -> Result<Batch, StoreError> {
        let Some(fence) = self.fence() else { return Ok(Batch::default()) };
        let has_room = self.room_for_more() < Room::None;
        if !self.may_send() || !has_room || self.vitals.now().clock_suspect.is_some() {
            return Ok(Batch::default());
        }
        let settings = &self.settings;
        let most = if self.in_flight() == 0 { settings.claim_first } else { settings.claim_max };
        // What others could take as well is left to them, so that none hoards a burst.
        let max = self.share().part(most).min(u32::try_from(room).unwrap_or(u32::MAX));
        if max == 0 {
            return Ok(Batch::default());
        }
        self.x.refresh_keys().await;
        let send_by = now + self.settings.send_timeout;
        let is_strange = |due: &DueSlot| self.is_left_to_others(&due.bot, due.facts.is_stranger);
        let intend = |due: &DueSlot| {
            let may_send = gate(due, now) == Gate::Open && !is_strange(due);
            may_send.then(|| intent(due, send_by))
        };
        let span = traces::claiming();
        let claiming = self.store.claim_due(now, fence, max, &intend);
        let claimed = claiming.instrument(span.clone()).await?;
        self.traces.claimed(&span, claimed.iter().map(|claimed| &claimed.due));
        drop(span);
        let mut batch = Batch { claimed: claimed.len(), ..Batch::default() };
        let mut closed = Vec::new();
        for Claimed { due, begun } in claimed {
            if let Some(Begun { version, attempt, .. }) = begun {
                batch.ready.push(Ready { due, version, attempt, send_by, spent: Vec::new() });
                continue;
            }
            match gate(&due, now) {
                Gate::Open | Gate::LookFirst if is_strange(&due) => {
                    closed.push(strange(&due, now));
                }
                Gate::Open => closed.push(refused(&due, now)),
                Gate::LookFirst => batch.look_first.push(due),
                Gate::Rehearse => closed.push(skip(&due, SkipReason::DryRun, String::new())),
                Gate::Skip { reason, because } => closed.push(skip(&due, reason, because)),
                Gate::Wait { until, because } => closed.push(release(&due, until, because)),
            }
        }
        self.in_flight.fetch_add(batch.len(), Ordering::AcqRel);
        self.settle_or_keep(closed, now).await;
        Ok(batch)
    }

    /// This node has no keys of the bot, and did not know that yet: another one may have them. Where it
    /// knew and got the slot all the same, no other is there, and a person must hear of it.
    pub(crate) fn is_left_to_others(&self, bot: &BotId, is_noted: bool) -> bool {
        !is_noted && !self.x.has_keys(bot)
    }

    /// S3 for slots that were claimed before and whose looks ended together: one transaction. What the
    /// database refuses (paused, stopped, edited since the claim) is handed back, and so is everything
    /// where it fails: what it may have stored all the same loses that, and is found out later.
    pub(super) async fn begin(&self, cleared: Vec<Cleared>) -> Vec<Ready> {
        let now = self.now();
        let cleared = self.still_open(cleared, now);
        let send_by = now + self.settings.send_timeout;
        let intents: Vec<Intent> = cleared.iter().map(|one| intent(&one.due, send_by)).collect();
        let span = Traces::intending(cleared.iter().map(|one| &one.due));
        let storing = self.store.begin_attempts(&intents, now).instrument(span);
        let begun = storing.await.unwrap_or_else(|error| {
            tracing::error!("Could not store {} intents, asking again: {error}", intents.len());
            Vec::new()
        });
        let mut begun: HashMap<_, Begun> = begun.into_iter().map(|b| (b.slot, b)).collect();
        let mut ready = Vec::with_capacity(begun.len());
        for Cleared { due, spent } in cleared {
            match begun.remove(&due.slot) {
                Some(Begun { version, attempt, .. }) => {
                    ready.push(Ready { due, version, attempt, send_by, spent });
                }
                None => self.outcomes.push(Settlement { spend: spent, ..refused(&due, now) }),
            }
        }
        ready
    }

    /// Those that may send now that they have looked, which takes time: windows end, quiet hours begin.
    fn still_open(&self, cleared: Vec<Cleared>, now: Timestamp) -> Vec<Cleared> {
        let mut open = Vec::with_capacity(cleared.len());
        for Cleared { due, spent } in cleared {
            let closed = match gate(&due, now) {
                Gate::Open | Gate::LookFirst | Gate::Rehearse => {
                    open.push(Cleared { due, spent });
                    continue;
                }
                Gate::Skip { reason, because } => skip(&due, reason, because),
                Gate::Wait { until, because } => release(&due, until, because),
            };
            self.outcomes.push(Settlement { spend: spent, ..closed });
        }
        open
    }
}

/// The gate was open, and the database said no.
fn refused(due: &DueSlot, now: Timestamp) -> Settlement {
    let because = "paused, stopped or edited at the last moment; it is looked at again".to_owned();
    release(due, now + INTENT_REFUSED_WAIT, because)
}

fn strange(due: &DueSlot, now: Timestamp) -> Settlement {
    let because = "this node has no keys of the bot; asking the others".to_owned();
    let bot = BotChange { is_stranger: true, ..BotChange::default() };
    Settlement { bot, ..release(due, now + STRANGER_WAIT, because) }
}

fn intent(due: &DueSlot, send_by: Timestamp) -> Intent {
    Intent {
        slot: due.slot,
        version: due.version,
        fence: due.fence,
        bot: due.bot.clone(),
        post: due.post,
        payload: due.text.clone(),
        payload_hash: PayloadHash::of(&due.text),
        anchor: due.facts.anchor.clone(),
        send_by,
        trace: traces::of_due(due),
    }
}

/// Hands a claimed slot back until then.
pub(super) fn release(due: &DueSlot, until: Timestamp, because: String) -> Settlement {
    end(due, SlotState::Assigned, Some(until), because)
}

/// Ends a claimed slot without a send.
pub(super) fn skip(due: &DueSlot, reason: SkipReason, because: String) -> Settlement {
    end(due, SlotState::Skipped(reason), None, because)
}

/// Moves a claimed slot without a send.
pub(super) fn end(
    due: &DueSlot,
    to: SlotState,
    wake_at: Option<Timestamp>,
    detail: String,
) -> Settlement {
    Settlement {
        change: SlotChange {
            slot: due.slot,
            bot: due.bot.clone(),
            from: SlotPhase::Claimed,
            version: due.version,
            fence: Some(due.fence),
            to,
            wake_at,
            post: lifecycle::post_move(to, due.policy.on_miss),
            detail,
        },
        attempt: None,
        receipt: None,
        bot: BotChange::default(),
        spend: Vec::new(),
    }
}
