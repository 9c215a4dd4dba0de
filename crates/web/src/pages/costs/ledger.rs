//! The lines of the ledger: a few on the page, those of the period in a file.

use domain::ports::store::{LedgerLine, SpendKind};

use super::days::dollars;
use crate::chart::Table;
use crate::component::{Mark, Moment, money};
use crate::pages::period::Period;
use crate::problem::Problem;
use crate::state::Shared;

/// Lines on the page.
const LINES_MAX: u32 = 30;
/// Lines of a file at most, the newest of the period, and how many are read at a time.
const FILE_LINES_MAX: usize = 50_000;
const FILE_PAGE: u32 = 5_000;

/// A line as the page shows it.
pub(super) struct Line {
    pub(super) at: Moment,
    pub(super) mark: Mark,
    pub(super) bot: String,
    pub(super) what: &'static str,
    pub(super) entry: &'static str,
    pub(super) slot: Option<i64>,
    pub(super) amount: String,
}

impl Line {
    fn of(line: &LedgerLine, now: jiff::Timestamp) -> Self {
        Self {
            at: Moment::relative(line.at, now),
            mark: Mark::of(&line.bot),
            bot: line.bot.to_string(),
            what: match line.kind {
                SpendKind::Post => "a post",
                SpendKind::Read => "a read",
                SpendKind::Model => "the model",
            },
            entry: match line.entry.as_deref() {
                Some("reserve") => "reserved",
                Some("settle") => "settled",
                Some("release") => "given back",
                Some("write_off") => "written off",
                _ => "spent",
            },
            slot: line.slot.map(|slot| slot.0),
            amount: money(line.amount),
        }
    }
}

/// Some lines, and where the older ones are.
pub(super) async fn page(
    shared: &Shared,
    period: &Period,
    before: Option<&str>,
) -> Result<(Vec<Line>, Option<String>), Problem> {
    let before = before.and_then(|before| before.parse().ok());
    let found = shared.store.list_ledger(period.bot_id(), before, LINES_MAX).await?;
    let is_full = found.len() == LINES_MAX as usize;
    let last = found.last().filter(|_| is_full).map(|line| line.id.to_string());
    let older = last.map(|last| period.href(super::PATH, &[("before", &last)]) + "#ledger");
    Ok((found.iter().map(|line| Line::of(line, period.now)).collect(), older))
}

/// The lines of the period, newest first.
pub(super) async fn table(shared: &Shared, period: &Period) -> Result<Table, Problem> {
    let since = period.since();
    let mut rows = Vec::new();
    let mut before = None;
    while rows.len() < FILE_LINES_MAX {
        let found = shared.store.list_ledger(period.bot_id(), before, FILE_PAGE).await?;
        let Some(last) = found.last() else { break };
        before = Some(last.id);
        let is_over = last.at < since || found.len() < FILE_PAGE as usize;
        rows.extend(found.iter().filter(|line| line.at >= since).map(cells));
        if is_over {
            break;
        }
    }
    rows.truncate(FILE_LINES_MAX);
    Ok(Table { heads: vec!["line", "at", "bot", "for", "entry", "slot", "amount in USD"], rows })
}

fn cells(line: &LedgerLine) -> Vec<String> {
    vec![
        line.id.to_string(),
        line.at.to_string(),
        line.bot.to_string(),
        line.kind.as_str().to_owned(),
        line.entry.clone().unwrap_or_default(),
        line.slot.map_or_else(String::new, |slot| slot.0.to_string()),
        dollars(line.amount),
    ]
}
