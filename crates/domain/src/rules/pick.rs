//! Which post of a queue goes out next.
//!
//! Topics rotate: the one that rested longest is next, and none comes twice in a row while another
//! has a post. A topic that has more posts than all others together goes first, as often as that
//! allows: left for later, it could only come many times in a row. A schedule that keeps to topics of
//! its own gets a post on one of them as long as there is any; else any post goes out rather than
//! none. Whatever was put to the front goes before all of them, and after it what a person put into an order
//! by hand, in that order.

mod order;

pub use self::order::{Ordered, order};
use crate::model::PostId;
use crate::ports::store::{Stock, TopicStock};

/// The post that goes out next in a slot of a schedule that keeps to these topics, or to none in
/// particular; `None` if the queue is empty.
pub fn pick(stock: &Stock, kept: &[String]) -> Option<PostId> {
    choose(stock, kept).map(|choice| match choice {
        Choice::Front(post) | Choice::Placed(post) => post,
        Choice::Only(topic)
        | Choice::Unused(topic)
        | Choice::Rested(topic)
        | Choice::Plenty(topic) => topic.next,
    })
}

/// Why [`pick`] takes what it takes, for a person.
pub fn why(stock: &Stock, kept: &[String]) -> String {
    let reason = match choose(stock, kept) {
        None => return "the queue is empty".to_owned(),
        Some(Choice::Front(_)) => return "put to the front of the queue".to_owned(),
        Some(Choice::Placed(_)) => return "put here by hand".to_owned(),
        Some(Choice::Only(topic)) => format!("only topic in the queue: {}", name(topic)),
        Some(Choice::Unused(topic)) => format!("topic not used before: {}", name(topic)),
        Some(Choice::Rested(topic)) => format!("least recent topic: {}", name(topic)),
        Some(Choice::Plenty(topic)) => format!("most of the queue is on: {}", name(topic)),
    };
    if kept.is_empty() || stocked(stock).any(|topic| is_kept(topic, kept)) {
        return reason;
    }
    format!("nothing on the topics of the schedule; {reason}")
}

enum Choice<'a> {
    Front(PostId),
    Placed(PostId),
    Only(&'a TopicStock),
    Unused(&'a TopicStock),
    Rested(&'a TopicStock),
    Plenty(&'a TopicStock),
}

fn choose<'a>(stock: &'a Stock, kept: &[String]) -> Option<Choice<'a>> {
    if let Some(post) = stock.front {
        return Some(Choice::Front(post));
    }
    if let Some(post) = stock.placed {
        return Some(Choice::Placed(post));
    }
    let is_held_to = stocked(stock).any(|topic| is_kept(topic, kept));
    let open = || stocked(stock).filter(|topic| !is_held_to || is_kept(topic, kept));
    let was_last = |topic: &TopicStock| topic.topic.is_some() && topic.topic == stock.last_topic;
    let is_only = open().nth(1).is_none();
    let total: u64 = open().map(|topic| topic.count).sum();
    let plenty = open().find(|topic| topic.count > total - topic.count && !was_last(topic));
    if let Some(plenty) = plenty.filter(|_| !is_only) {
        return Some(Choice::Plenty(plenty));
    }
    let next = open().min_by_key(|topic| {
        // `None`, never used, is less than any time.
        (was_last(topic), topic.last_used_at, &topic.topic)
    })?;
    Some(match next.last_used_at {
        _ if is_only => Choice::Only(next),
        None => Choice::Unused(next),
        Some(_) => Choice::Rested(next),
    })
}

fn stocked(stock: &Stock) -> impl Iterator<Item = &TopicStock> {
    stock.topics.iter().filter(|topic| topic.count > 0)
}

fn is_kept(topic: &TopicStock, kept: &[String]) -> bool {
    topic.topic.as_ref().is_some_and(|topic| kept.contains(topic))
}

fn name(topic: &TopicStock) -> &str {
    topic.topic.as_deref().unwrap_or("none")
}

#[cfg(test)]
mod tests;
