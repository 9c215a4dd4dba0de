//! NEXT: what leaves, when, and what keeps it.

use askama::Template;
use domain::model::{BotState, SlotState};
use domain::ports::store::{BotLine, SlotLine};
use jiff::{SignedDuration, Timestamp};

use super::mark::Mark;
use super::pill::{Mood, Pill};
use super::text::{Prose, sentence, story_of};
use super::time::Moment;
use crate::snapshot::{Boards, House, Pulse};

/// Due for longer than this, a slot is late.
const LATE_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// The board.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/next.html")]
pub(crate) struct Next {
    rows: Vec<Row>,
    has_bots: bool,
}

#[derive(Debug, PartialEq)]
struct Row {
    slot: i64,
    /// Its story.
    href: String,
    at: Moment,
    relative: Moment,
    mark: Mark,
    bot: String,
    text: Option<String>,
    why: Option<Prose<String>>,
    retry: Option<Moment>,
    pill: Pill,
}

impl Next {
    pub(crate) fn of(pulse: &Pulse, house: &House, boards: &Boards) -> Self {
        let rows = boards.next.iter().map(|slot| {
            let bot = house.bots.iter().find(|line| line.stats.bot == slot.bot);
            let row = Row::of(slot, bot, house.counts.is_stopped, pulse.now);
            let has_drafts =
                !house.counts.is_stopped && boards.drafts.iter().any(|(bot, _)| *bot == slot.bot);
            if has_drafts { row.waiting_for_a_yes(slot, bot) } else { row }
        });
        Self { rows: rows.collect(), has_bots: house.counts.bots > 0 }
    }
}

impl Row {
    fn of(slot: &SlotLine, bot: Option<&BotLine>, is_stopped: bool, now: Timestamp) -> Self {
        let (pill, why) = waits(slot, bot, is_stopped, now);
        let zone = bot.map(|bot| bot.timezone.as_str());
        Self {
            slot: slot.slot.0,
            href: story_of(slot),
            at: Moment::clock(slot.due_at, now).in_zone(zone),
            relative: Moment::relative(slot.due_at, now).in_zone(zone),
            mark: Mark::of(&slot.bot),
            bot: slot.bot.to_string(),
            text: slot.text.clone(),
            why: why.map(Prose),
            retry: slot
                .wake_at
                .filter(|_| slot.state == SlotState::RetryWait)
                .map(|at| Moment::relative(at, now)),
            pill,
        }
    }

    /// Where the queue is empty and posts of the bot wait for a person, that is what the slot waits for.
    fn waiting_for_a_yes(self, slot: &SlotLine, bot: Option<&BotLine>) -> Self {
        let goes =
            bot.is_some_and(|bot| bot.state == BotState::Active && bot.stats.remaining_posts == 0);
        if slot.state != SlotState::Planned || slot.text.is_some() || !goes {
            return self;
        }
        let pill = Pill::new(Mood::Waiting, "waiting");
        Self {
            pill,
            why: Some(Prose("A post waits for a yes, under Approvals.".to_owned())),
            ..self
        }
    }
}

/// How a slot is that has not left, and what it waits for.
pub(super) fn waits(
    slot: &SlotLine,
    bot: Option<&BotLine>,
    is_stopped: bool,
    now: Timestamp,
) -> (Pill, Option<String>) {
    let is_late = now.duration_since(slot.due_at) > LATE_AFTER;
    if is_stopped {
        let why = "All sending is stopped by hand.".to_owned();
        return (Pill::new(Mood::Paused, "stopped"), Some(why));
    }
    if let Some((pill, why)) = bot.and_then(idle) {
        return (pill, Some(why));
    }
    let is_empty = bot.is_some_and(|bot| bot.stats.remaining_posts == 0);
    let said = slot.detail.as_deref().map(sentence);
    match slot.state {
        SlotState::RetryWait => (Pill::new(Mood::Late, "waiting"), said),
        SlotState::Claimed => (Pill::new(Mood::OnTime, "leaving"), None),
        SlotState::Planned if slot.text.is_none() && is_empty => {
            let why = "The queue is empty. It leaves when a post is written in time.".to_owned();
            let word = if is_late { "late" } else { "no post" };
            (Pill::new(Mood::Late, word), Some(why))
        }
        SlotState::Planned
        | SlotState::Assigned
        | SlotState::Sending
        | SlotState::Unknown
        | SlotState::Reconciling
        | SlotState::Posted
        | SlotState::Skipped(_)
        | SlotState::Failed(_)
        | SlotState::NeedsAttention(_) => {
            let pill = if is_late { (Mood::Late, "late") } else { (Mood::OnTime, "on time") };
            (Pill::new(pill.0, pill.1), said.filter(|_| is_late))
        }
    }
}

/// Why nothing of this bot leaves, if that is so.
fn idle(bot: &BotLine) -> Option<(Pill, String)> {
    let why = bot.state_reason.map_or("", |reason| reason.explain());
    let pill = match bot.state {
        BotState::Active => return None,
        BotState::Paused => Pill::new(Mood::Paused, "paused"),
        BotState::NeedsLogin => Pill::new(Mood::NeedsYou, "needs login"),
        BotState::Closed => Pill::new(Mood::Paused, "closed"),
    };
    Some((pill, format!("{}.", sentence(why))))
}
