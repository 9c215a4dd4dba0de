//! Finds out what became of sends whose answers were lost, by reading the timeline.

use domain::model::{AppReach, AttemptState, BotState, Reach, SlotPhase, SlotState, StateReason};
use domain::ports::ReadError;
use domain::ports::store::{
    AttemptVerdict, BotChange, OpenAttempt, Settlement, SlotChange, Spend, SpendKind, StoreError,
};
use domain::rules::lifecycle::{self, Event, Transition};
use domain::rules::reconcile::{self, Finding, Sight};
use domain::rules::{breaker, cost, unreadable};
use futures_util::future::{Fuse, FusedFuture as _};
use futures_util::{FutureExt as _, StreamExt as _, select_biased, stream};
use jiff::Timestamp;
use tracing::{Instrument as _, Span};

use crate::publisher::{Account, PAGES_MAX, STRANGER_WAIT, account_spend};
use crate::{Engine, traces};

/// Attempts taken in one transaction.
const ATTEMPTS_PER_TICK_MAX: u32 = 64;

/// What a tick of the reconciler found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReconcilerReport {
    /// Timelines read.
    pub looked: u64,
    /// Posts found and adopted.
    pub adopted: u64,
    /// Sends proven never to have arrived.
    pub absent: u64,
    /// Slots for which a person was called.
    pub called: u64,
}

impl ReconcilerReport {
    fn add(&mut self, state: SlotState) {
        match state {
            SlotState::Posted => self.adopted += 1,
            SlotState::NeedsAttention(_) => self.called += 1,
            SlotState::RetryWait | SlotState::Skipped(_) | SlotState::Failed(_) => self.absent += 1,
            SlotState::Unknown
            | SlotState::Planned
            | SlotState::Assigned
            | SlotState::Claimed
            | SlotState::Sending
            | SlotState::Reconciling => {}
        }
    }
}

impl Engine {
    /// Looks once for each attempt whose look is due. What looks found is stored while others go on:
    /// those that end during a commit are the next one, as with sends. Both are driven together, since
    /// a look may wait for the database itself.
    pub async fn tick_reconciler(&self, now: Timestamp) -> Result<ReconcilerReport, StoreError> {
        let Some(fence) = self.fence() else { return Ok(ReconcilerReport::default()) };
        // What was sent under keys that somebody replaced is looked for with the new ones.
        self.x.refresh_keys().await;
        let open = self.store.take_open_attempts(now, fence, ATTEMPTS_PER_TICK_MAX).await?;
        let mut report = ReconcilerReport { looked: open.len() as u64, ..Default::default() };
        let looks: Vec<_> = open.iter().map(|open| self.look_for(open).boxed()).collect();
        let mut looks = stream::iter(looks).buffer_unordered(self.settings.reads_max);
        let mut found = Vec::new();
        let mut settling = std::pin::pin!(Fuse::terminated());
        loop {
            select_biased! {
                settlement = looks.select_next_some() => {
                    report.add(settlement.change.to);
                    found.push(settlement);
                }
                () = settling => {}
                complete => return Ok(report),
            }
            if settling.is_terminated() && !found.is_empty() {
                settling.set(self.settle_or_keep(std::mem::take(&mut found), self.now()).fuse());
            }
        }
    }

    async fn look_for(&self, open: &OpenAttempt) -> Settlement {
        let span = traces::looking(open);
        self.traces.taken(&span, open);
        let looking = async {
            let settlement = self.look_once(open).await;
            log_look(&settlement);
            settlement
        };
        looking.instrument(span).await
    }

    async fn look_once(&self, open: &OpenAttempt) -> Settlement {
        let mut spend = Vec::new();
        // A page tells of the moment when it was asked for, however long its answer takes.
        let asked_at = self.now();
        let sight = match self.put_off(open) {
            Some(put_off) => put_off,
            None => self.sight(open, &mut spend).await,
        };
        let now = self.now();
        match &sight {
            Sight::Unreadable(error) => self.vitals.x(now, Err(error.to_string())),
            Sight::Found(_) | Sight::NotThere | Sight::Inadmissible(_) => {
                self.vitals.x(now, Ok(()));
            }
            Sight::PutOff { .. } => {}
        }
        let bot = BotChange {
            app: self.app_reach(&open.app, &sight),
            is_stranger: self.is_left_to_others(&open.attempt.bot, open.is_stranger),
            ..bot_change(&sight)
        };
        let was_read = !matches!(sight, Sight::PutOff { .. });
        self.metrics.looked(word(&sight));
        Span::current().record("look.showed", word(&sight));
        let finding = reconcile::decide(open, sight, &self.settings.profile, asked_at);
        let mut settlement = settlement(open, finding, bot, spend);
        if let Some(verdict) = settlement.attempt.as_mut().filter(|_| !was_read) {
            verdict.looks = open.attempt.looks;
        }
        settlement
    }

