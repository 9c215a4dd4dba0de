//! (d) Rows that belong together and stand alone. Keys forbid most of them; a shell, a restore by hand
//! or a defect of ours may still make them.

use jiff::Timestamp;

use super::{Checked, Covered, ROWS_END, Stretch};
use crate::model::{BotId, Finding, FindingKind, SlotId};

/// A table that is gone through by its row ids, a stretch a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Attempts without a slot.
    Attempts,
    /// Receipts of slots that are not posted.
    Receipts,
    /// Posted slots without a receipt.
    Slots,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Attempts, Self::Receipts, Self::Slots];

    fn kinds(self) -> &'static [FindingKind] {
        match self {
            Self::Attempts => &[FindingKind::LostAttempt],
            Self::Receipts => &[FindingKind::StrayReceipt],
            Self::Slots => &[FindingKind::MissingReceipt],
        }
    }
}

/// A row that stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its id.
    pub row: i64,
    /// Its bot.
    pub bot: Option<BotId>,
    /// Its slot, where it names one.
    pub slot: Option<SlotId>,
}

/// A stretch of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The last row that was looked at; `None` at the end of the table.
    pub upto: Option<i64>,
    /// Those that stand alone.
    pub orphans: Vec<Orphan>,
}

/// Judges the rows of `table` after `after`.
pub fn check(table: Table, after: i64, gone: &Gone) -> Checked {
    let kinds = table.kinds();
    let upto = gone.upto.unwrap_or(ROWS_END);
    let found =
        gone.orphans.iter().flat_map(|orphan| kinds.iter().map(move |kind| finding(*kind, orphan)));
    Checked {
        kinds,
        covered: Covered::Rows(vec![Stretch::rows(after, upto)]),
        found: found.collect(),
    }
}

/// Judges posts that are held for slots which do not wait for them; `is_all` says whether there are no
/// others.
pub fn check_posts(orphans: &[Orphan], is_all: bool) -> Checked {
    let covered = if is_all { Covered::everything() } else { Covered::Rows(Vec::new()) };
    let found = orphans.iter().map(|orphan| finding(FindingKind::StrayPost, orphan)).collect();
    Checked { kinds: &[FindingKind::StrayPost], covered, found }
}

fn finding(kind: FindingKind, orphan: &Orphan) -> Finding {
    let row = orphan.row;
    let slot = orphan.slot.map_or_else(|| "no slot".to_owned(), |slot| format!("slot {}", slot.0));
    let (subject, detail) = match kind {
        FindingKind::LostAttempt => {
            (format!("attempt {row}"), format!("attempt {row} names {slot}, which is not there"))
        }
        FindingKind::StrayReceipt => (
            format!("post {row}"),
            format!("post {row} has a receipt for {slot}, which is not posted"),
        ),
        FindingKind::MissingReceipt => {
            (format!("slot {row}"), format!("slot {row} counts as posted and has no receipt"))
        }
        _ => (
            format!("post {row}"),
            format!("post {row} is held for {slot}, which will not send it"),
        ),
    };
    Finding {
        kind,
        subject,
        bot: orphan.bot.clone(),
        slot: orphan.slot,
        place: row,
        at: Timestamp::UNIX_EPOCH,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_names_its_own_kind_and_ends_what_it_passed() {
        let orphan = Orphan { row: 12, bot: None, slot: Some(SlotId(3)) };
        for (table, kind, subject) in [
            (Table::Attempts, FindingKind::LostAttempt, "attempt 12"),
            (Table::Receipts, FindingKind::StrayReceipt, "post 12"),
            (Table::Slots, FindingKind::MissingReceipt, "slot 12"),
        ] {
            let gone = Gone { upto: Some(20), orphans: vec![orphan.clone()] };
            let checked = check(table, 10, &gone);
            assert_eq!((checked.found[0].kind, checked.found[0].subject.as_str()), (kind, subject));
            assert_eq!(checked.covered, Covered::Rows(vec![Stretch::rows(10, 20)]));
            let last = check(table, 10, &Gone { upto: None, orphans: Vec::new() });
            assert_eq!(last.covered, Covered::Rows(vec![Stretch::rows(10, ROWS_END)]));
        }
        let posts = check_posts(&[orphan], true);
        assert_eq!(posts.found[0].detail, "post 12 is held for slot 3, which will not send it");
    }
}
