//! (c) `bot_stats` says what the rows say.

use jiff::Timestamp;

use super::{Checked, Covered};
use crate::model::{BotId, Finding, FindingKind};

/// The kinds of this check.
pub const KINDS: &[FindingKind] = &[FindingKind::CounterDrift];

/// What a bot's counters say, or what its rows do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Posts that X has.
    pub total: i64,
    /// Posts in the queue.
    pub remaining: i64,
    /// Posts that wait for a person's approval.
    pub drafts: i64,
    /// When the last one went out, in milliseconds.
    pub last_post_at: Option<i64>,
}

/// One bot's counters beside what they count, both of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The bot.
    pub bot: BotId,
    /// What the counters say.
    pub counted: Tally,
    /// What the rows say.
    pub real: Tally,
    /// When the counters were last written: they are only set right if nobody did since.
    pub updated_at: i64,
    /// When its timeline is compared next; `None` where nobody decided yet.
    pub compare_at: Option<Timestamp>,
}

impl Counters {
    /// Whether they say something else than the rows.
    pub fn have_drifted(&self) -> bool {
        self.counted != self.real
    }
}

/// Judges a page of bots after `after`; `is_last` says whether there are no more.
pub fn check(page: &[Counters], after: Option<BotId>, is_last: bool) -> Checked {
    let found = page.iter().filter(|one| one.have_drifted()).map(finding).collect();
    let upto = if is_last { None } else { page.last().map(|one| one.bot.clone()) };
    Checked { kinds: KINDS, covered: Covered::Bots { after, upto }, found }
}

fn finding(one: &Counters) -> Finding {
    let Counters { bot, counted, real, .. } = one;
    let is_dated_wrong = counted.last_post_at != real.last_post_at;
    let date = if is_dated_wrong { ", and the last post was at another time" } else { "" };
    let detail = format!(
        "the counters of {bot} said {} posts, {} queued and {} drafts; there are {}, {} and {}{date}",
        counted.total, counted.remaining, counted.drafts, real.total, real.remaining, real.drafts
    );
    Finding {
        kind: FindingKind::CounterDrift,
        subject: format!("bot {}", one.bot),
        bot: Some(one.bot.clone()),
        slot: None,
        place: 0,
        at: Timestamp::UNIX_EPOCH,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_that_say_something_else_are_found() {
        let tally =
            |total, remaining, last_post_at| Tally { total, remaining, drafts: 1, last_post_at };
        let right = tally(3, 2, Some(5));
        for (counted, is_found) in [
            (right, false),
            (tally(4, 2, Some(5)), true),
            (tally(3, 1, Some(5)), true),
            (tally(3, 2, None), true),
            (Tally { drafts: 0, ..right }, true),
        ] {
            let bot = BotId::try_from("ada").unwrap();
            let one = Counters { bot, counted, real: right, updated_at: 1, compare_at: None };
            let found = check(&[one], None, false).found;
            assert_eq!(found.len(), usize::from(is_found), "{counted:?}");
        }
    }
}