    /// Why the timeline is not read now; `None` where it is.
    fn put_off(&self, open: &OpenAttempt) -> Option<Sight> {
        if self.is_left_to_others(&open.attempt.bot, open.is_stranger) {
            let because = "this node has no keys of the bot; asking the others".to_owned();
            return Some(Sight::PutOff { because, until: self.now() + STRANGER_WAIT });
        }
        let until = open.silent_until?;
        let because = "X does not answer; it is asked now and then".to_owned();
        Some(Sight::PutOff { because, until })
    }

    /// What a look tells of the whole app.
    fn app_reach(&self, app: &str, sight: &Sight) -> Option<AppReach> {
        let reach = match sight {
            Sight::Found(_) | Sight::NotThere | Sight::Inadmissible(_) => Reach::Answered,
            Sight::Unreadable(error) => breaker::of_error(error),
            Sight::PutOff { .. } => return None,
        };
        Some(self.reach(app, reach))
    }

    /// What a read tells of the whole app.
    pub(crate) fn reach(&self, app: &str, reach: Reach) -> AppReach {
        let probe_every = self.settings.profile.probe_every;
        AppReach { app: app.to_owned(), reach, probe_every, blocked_until: None }
    }

    async fn sight(&self, open: &OpenAttempt, spent: &mut Vec<Spend>) -> Sight {
        self.read_timeline(open, spent).await.unwrap_or_else(Sight::Unreadable)
    }

    /// The timeline back to the anchor, however many posts were made since; where it is empty, the
    /// account itself as the control. What was read is paid for, whatever comes of it.
    async fn read_timeline(
        &self,
        open: &OpenAttempt,
        spent: &mut Vec<Spend>,
    ) -> Result<Sight, ReadError> {
        let attempt = &open.attempt;
        let account = Account { bot: &attempt.bot, user: open.x_user.as_ref() };
        let since = reconcile::since(attempt);
        let page = self.timeline_since(account, since, PAGES_MAX, spent).await?.page;
        let mut post_count = None;
        if page.items.is_empty() {
            let me = self.x.me(&attempt.bot).await?;
            spent.push(account_spend(self.now()));
            post_count = me.post_count;
        }
        Ok(reconcile::see(attempt, &page, post_count))
    }
}

/// The label of what was seen.
fn word(sight: &Sight) -> &'static str {
    match sight {
        Sight::Found(_) => "found",
        Sight::NotThere => "not_there",
        Sight::Inadmissible(_) => "inadmissible",
        Sight::Unreadable(_) => "unreadable",
        Sight::PutOff { .. } => "put_off",
    }
}

/// What the look says of the bot itself.
fn bot_change(sight: &Sight) -> BotChange {
    match sight {
        Sight::Found(receipts) => BotChange {
            state: (receipts.len() > 1)
                .then_some((BotState::Paused, StateReason::DuplicateObserved)),
            anchor: receipts.iter().map(|receipt| receipt.x_post_id.clone()).max(),
            refusals_in_row: Some(0),
            ..BotChange::default()
        },
        Sight::Unreadable(error) => unreadable::bot_change(error),
        Sight::NotThere | Sight::Inadmissible(_) | Sight::PutOff { .. } => BotChange::default(),
    }
}

fn settlement(
    open: &OpenAttempt,
    finding: Finding,
    bot: BotChange,
    mut spend: Vec<Spend>,
) -> Settlement {
    let from = state_of(open);
    let to = match lifecycle::next(from, finding.event) {
        Transition::To(state) => state,
        // Looking on while a person is awaited changes nothing but the time of the next look.
        Transition::Ignore => from,
        Transition::Violation => {
            log_violation(open, from, finding.event);
            from
        }
    };
    if finding.receipt.is_some() {
        // The price that was reserved.
        let amount = cost::price_of(&open.attempt.payload, open.attempt.intent_at).amount;
        spend.push(Spend { kind: SpendKind::Post, amount });
    }
    Settlement {
        attempt: Some(verdict(open, &finding)),
        change: SlotChange {
            slot: open.attempt.slot,
            bot: open.attempt.bot.clone(),
            from: open.phase,
            version: open.version,
            fence: Some(open.fence),
            to,
            wake_at: finding.wake_at,
            post: lifecycle::post_move(to, open.on_miss),
            detail: finding.detail,
        },
        receipt: finding.receipt,
        bot,
        spend,
    }
}

fn state_of(open: &OpenAttempt) -> SlotState {
    match open.phase {
        SlotPhase::NeedsAttention => {
            SlotState::NeedsAttention(domain::model::AttentionReason::OutcomeUnknown)
        }
        SlotPhase::Planned
        | SlotPhase::Assigned
        | SlotPhase::Claimed
        | SlotPhase::Sending
        | SlotPhase::RetryWait
        | SlotPhase::Unknown
        | SlotPhase::Reconciling
        | SlotPhase::Posted
        | SlotPhase::Skipped
        | SlotPhase::Failed => SlotState::Reconciling,
    }
}

