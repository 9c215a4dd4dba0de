//! What did review refuse?

use domain::ports::store::Drops;

use super::file_of;
use crate::chart::{Drawing, Panel, Rank, Table};
use crate::component::{count, grouped};
use crate::pages::period::Period;

/// Rules that refused candidates, the busiest first.
pub(super) fn drops(refused: &[Drops], period: &Period) -> Panel {
    let (id, question) = ("drops", "What did review refuse?");
    let Some(first) = refused.first() else {
        let why = "Review refused no candidate in these days. What a rule refuses never reaches a queue; \
                   which rule did is counted here.";
        return Panel::nothing(id, question, why);
    };
    let all: u64 = refused.iter().map(|one| one.count).sum();
    let named = refused.iter().map(|one| (words(&one.rule), one.count, "late"));
    Panel {
        id,
        question,
        answer: format!("{}; most often by {}.", count(all, "candidate"), words(&first.rule)),
        drawing: Drawing::Ranks(Rank::all(named, grouped)),
        legend: Vec::new(),
        table: Table {
            heads: vec!["rule", "candidates"],
            rows: refused.iter().map(|one| vec![one.rule.clone(), one.count.to_string()]).collect(),
        },
        file: file_of(id, period),
    }
}

/// `near_duplicate` as people write it.
fn words(rule: &str) -> String {
    rule.replace('_', " ")
}
