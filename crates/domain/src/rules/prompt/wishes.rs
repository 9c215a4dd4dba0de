//! What changes with every batch: what is wished for, and which subjects have been had.

use crate::model::Candidate;
use crate::ports::TopicWish;
use crate::ports::store::RecentPost;
use crate::rules::subject::subjects;

use super::{push_line, quoted};

/// As many recent posts are named by their subjects; more would cost more than they help.
const AVOIDED_MAX: usize = 40;

/// A line for each post, and the subjects to avoid.
pub(super) fn user(wishes: &[TopicWish], avoid: &[RecentPost]) -> String {
    let count = wishes.iter().fold(0_u32, |sum, wish| sum.saturating_add(wish.count));
    let mut text = format!("Posts to write: {count}.\n");
    let mut from = 1_u32;
    for wish in wishes {
        let until = from.saturating_add(wish.count.saturating_sub(1));
        let numbers =
            if until == from { format!("{from}.") } else { format!("{from} to {until}.") };
        push_line(&mut text, format_args!("{numbers} on {}", told(wish)));
        from = until.saturating_add(1);
    }
    push_subjects(&mut text, avoid);
    push_answer(&mut text);
    text
}

/// The shape of the answer.
pub(super) fn push_answer(text: &mut String) {
    text.push_str("\nAnswer with JSON only, each post under its number: ");
    text.push_str("{\"posts\":[{\"number\":1,\"text\":\"…\"}]}");
}

/// Topics, angles and formats are data: JSON quoting keeps their quotation marks and line ends from
/// being more.
pub(super) fn told(wish: &TopicWish) -> String {
    let angle = wish.angle.as_ref().map(|angle| format!(", from this side: {}", quoted(angle)));
    let format = wish.format.as_ref().map(|format| format!(", in this form: {}", quoted(format)));
    format!("{}{}{}", quoted(&wish.topic), angle.unwrap_or_default(), format.unwrap_or_default())
}

fn push_subjects(text: &mut String, avoid: &[RecentPost]) {
    let avoid = &avoid[..avoid.len().min(AVOIDED_MAX)];
    let texts: Vec<&str> = avoid.iter().map(|post| post.text.as_str()).collect();
    let mut by_topic: Vec<(&str, Vec<String>)> = Vec::new();
    for (post, subject) in avoid.iter().zip(subjects(&texts)) {
        if subject.is_empty() {
            continue;
        }
        let topic = post.topic.as_deref().unwrap_or_default();
        let subject = quoted(&subject).to_string();
        match by_topic.iter_mut().find(|(known, _)| *known == topic) {
            Some((_, subjects)) => subjects.push(subject),
            None => by_topic.push((topic, vec![subject])),
        }
    }
    if by_topic.is_empty() {
        return;
    }
    text.push_str("\nSubjects of recent posts; write about others:\n");
    for (topic, subjects) in by_topic {
        push_line(text, format_args!("- {}: {}", quoted(topic), subjects.join(", ")));
    }
}

/// The wish that a candidate of an answer fulfils: the one of its number; where a model gives none
/// that there is, the one whose topic it names; else the one whose turn it was.
pub fn wish_of<'a>(
    wishes: &'a [TopicWish],
    number: Option<u64>,
    topic: Option<&str>,
    position: usize,
) -> Option<&'a TopicWish> {
    let of_number = |number: u64| {
        let mut ends = wishes.iter().scan(0_u64, |end, wish| {
            *end = end.saturating_add(u64::from(wish.count));
            Some((*end, wish))
        });
        ends.find(|(end, _)| number <= *end).map(|(_, wish)| wish)
    };
    let named = |wish: &&TopicWish| {
        topic.is_some_and(|name| wish.topic.trim().to_lowercase() == name.trim().to_lowercase())
    };
    let in_turn = || of_number(position as u64 + 1).or(wishes.last());
    number
        .filter(|number| *number > 0)
        .and_then(of_number)
        .or_else(|| wishes.iter().find(named))
        .or_else(in_turn)
}

impl TopicWish {
    /// A candidate that was written for it.
    pub fn fulfilled_by(&self, text: impl Into<String>) -> Candidate {
        Candidate {
            text: text.into(),
            topic: Some(self.topic.clone()),
            angle: self.angle.clone(),
            format: self.format.clone(),
            asked: None,
        }
    }
}
