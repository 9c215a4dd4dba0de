//! What the fake store holds, and how it reads it: as the ports promise.

use std::cmp::Reverse;

use domain::model::access::Act;
use domain::model::{BotId, BotState, OpenFinding, SlotId, SlotPhase, SlotState};
use domain::ports::store::{BotLine, Counts, FindingCount, SlotLine, SlotView};
use jiff::Timestamp;

/// Bots and slots.
#[derive(Default)]
pub(crate) struct Rows {
    /// In the order of their names.
    pub(crate) bots: Vec<BotLine>,
    /// In any order.
    pub(crate) slots: Vec<SlotLine>,
    /// What the audit found, oldest first.
    pub(crate) findings: Vec<OpenFinding>,
    /// What was done in somebody's name.
    pub(crate) acts: Vec<Act>,
    /// The kill switch.
    pub(crate) is_stopped: bool,
}

impl Rows {
    /// Bots after `after`.
    pub(crate) fn bots_after(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> impl Iterator<Item = &BotLine> {
        let after = after.cloned();
        self.bots
            .iter()
            .filter(move |line| after.as_ref().is_none_or(|after| line.stats.bot > *after))
            .take(max as usize)
    }

    /// Slots of a view, in its order.
    pub(crate) fn slots_of(&self, view: SlotView, bot: Option<&BotId>, max: u32) -> Vec<SlotLine> {
        let is_wanted = |line: &&SlotLine| {
            bot.is_none_or(|bot| line.bot == *bot) && view_of(line.state.phase()) == view
        };
        let mut lines: Vec<SlotLine> = self.slots.iter().filter(is_wanted).cloned().collect();
        match view {
            SlotView::Gone => lines.sort_by_key(|line| Reverse(line.updated_at)),
            SlotView::Next | SlotView::Open | SlotView::Attention => {
                lines.sort_by_key(|line| line.due_at);
            }
        }
        lines.truncate(max as usize);
        lines
    }

    /// The whole house in numbers.
    pub(crate) fn counts(&self) -> Counts {
        let count =
            |view| self.slots.iter().filter(|s| view_of(s.state.phase()) == view).count() as u64;
        Counts {
            bots: self.bots.len() as u64,
            bots_active: self.bots.iter().filter(|b| b.state == BotState::Active).count() as u64,
            bots_needing_login: self
                .bots
                .iter()
                .filter(|bot| bot.state == BotState::NeedsLogin)
                .count() as u64,
            queues_low: self.low_queues().count() as u64,
            queues_empty: self.low_queues().filter(|bot| bot.stats.remaining_posts == 0).count()
                as u64,
            queued: self.bots.iter().map(|bot| bot.stats.remaining_posts).sum(),
            published: self.bots.iter().map(|bot| bot.stats.total_posts).sum(),
            unknown: count(SlotView::Open),
            attention: count(SlotView::Attention),
            spend: self.bots.iter().map(|bot| bot.stats.spend).sum(),
            is_stopped: self.is_stopped,
        }
    }

    fn low_queues(&self) -> impl Iterator<Item = &BotLine> {
        self.bots.iter().filter(|bot| {
            bot.state == BotState::Active && bot.stats.remaining_posts < u64::from(bot.low_water)
        })
    }

    /// How many findings there are of each kind.
    pub(crate) fn finding_counts(&self) -> Vec<FindingCount> {
        let mut counts: Vec<FindingCount> = Vec::new();
        for found in &self.findings {
            match counts.iter_mut().find(|count| count.kind == found.kind) {
                Some(count) => count.count += 1,
                None => counts.push(FindingCount {
                    kind: found.kind,
                    count: 1,
                    oldest: found.first_seen,
                }),
            }
        }
        counts
    }

    /// A slot due now, or the one that waits already.
    pub(crate) fn ask_for_slot(&mut self, bot: &BotId, now: Timestamp) -> Option<SlotId> {
        self.bots.iter().find(|line| line.stats.bot == *bot)?;
        let waiting = self.slots.iter().find(|line| {
            line.bot == *bot && line.due_at <= now && view_of(line.state.phase()) == SlotView::Next
        });
        if let Some(waiting) = waiting {
            return Some(waiting.slot);
        }
        let slot = SlotId(self.slots.iter().map(|line| line.slot.0).max().unwrap_or(0) + 1);
        self.slots.push(SlotLine {
            slot,
            bot: bot.clone(),
            post: None,
            due_at: now,
            moved_from: None,
            state: SlotState::Planned,
            wake_at: Some(now),
            updated_at: now,
            detail: None,
            text: None,
            topic: None,
            x_post_id: None,
            posted_at: None,
            attempts: 0,
        });
        Some(slot)
    }
}

fn view_of(phase: SlotPhase) -> SlotView {
    match phase {
        SlotPhase::Planned | SlotPhase::Assigned | SlotPhase::Claimed | SlotPhase::RetryWait => {
            SlotView::Next
        }
        SlotPhase::Sending | SlotPhase::Unknown | SlotPhase::Reconciling => SlotView::Open,
        SlotPhase::Posted | SlotPhase::Skipped | SlotPhase::Failed => SlotView::Gone,
        SlotPhase::NeedsAttention => SlotView::Attention,
    }
}
