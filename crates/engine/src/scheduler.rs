//! S0: schedules become slots, and slots that are near get their posts.

use std::collections::{HashMap, HashSet};

use domain::model::{BotId, SkipReason, SlotId};
use domain::ports::store::{Assignment, Extension, OpenSlot, StoreError};
use domain::rules::{gate, pick, plan};
use jiff::Timestamp;

use crate::Engine;

/// Schedules planned in one transaction; each yields at most 200 slots.
const SCHEDULES_PER_STEP_MAX: u32 = 50;
/// Slots given posts in one transaction.
const SLOTS_PER_STEP_MAX: u32 = 500;
/// Steps of each kind in one tick, so that a tick ends.
const STEPS_MAX: u32 = 40;

/// What a tick of the scheduler did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedulerReport {
    /// New slots.
    pub planned: u64,
    /// Slots that got a post.
    pub assigned: u64,
    /// Slots that passed without a post.
    pub skipped: u64,
}

impl Engine {
    /// Extends every plan that is due and gives posts to the slots that are near.
    pub async fn tick_scheduler(&self, now: Timestamp) -> Result<SchedulerReport, StoreError> {
        // Slots that are there get their posts even if a schedule cannot be read.
        let planned = self.extend_plans(now).await;
        let mut report = SchedulerReport::default();
        for _ in 0..STEPS_MAX {
            let open = self.store.list_open_slots(now, self.share(), SLOTS_PER_STEP_MAX).await?;
            if open.is_empty() {
                break;
            }
            let (late, open) = split_late(open, now);
            if !late.is_empty() {
                report.skipped += self.store.skip_planned(&late, now).await?;
                continue;
            }
            report.skipped += self.pass_over_empty(&open, now).await?;
            report.assigned += self.assign(&open, now).await?;
        }
        report.planned = planned?;
        if report != SchedulerReport::default() {
            tracing::debug!(
                slots.planned = report.planned,
                slots.assigned = report.assigned,
                slots.skipped = report.skipped,
                "Planned {} slots, gave posts to {}",
                report.planned,
                report.assigned
            );
        }
        Ok(report)
    }

    async fn extend_plans(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut planned = 0;
        for _ in 0..STEPS_MAX {
            let due = self.store.list_unplanned(now, self.share(), SCHEDULES_PER_STEP_MAX).await?;
            if due.is_empty() {
                break;
            }
            let extensions: Vec<Extension> = due
                .iter()
                .map(|due| {
                    let plan = plan::plan(&due.bot, &due.schedule, due.planned_until, now);
                    Extension {
                        schedule: due.id,
                        bot: due.bot.clone(),
                        slots: plan.slots,
                        planned_until: plan.planned_until,
                        replan_at: plan.replan_at,
                    }
                })
                .collect();
            planned += self.store.extend_plans(&extensions, now).await?;
        }
        Ok(planned)
    }

    /// One post per bot and step: the next pick depends on what this one took.
    async fn assign(&self, open: &[OpenSlot], now: Timestamp) -> Result<u64, StoreError> {
        let mut served = HashSet::new();
        let assignments: Vec<Assignment> = open
            .iter()
            .filter(|slot| slot.stock_is_there() && served.insert(&slot.bot))
            .filter_map(|slot| {
                let post = pick::pick(&slot.stock, &slot.topics)?;
                Some(Assignment { slot: slot.slot, version: slot.version, post })
            })
            .collect();
        if assignments.is_empty() {
            return Ok(0);
        }
        Ok(self.store.assign(&assignments, now).await?.len() as u64)
    }

    /// Slots whose queue is empty take what was kept aside when they are due. Without that they wait for
    /// content to the end of their window, and are skipped then.
    async fn pass_over_empty(&self, open: &[OpenSlot], now: Timestamp) -> Result<u64, StoreError> {
        let helped = self.use_evergreens(open, now).await?;
        let mut waiting = Vec::new();
        let mut over = Vec::new();
        let is_empty = |slot: &&OpenSlot| !slot.stock_is_there() && !helped.contains(&slot.bot);
        for slot in open.iter().filter(is_empty) {
            let window_end = slot.due_at + slot.catch_up_window;
            if now > window_end {
                over.push((slot.slot, slot.version, SkipReason::NoContent));
            } else {
                let look_at = if now < slot.due_at { slot.due_at } else { window_end };
                let just_after = look_at + jiff::SignedDuration::from_millis(1);
                waiting.push((slot.slot, slot.version, just_after));
            }
        }
        if !waiting.is_empty() {
            self.store.await_content(&waiting, now).await?;
        }
        if over.is_empty() {
            return Ok(0);
        }
        let skipped = self.store.skip_planned(&over, now).await?;
        tracing::warn!(
            event = "slot.skipped",
            slots.skipped = skipped,
            "Skipped {skipped} slots: their queues were empty to the end of the catch-up window"
        );
        Ok(skipped)
    }
}

/// After an outage a bot catches up with one post: of its overdue slots only the latest takes one.
fn split_late(
    open: Vec<OpenSlot>,
    now: Timestamp,
) -> (Vec<(SlotId, i64, SkipReason)>, Vec<OpenSlot>) {
    let mut latest: HashMap<BotId, Timestamp> = HashMap::new();
    for slot in open.iter().filter(|slot| slot.due_at <= now) {
        let due_at = latest.entry(slot.bot.clone()).or_insert(slot.due_at);
        *due_at = slot.due_at.max(*due_at);
    }
    let is_superseded = |slot: &OpenSlot| {
        let is_overdue = now.duration_since(slot.due_at) > gate::ON_TIME;
        is_overdue && latest.get(&slot.bot).is_some_and(|latest| *latest > slot.due_at)
    };
    let (late, open): (Vec<_>, Vec<_>) = open.into_iter().partition(is_superseded);
    let late = late.into_iter().map(|slot| (slot.slot, slot.version, SkipReason::Late)).collect();
    (late, open)
}
