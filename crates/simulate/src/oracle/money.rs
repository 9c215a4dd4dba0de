//! I4: no promise of money for a post takes a cap's day or month beyond it, and what X charges for posts
//! stands in the ledger. Reads find out about lost answers, and no cap holds them back.

use std::collections::BTreeMap;

use domain::model::Caps;

use super::Judge;

const I4: &str = "I4 (the budget)";

/// A line of the ledger for X, in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    /// Whose.
    pub(crate) bot: String,
    /// It is for a post, and not for a page that was read.
    pub(crate) is_post: bool,
    /// It is a promise, which a cap may refuse.
    pub(crate) is_promise: bool,
    /// Micro-dollars.
    pub(crate) amount: i64,
    /// The day that it counts for, `2026-11-23`.
    pub(crate) day: String,
}

/// The caps that each bot spends from, by the name of whose they are.
pub(crate) type CapsOver = BTreeMap<String, Vec<(String, Caps)>>;

impl Judge {
    /// Adds the whole ledger up.
    pub(crate) fn audit_money(&mut self, at: i64, rows: &[LedgerRow], over: &CapsOver) {
        let mut gone: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for row in rows {
            for (name, caps) in over.get(&row.bot).into_iter().flatten() {
                let month = row.day.get(..7).unwrap_or_default();
                for (span, cap) in [(row.day.as_str(), caps.day), (month, caps.month)] {
                    let gone = gone.entry((name, span)).or_default();
                    *gone += row.amount;
                    let is_new = row.is_post && row.is_promise;
                    if let Some(cap) = cap.filter(|cap| is_new && *gone > cap.0) {
                        let what = format!("{gone} of {} of {name} are gone in {span}", cap.0);
                        self.object(I4, at, &row.bot, what);
                        return;
                    }
                }
            }
        }
    }

    /// What X charged for posts is known here, unless what was known was lost.
    pub(crate) fn compare_bill(&mut self, at: i64, billed: i64, rows: &[LedgerRow]) {
        if self.has_lost_history || !self.protocol.shows_in_time {
            return;
        }
        let known: i64 = rows.iter().filter(|row| row.is_post).map(|row| row.amount).sum();
        if known < billed {
            let what = format!("X charged {billed} for posts, and the ledger has {known}");
            self.object(I4, at, "?", what);
        }
    }
}