fn verdict(open: &OpenAttempt, finding: &Finding) -> AttemptVerdict {
    let attempt = &open.attempt;
    let (state, class) = match finding.event {
        Event::Posted => (AttemptState::Posted, "adopted"),
        Event::ProvenAbsent | Event::Skip(_) | Event::Refused(_) => {
            (AttemptState::Absent, "absent")
        }
        _ => (AttemptState::Unknown, "ambiguous"),
    };
    AttemptVerdict {
        attempt: attempt.id,
        state,
        class,
        status: None,
        detail: finding.detail.clone(),
        request_id: None,
        closed_at: attempt.closed_at,
        is_duplicate_answer: attempt.is_duplicate_answer,
        absence_votes: finding.absence_votes,
        looks: attempt.looks + 1,
    }
}

/// A defect of ours: the slot stays as it is, and somebody must hear of it.
fn log_violation(open: &OpenAttempt, from: SlotState, event: Event) {
    let (bot, slot) = (&open.attempt.bot, open.attempt.slot.0);
    tracing::error!(
        bot.id = %bot, slot.id = slot, slot.state = from.phase().as_str(),
        "Slot {slot} of @{bot} stays as it is: in the state {from:?} a look must not end with \
         {event:?}"
    );
}

fn log_look(settlement: &Settlement) {
    let bot = &settlement.change.bot;
    let slot = settlement.change.slot.0;
    match (&settlement.receipt, settlement.change.to) {
        (Some(receipt), _) => tracing::info!(
            event = "post.found",
            bot.id = %bot, slot.id = slot, x.post_id = %receipt.x_post_id,
            "@{bot} found its post {} on the timeline: nothing is sent again", receipt.x_post_id
        ),
        (None, SlotState::NeedsAttention(_)) => tracing::error!(
            event = "slot.needs_attention",
            bot.id = %bot, slot.id = slot,
            "@{bot} needs you: whether X has the post of slot {slot} is unknown ({})",
            settlement.change.detail
        ),
        (None, state) => tracing::info!(
            event = "post.looked_for",
            bot.id = %bot, slot.id = slot, slot.state = state.phase().as_str(),
            "@{bot} looked for a lost answer: {}", settlement.change.detail
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::{Arc, Mutex};

    use domain::model::{
        Attempt, AttemptId, AttentionReason, BotId, Fence, OnMiss, PostId, SlotId,
    };
    use jiff::SignedDuration;
    use testkit::at;
    use tracing::field::Field;
    use tracing::span;

    use super::*;

    /// What is logged, a line an event.
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl tracing::Subscriber for Heard {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            let mut line = event.metadata().level().to_string();
            event.record(&mut |field: &Field, value: &dyn std::fmt::Debug| {
                write!(line, " {field}={value:?}").unwrap();
            });
            self.0.lock().unwrap().push(line);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    /// An attempt of slot 7 whose answer was lost.
    fn open(phase: SlotPhase) -> OpenAttempt {
        let nine = at("2026-11-23T09:00:00Z");
        let attempt = Attempt {
            id: AttemptId(1),
            slot: SlotId(7),
            bot: BotId::try_from("ada").unwrap(),
            post: PostId(3),
            number: 1,
            fence: Fence(1),
            payload: "hello".to_owned(),
            anchor: None,
            first_intent_at: nine,
            intent_at: nine,
            send_by: nine,
            closed_at: nine,
            is_duplicate_answer: false,
            absence_votes: 0,
            looks: 0,
            trace: None,
        };
        OpenAttempt {
            attempt,
            version: 4,
            fence: Fence(1),
            phase,
            due_at: nine,
            catch_up_window: SignedDuration::from_mins(30),
            on_miss: OnMiss::Skip,
            ambiguous_rounds: 1,
            crashes: 0,
            x_user: None,
            app: "app".to_owned(),
            silent_until: None,
            is_stranger: false,
        }
    }

    /// Where the slot goes after that event, and what is logged.
    fn after(phase: SlotPhase, event: Event) -> (SlotState, Vec<String>) {
        let finding = Finding {
            event,
            wake_at: None,
            absence_votes: 3,
            receipt: None,
            is_double: false,
            detail: "so it is".to_owned(),
        };
        let heard = Arc::new(Heard::default());
        let settlement = tracing::subscriber::with_default(heard.clone(), || {
            settlement(&open(phase), finding, BotChange::default(), Vec::new())
        });
        let lines = std::mem::take(&mut *heard.0.lock().unwrap());
        (settlement.change.to, lines)
    }

    #[test]
    fn a_move_that_must_not_be_is_not_made_and_is_logged() {
        let called = SlotState::NeedsAttention(AttentionReason::OutcomeUnknown);
        let (to, lines) = after(SlotPhase::NeedsAttention, Event::ProvenAbsent);
        assert_eq!(to, called);
        assert_eq!(lines.len(), 1, "{lines:?}");
        for part in ["ERROR", "bot.id=ada", "slot.id=7", "needs_attention", "ProvenAbsent"] {
            assert!(lines[0].contains(part), "{part}: {lines:?}");
        }
    }

    #[test]
    fn looking_on_while_a_person_is_awaited_is_no_news() {
        let called = SlotState::NeedsAttention(AttentionReason::OutcomeUnknown);
        assert_eq!(after(SlotPhase::NeedsAttention, Event::NotYet), (called, Vec::new()));
        assert_eq!(after(SlotPhase::Reconciling, Event::NotYet), (SlotState::Unknown, Vec::new()));
    }
}
