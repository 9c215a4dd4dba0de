//! What the cells hold. Few slots are read at once and sorted into their cells; where there are too many
//! for that, each cell is counted, up to a bound, and only those with few show them one by one. So a page
//! costs the same with a million posts as with ten thousand.

use std::collections::BTreeMap;

use domain::model::{BotId, SlotPhase};
use domain::ports::store::{BotLine, CALENDAR_SLOTS_MAX, SlotLine, Span};
use domain::rules::plan;
use jiff::Timestamp;

use super::chip::Chip;
use super::grid::{Cell, Grid};
use super::zone::Reader;
use crate::component::{Mood, Pill};
use crate::problem::Problem;
use crate::state::Shared;

/// Slots of a cell that are counted at most.
const COUNTED_MAX: u32 = 100;
/// What is expected of so many bots is worked out at most, unless one is chosen.
const EXPECTED_BOTS_MAX: usize = 12;
/// Expected slots of one schedule on one page at most.
const EXPECTED_MAX: usize = 1_000;

/// The bots of the house, and the one that is looked at.
pub(super) struct Bots<'a> {
    pub(super) lines: &'a [BotLine],
    pub(super) only: Option<&'a BotId>,
    pub(super) is_stopped: bool,
}

/// A cell and what it holds.
pub(super) struct Filled {
    pub(super) cell: Cell,
    /// Its day by itself.
    pub(super) href: String,
    pub(super) chips: Vec<Chip>,
    /// How many of each kind, where there are too many to show.
    pub(super) counts: Vec<(Pill, String)>,
}

/// Fills the cells, and says whether all that is expected is in them.
pub(super) async fn fill(
    shared: &Shared,
    grid: &Grid,
    bots: &Bots<'_>,
    (reader, now): (&Reader, Timestamp),
) -> Result<(Vec<Filled>, bool), Problem> {
    let most = grid.view.chips_max();
    let mut cells = held(shared, grid, bots.only, most).await?;
    let (expected, is_all) = expected(shared, grid, bots, now).await?;
    let mut chips: Vec<Vec<Chip>> = Vec::new();
    chips.resize_with(cells.len(), Vec::new);
    for (bot, planned, zone) in expected {
        if let Some(place) = grid.place(planned.due_at) {
            chips[place].push(Chip::expected(&bot, &planned, &zone, reader));
        }
    }
    let line_of = |slot: &SlotLine| bots.lines.iter().find(|line| line.stats.bot == slot.bot);
    let filled =
        grid.cells.iter().zip(cells.drain(..)).zip(chips).map(|((cell, held), expected)| {
            let sum: u64 = held.counts.values().sum();
            let sum = usize::try_from(sum).unwrap_or(usize::MAX);
            let is_many = sum.saturating_add(expected.len()) > most;
            let mut counts = if is_many { counted(&held.counts) } else { Vec::new() };
            if is_many && !expected.is_empty() {
                let pill = Pill::new(Mood::Waiting, "expected");
                counts.push((pill, expected.len().to_string()));
            }
            let of =
                |slot: &SlotLine| Chip::of(slot, line_of(slot), (bots.is_stopped, now), reader);
            let mut chips: Vec<Chip> = if is_many {
                Vec::new()
            } else {
                held.slots.iter().map(of).chain(expected).collect()
            };
            chips.sort_by_key(|chip| chip.due_at);
            Filled { cell: cell.clone(), href: String::new(), chips, counts }
        });
    Ok((filled.collect(), is_all))
}

/// The slots of a cell, or at least how many.
#[derive(Default)]
struct Held {
    slots: Vec<SlotLine>,
    counts: BTreeMap<SlotPhase, u64>,
}

