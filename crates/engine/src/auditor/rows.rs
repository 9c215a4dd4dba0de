//! (c) Counters, and (d) rows that stand alone.

use domain::model::BotId;
use domain::ports::store::{Position, StoreError, Sweep};
use domain::rules::audit::counters::{self, Counters};
use domain::rules::audit::hours;
use domain::rules::audit::orphans::{self, Table};
use domain::rules::audit::pace;
use jiff::Timestamp;

use super::AuditorReport;
use crate::Engine;

/// Bots whose counters are compared in one tick.
const BOTS_PER_TICK_MAX: u32 = 200;
/// Rows of each table that are looked at in one tick.
const ROWS_PER_TICK_MAX: u32 = 1_000;
/// Stray posts found in one tick.
const POSTS_PER_TICK_MAX: u32 = 200;

impl Engine {
    pub(super) async fn audit_counters(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let from = self.store.sweep_position(Sweep::Bots).await?;
        let page = self.store.list_counters(from.bot.as_ref(), BOTS_PER_TICK_MAX).await?;
        let is_last = page.len() < BOTS_PER_TICK_MAX as usize;
        let checked = counters::check(&page, from.bot, is_last);
        let next = page.last().filter(|_| !is_last).map(|one| one.bot.clone());
        let next = Position { bot: next, ..Position::default() };
        self.note(&checked, Some((Sweep::Bots, &next)), report, now).await?;
        let drifted: Vec<Counters> =
            page.iter().filter(|one| one.have_drifted()).cloned().collect();
        let compare_at: Vec<(BotId, Timestamp)> = page
            .iter()
            .filter(|one| one.compare_at.is_none())
            .map(|one| (one.bot.clone(), pace::next_comparison(&one.bot, now)))
            .collect();
        if !drifted.is_empty() || !compare_at.is_empty() {
            let mended = self.store.mend_counters(&drifted, &compare_at, now).await?;
            if mended > 0 {
                tracing::warn!(bots.mended = mended, "Set the counters of {mended} bots right");
            }
        }
        Ok(())
    }

    /// How slots ended, counted by the hour: a day a tick, from the newest that a page shows to the oldest.
    pub(super) async fn audit_hours(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let position = self.store.sweep_position(Sweep::Hours).await?;
        let span = hours::span(position.row, now);
        let drifted = self.store.list_drifted_hours(span.from, span.until).await?;
        let next = Position { row: span.from, ..Position::default() };
        self.note(&hours::check(span, &drifted), Some((Sweep::Hours, &next)), report, now).await?;
        if !drifted.is_empty() {
            let mended = self.store.mend_hours(&drifted).await?;
            if mended > 0 {
                tracing::warn!(counters.mended = mended, "Set {mended} counts of endings right");
            }
        }
        Ok(())
    }

    pub(super) async fn audit_table(
        &self,
        table: Table,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sweep = Sweep::Rows(table);
        let from = self.store.sweep_position(sweep).await?;
        let gone = self.store.list_orphans(table, from.row, ROWS_PER_TICK_MAX).await?;
        let next = Position { row: gone.upto.unwrap_or(0), ..Position::default() };
        let checked = orphans::check(table, from.row, &gone);
        self.note(&checked, Some((sweep, &next)), report, now).await
    }

    pub(super) async fn audit_posts(
        &self,
        report: &mut AuditorReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let posts = self.store.list_stray_posts(POSTS_PER_TICK_MAX).await?;
        let is_all = posts.len() < POSTS_PER_TICK_MAX as usize;
        self.note(&orphans::check_posts(&posts, is_all), None, report, now).await
    }
}
