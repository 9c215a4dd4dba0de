//! What were posts about?

use domain::ports::store::TopicCount;

use super::file_of;
use crate::chart::{Drawing, Panel, Rank, Table};
use crate::component::{count, grouped};
use crate::pages::period::Period;

/// Topics with a bar; the table has all of them.
const BARS_MAX: usize = 12;

/// Topics, most frequent first; of the newest `max` posts.
pub(super) fn topics(about: &[TopicCount], max: u64, period: &Period) -> Panel {
    let (id, question) = ("topics", "What were posts about?");
    let all: u64 = about.iter().map(|one| one.count).sum();
    let name = |one: &TopicCount| one.topic.clone().unwrap_or_else(|| "no topic".to_owned());
    let Some(first) = about.first() else {
        let why = "No post left in these days. A persona's topics take turns; which came how often is \
                   shown here.";
        return Panel::nothing(id, question, why);
    };
    let newest = if all >= max { " of the newest" } else { " of" };
    let answer = format!(
        "Most often {}: {}{newest} {}.",
        name(first),
        grouped(first.count),
        count(all, "post")
    );
    let named = about.iter().take(BARS_MAX).map(|one| (name(one), one.count, "plain"));
    Panel {
        id,
        question,
        answer,
        drawing: Drawing::Ranks(Rank::all(named, grouped)),
        legend: Vec::new(),
        table: Table {
            heads: vec!["topic", "posts"],
            rows: about.iter().map(|one| vec![name(one), one.count.to_string()]).collect(),
        },
        file: file_of(id, period),
    }
}