async fn held(
    shared: &Shared,
    grid: &Grid,
    bot: Option<&BotId>,
    most: usize,
) -> Result<Vec<Held>, Problem> {
    let store = &shared.store;
    let mut cells: Vec<Held> = grid.cells.iter().map(|_| Held::default()).collect();
    let slots = store.list_slots_due(grid.span(), bot, CALENDAR_SLOTS_MAX).await?;
    if slots.len() < CALENDAR_SLOTS_MAX as usize {
        for slot in slots {
            if let Some(place) = grid.place(slot.due_at) {
                *cells[place].counts.entry(slot.state.phase()).or_default() += 1;
                cells[place].slots.push(slot);
            }
        }
        return Ok(cells);
    }
    let spans: Vec<Span> = grid.cells.iter().map(|cell| cell.span).collect();
    let counts = store.count_slots_due(&spans, bot, COUNTED_MAX).await?;
    for ((cell, span), counts) in cells.iter_mut().zip(spans).zip(counts) {
        cell.counts = counts.into_iter().collect();
        let sum: u64 = cell.counts.values().sum();
        if sum > 0 && sum <= most as u64 {
            cell.slots = store.list_slots_due(span, bot, CALENDAR_SLOTS_MAX).await?;
        }
    }
    Ok(cells)
}

/// Counts by the words that chips say.
fn counted(counts: &BTreeMap<SlotPhase, u64>) -> Vec<(Pill, String)> {
    let mut words: Vec<(Pill, u64)> = Vec::new();
    for (phase, count) in counts {
        let pill = match phase {
            SlotPhase::Posted => Pill::new(Mood::OnTime, "out"),
            SlotPhase::Skipped => Pill::new(Mood::Late, "skipped"),
            SlotPhase::Failed => Pill::new(Mood::NeedsYou, "failed"),
            SlotPhase::NeedsAttention => Pill::new(Mood::NeedsYou, "need you"),
            SlotPhase::Sending | SlotPhase::Unknown | SlotPhase::Reconciling => {
                Pill::new(Mood::Unknown, "open")
            }
            SlotPhase::Planned
            | SlotPhase::Assigned
            | SlotPhase::Claimed
            | SlotPhase::RetryWait => Pill::new(Mood::Waiting, "to come"),
        };
        match words.iter_mut().find(|(other, _)| other.word == pill.word) {
            Some((_, sum)) => *sum += count,
            None => words.push((pill, *count)),
        }
    }
    let said = |count: u64| {
        let is_bound = count >= u64::from(COUNTED_MAX);
        if is_bound { format!("{COUNTED_MAX} and more") } else { count.to_string() }
    };
    words.into_iter().map(|(pill, count)| (pill, said(count))).collect()
}

/// A bot, a slot that its schedule will yield, and the schedule's zone.
type Expected = (BotId, domain::ports::store::PlannedSlot, String);

/// What schedules yield beyond what is planned, and whether every bot is among it.
async fn expected(
    shared: &Shared,
    grid: &Grid,
    bots: &Bots<'_>,
    now: Timestamp,
) -> Result<(Vec<Expected>, bool), Problem> {
    let span = grid.span();
    let (mut expected, mut is_all) = (Vec::new(), true);
    let wanted = |line: &&BotLine| bots.only.is_none_or(|bot| line.stats.bot == *bot);
    let lines: Vec<&BotLine> = bots.lines.iter().filter(wanted).collect();
    if span.until <= now {
        return Ok((expected, is_all));
    }
    if lines.len() > EXPECTED_BOTS_MAX {
        return Ok((expected, false));
    }
    for line in lines {
        for unplanned in shared.store.list_plans(&line.stats.bot).await? {
            let from = unplanned.planned_until.max(span.from).max(now);
            if from >= span.until {
                continue;
            }
            let schedule = &unplanned.schedule;
            let found = plan::between(&unplanned.bot, schedule, from, span.until, EXPECTED_MAX);
            // Half of it would read as if it were all.
            if found.until < span.until {
                is_all = false;
                continue;
            }
            let zone = schedule.zone.iana_name().unwrap_or("UTC");
            let bot = &unplanned.bot;
            expected.extend(found.slots.into_iter().map(|one| (bot.clone(), one, zone.to_owned())));
        }
    }
    Ok((expected, is_all))
}
