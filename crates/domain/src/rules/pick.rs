//! Which post of a queue goes out next.
//!
//! Topics rotate: the one that rested longest is next, and none comes twice in a row while another
//! has a post. Whatever a person put to the front goes before all of them.

use crate::model::PostId;
use crate::ports::store::{Stock, TopicStock};

/// The post that goes out next; `None` if the queue is empty.
pub fn pick(stock: &Stock) -> Option<PostId> {
    choose(stock).map(|choice| match choice {
        Choice::Front(post) => post,
        Choice::Only(topic) | Choice::Unused(topic) | Choice::Rested(topic) => topic.next,
    })
}

/// Why [`pick`] takes what it takes, for a person.
pub fn why(stock: &Stock) -> String {
    match choose(stock) {
        None => "the queue is empty".to_owned(),
        Some(Choice::Front(_)) => "put to the front of the queue".to_owned(),
        Some(Choice::Only(topic)) => format!("only topic in the queue: {}", name(topic)),
        Some(Choice::Unused(topic)) => format!("topic not used before: {}", name(topic)),
        Some(Choice::Rested(topic)) => format!("least recent topic: {}", name(topic)),
    }
}

enum Choice<'a> {
    Front(PostId),
    Only(&'a TopicStock),
    Unused(&'a TopicStock),
    Rested(&'a TopicStock),
}

fn choose(stock: &Stock) -> Option<Choice<'_>> {
    if let Some(post) = stock.front {
        return Some(Choice::Front(post));
    }
    let stocked = || stock.topics.iter().filter(|topic| topic.count > 0);
    let is_only = stocked().nth(1).is_none();
    let next = stocked().min_by_key(|topic| {
        let was_last = topic.topic.is_some() && topic.topic == stock.last_topic;
        // `None`, never used, is less than any time.
        (was_last, topic.last_used_at, &topic.topic)
    })?;
    Some(match next.last_used_at {
        _ if is_only => Choice::Only(next),
        None => Choice::Unused(next),
        Some(_) => Choice::Rested(next),
    })
}

fn name(topic: &TopicStock) -> &str {
    topic.topic.as_deref().unwrap_or("none")
}
