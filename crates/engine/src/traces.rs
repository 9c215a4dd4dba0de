//! What of the work is told to whoever collects traces: one trace for each slot, from its claim to its
//! receipt, one for each refill of a queue, each look at a feed, each item that is told of, each try-out, and
//! one for an order in bulk however long it takes. The spans are `tracing`'s, of the target `trace`; the
//! program says what becomes of them, and where nobody collects they cost next to nothing.
//!
//! A batch serves many slots: it is told whole in the trace of its first, and each of the others has a
//! span of its own that points there. A batch that served nobody is not told.
//!
//! The span that a slot's others hang below is told last, when its outcome is stored, by whichever node
//! stores it. So it is there once, and a node that was killed leaves no hole where its own would be.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::model::{BotId, SlotId, SlotPhase, TraceId};
use domain::ports::store::{
    BulkOrder, DueFeed, DueSlot, OpenAttempt, SlotChange, TryOut, WaitingItem,
};
use jiff::Timestamp;
use tracing::Span;
use tracing::field::Empty;

/// Slots in hand whose traces are remembered; more than may ever be in flight.
const OPEN_MAX: usize = 16_384;

/// A slot in hand.
#[derive(Clone, Copy, Debug)]
struct Open {
    trace: TraceId,
    due_at: Timestamp,
}

/// The traces of the slots that this node has in hand.
#[derive(Default)]
pub(crate) struct Traces(Mutex<HashMap<SlotId, Open>>);

/// The trace of a slot that is due.
pub(crate) fn of_due(due: &DueSlot) -> TraceId {
    TraceId::of_slot(&due.bot, due.slot, due.due_at)
}

/// The trace of a slot whose outcome is looked for: that of its attempt.
pub(crate) fn of_open(open: &OpenAttempt) -> TraceId {
    let attempt = &open.attempt;
    let derived = || TraceId::of_slot(&attempt.bot, attempt.slot, open.due_at);
    attempt.trace.unwrap_or_else(derived)
}

/// Slots being claimed, which are not known before.
pub(crate) fn claiming() -> Span {
    tracing::debug_span!(target: "trace", "claim", trace_id = Empty, slots = Empty)
}

/// A send, or what takes its place.
pub(crate) fn sending(due: &DueSlot, attempt: i64) -> Span {
    tracing::info_span!(
        target: "trace", "send", trace_id = %of_due(due), bot.id = %due.bot, slot.id = due.slot.0,
        attempt.id = attempt, attempt.class = Empty
    )
}

/// A timeline that is read before a send.
pub(crate) fn looking_first(due: &DueSlot) -> Span {
    let trace = of_due(due);
    tracing::info_span!(target: "trace", "look", trace_id = %trace, bot.id = %due.bot, slot.id = due.slot.0)
}

/// A lost answer that is looked for.
pub(crate) fn looking(open: &OpenAttempt) -> Span {
    let attempt = &open.attempt;
    tracing::info_span!(
        target: "trace", "look", trace_id = %of_open(open), bot.id = %attempt.bot,
        slot.id = attempt.slot.0, attempt.id = attempt.id.0, look.showed = Empty
    )
}

/// A batch for a queue.
pub(crate) fn refilling(bot: &BotId, number: u64, now: Timestamp) -> Span {
    let trace = TraceId::of_refill(bot, number, now);
    tracing::info_span!(
        target: "trace", "refill", trace_id = %trace, is_first = true, bot.id = %bot,
        posts.queued = Empty, candidates.dropped = Empty
    )
}

/// Candidates being written.
pub(crate) fn writing(wanted: usize) -> Span {
    tracing::debug_span!(target: "trace", "write", candidates.wanted = wanted)
}

/// Candidates being reviewed.
pub(crate) fn reviewing(candidates: usize) -> Span {
    tracing::debug_span!(target: "trace", "review", candidates.count = candidates)
}

/// Texts that a person wants to see.
pub(crate) fn trying_out(one: &TryOut) -> Span {
    let (bot, id) = (&one.asked.bot, one.id);
    let trace = TraceId::of_try_out(bot, id, one.asked_at);
    tracing::info_span!(
        target: "trace", "try_out", trace_id = %trace, is_first = true, bot.id = %bot, texts = Empty
    )
}

/// A look at a feed. Its address may be a secret between its server and us.
pub(crate) fn asking(due: &DueFeed, now: Timestamp) -> Span {
    let trace = TraceId::of_feed(&due.bot, due.id, now);
    tracing::info_span!(
        target: "trace", "feed", trace_id = %trace, is_first = true, bot.id = %due.bot,
        items = Empty, failures = Empty
    )
}

/// An item of a feed on its way to being a post.
pub(crate) fn telling(item: &WaitingItem, now: Timestamp) -> Span {
    let trace = TraceId::of_item(&item.bot, (item.of, item.item.id.as_str()), now);
    tracing::info_span!(
        target: "trace", "item", trace_id = %trace, is_first = true, bot.id = %item.bot,
        tries = item.tries
    )
}

