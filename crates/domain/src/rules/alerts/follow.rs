//! What of it is news: an alert opens, gets worse, is repeated while nobody ends it, and ends; each is told
//! once over all nodes, because the store takes a change only from the version that it was decided on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::ways::{Scope, way};
use crate::model::{AlertId, AlertRule, News, OpenAlert, Raised, Severity};

/// An alert that nobody ended is told again after this, unless the configuration says otherwise.
pub const REPEAT_DEFAULT: SignedDuration = SignedDuration::from_hours(6);
/// Alerts of one rule of the house and one severity at most: of ten thousand bots that X refuses, fifty are
/// named. The next one begins when one of them is over. What is worse is not kept back by what is less so.
pub const SUBJECTS_MAX: usize = 50;

/// One change, decided on a version of one row, or on there being none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row, and its version; `None` where there is none.
    pub was: Option<(AlertId, i64)>,
    /// What it says from now on.
    pub raised: Raised,
    /// Since when it is an alert.
    pub opened_at: Option<Timestamp>,
    /// When it was last told.
    pub told_at: Option<Timestamp>,
    /// It is over.
    pub is_over: bool,
    /// What people are told.
    pub news: Option<News>,
}

/// The changes from what is known to what holds. What is known and does not hold any more ends only where
/// `covered` says that it was looked at.
pub fn follow(
    known: &[OpenAlert],
    raised: &[Raised],
    covered: impl Fn(&Raised) -> bool,
    (now, repeat): (Timestamp, SignedDuration),
) -> Vec<Change> {
    let key = |one: &Raised| (one.rule.as_str(), one.subject.clone());
    let rows: BTreeMap<_, &OpenAlert> = known.iter().map(|one| (key(&one.raised), one)).collect();
    let holds: BTreeMap<_, &Raised> = raised.iter().map(|one| (key(one), one)).collect();
    let mut changes: Vec<Change> = Vec::new();
    let mut named: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    for ((rule, _), row) in &rows {
        *named.entry((*rule, row.raised.severity)).or_default() += 1;
    }
    for (key, one) in &holds {
        let named = named.entry((key.0, one.severity)).or_default();
        changes.extend(match rows.get(key) {
            None if is_one_of_many(one) && *named >= SUBJECTS_MAX => None,
            None => {
                *named += 1;
                Some(begin(one, now))
            }
            Some(row) => go_on(row, one, (now, repeat)),
        });
    }
    let ended = rows.iter().filter(|(key, row)| !holds.contains_key(*key) && covered(&row.raised));
    changes.extend(ended.map(|(_, row)| end(row)));
    changes
}

/// It is about a bot or the like, of which there may be thousands. Budgets of apps and of all bots are few.
fn is_one_of_many(one: &Raised) -> bool {
    let is_of_few = one.rule == AlertRule::Budget && !one.subject.contains("/bot/");
    way(one.rule).scope == Scope::House && !is_of_few
}

fn begin(one: &Raised, now: Timestamp) -> Change {
    let opens = way(one.rule).hold.is_zero();
    Change {
        was: None,
        raised: one.clone(),
        opened_at: opens.then_some(now),
        told_at: opens.then_some(now),
        is_over: false,
        news: opens.then_some(News::Opened),
    }
}

fn go_on(
    row: &OpenAlert,
    one: &Raised,
    (now, repeat): (Timestamp, SignedDuration),
) -> Option<Change> {
    let same = Change {
        was: Some((row.id, row.version)),
        raised: one.clone(),
        opened_at: row.opened_at,
        told_at: row.told_at,
        is_over: false,
        news: None,
    };
    let told = |news| {
        let opened_at = Some(row.opened_at.unwrap_or(now));
        Some(Change { opened_at, told_at: Some(now), news: Some(news), ..same.clone() })
    };
    if row.opened_at.is_none() {
        let has_held = now.duration_since(row.seen_at) >= way(one.rule).hold;
        return if has_held { told(News::Opened) } else { None };
    }
    if one.severity > row.raised.severity {
        return told(News::Worse);
    }
    let is_old = row.told_at.is_none_or(|told_at| now.duration_since(told_at) >= repeat);
    if is_old && repeats(one.rule, one.severity) {
        return told(News::Repeated);
    }
    (*one != row.raised).then_some(same)
}

/// What is only good to know is said once.
fn repeats(rule: AlertRule, severity: Severity) -> bool {
    severity > Severity::Info && !way(rule).is_moment
}

fn end(row: &OpenAlert) -> Change {
    let is_told = row.opened_at.is_some() && !way(row.raised.rule).is_moment;
    Change {
        was: Some((row.id, row.version)),
        raised: row.raised.clone(),
        opened_at: row.opened_at,
        told_at: row.told_at,
        is_over: true,
        news: is_told.then_some(News::Resolved),
    }
}