/// A step or some of an order in bulk.
pub(crate) fn following(order: &BulkOrder) -> Span {
    tracing::info_span!(
        target: "trace", "follow", trace_id = %of_order(order), bot.id = %order.bot
    )
}

/// An order in bulk is over. Told last, by whichever node ends it: it may have taken a day.
pub(crate) fn ended(order: &BulkOrder, posts: u64) {
    let bot = &order.bot;
    drop(tracing::info_span!(
        target: "trace", parent: None, "order", trace_id = %of_order(order), is_first = true,
        starts_at_ms = order.made_at.as_millisecond(), bot.id = %bot, posts.queued = posts
    ));
}

fn of_order(order: &BulkOrder) -> TraceId {
    TraceId::of_order(&order.bot, order.id, order.made_at)
}

impl Traces {
    /// These slots were claimed in `span`.
    pub(crate) fn claimed<'a>(&self, span: &Span, due: impl Iterator<Item = &'a DueSlot>) {
        if span.is_disabled() {
            return;
        }
        let mut count: u64 = 0;
        for due in due {
            let trace = of_due(due);
            self.open(due.slot, trace, due.due_at);
            if count == 0 {
                span.record("trace_id", trace.to_string());
            } else {
                let of_another = |due: &DueSlot| {
                    tracing::debug_span!(
                        target: "trace", "claim", trace_id = %trace, bot.id = %due.bot,
                        slot.id = due.slot.0
                    )
                };
                span.in_scope(|| drop(of_another(due)));
            }
            count += 1;
        }
        span.record("slots", count);
    }

    /// Intents of these slots are being stored.
    pub(crate) fn intending<'a>(mut due: impl Iterator<Item = &'a DueSlot>) -> Span {
        let first = due.next().map(|due| of_due(due).to_string());
        let slots = u64::from(first.is_some()) + due.count() as u64;
        tracing::debug_span!(target: "trace", "intent", trace_id = first, slots)
    }

    /// This slot is in hand, because its outcome is looked for.
    pub(crate) fn taken(&self, span: &Span, open: &OpenAttempt) {
        if !span.is_disabled() {
            self.open(open.attempt.slot, of_open(open), open.due_at);
        }
    }

    /// These changes are being stored.
    pub(crate) fn storing<'a>(&self, changes: impl Iterator<Item = &'a SlotChange>) -> Span {
        let open = self.map();
        let mut known = changes.filter_map(|change| open.get(&change.slot));
        let first = known.next();
        let slots = u64::from(first.is_some()) + known.count() as u64;
        let first = first.map(|open| open.trace.to_string());
        tracing::debug_span!(target: "trace", "outcome", trace_id = first, slots)
    }

    /// This change is stored in `span`, or came too late; the slot is in hand no more.
    pub(crate) fn stored(&self, span: &Span, change: &SlotChange, is_won: bool) {
        let Some(Open { trace, due_at }) = self.map().remove(&change.slot) else { return };
        if span.is_disabled() || !is_won {
            return;
        }
        let (bot, slot, to) = (&change.bot, change.slot.0, change.to.phase());
        span.in_scope(|| {
            drop(tracing::debug_span!(
                target: "trace", "stored", trace_id = %trace, bot.id = %bot, slot.id = slot,
                slot.state = to.as_str()
            ));
        });
        // A person was called before, and the trace ended there.
        if change.from != SlotPhase::NeedsAttention && is_end(to) {
            drop(tracing::debug_span!(
                target: "trace", parent: None, "slot", trace_id = %trace, is_first = true,
                starts_at_ms = due_at.as_millisecond(), bot.id = %bot, slot.id = slot,
                slot.state = to.as_str()
            ));
        }
    }

    /// It is in hand no more, and nobody knows what came of it.
    pub(crate) fn forget(&self, slot: SlotId) {
        self.map().remove(&slot);
    }

    fn open(&self, slot: SlotId, trace: TraceId, due_at: Timestamp) {
        let mut open = self.map();
        if open.len() < OPEN_MAX {
            open.insert(slot, Open { trace, due_at });
        }
    }

    fn map(&self) -> MutexGuard<'_, HashMap<SlotId, Open>> {
        // Whole entries are put in and taken out, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing will happen to a slot in this phase by itself.
fn is_end(phase: SlotPhase) -> bool {
    match phase {
        SlotPhase::Posted | SlotPhase::Skipped | SlotPhase::Failed | SlotPhase::NeedsAttention => {
            true
        }
        SlotPhase::Planned
        | SlotPhase::Assigned
        | SlotPhase::Claimed
        | SlotPhase::Sending
        | SlotPhase::RetryWait
        | SlotPhase::Unknown
        | SlotPhase::Reconciling => false,
    }
}
