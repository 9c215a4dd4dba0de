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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    /// `("weather", 3)`: used at second 3; `("weather", 0)`: never. Posts are numbered from 1.
    fn stock(topics: &[(&str, i64)]) -> Stock {
        let topics = topics.iter().zip(1..).map(|((topic, used), id)| TopicStock {
            topic: Some((*topic).to_owned()).filter(|topic| !topic.is_empty()),
            next: PostId(id),
            count: 1,
            last_used_at: (*used > 0).then(|| Timestamp::from_second(*used).unwrap()),
        });
        Stock { topics: topics.collect(), front: None, last_topic: None }
    }

    #[test]
    fn the_longest_rested_topic_is_next() {
        type Case = (&'static [(&'static str, i64)], Option<&'static str>, i64, &'static str);
        let table: &[Case] = &[
            (&[], None, 0, "the queue is empty"),
            (&[("ships", 5)], None, 1, "only topic in the queue: ships"),
            (&[("ships", 5), ("weather", 3)], None, 2, "least recent topic: weather"),
            (&[("ships", 3), ("weather", 5)], None, 1, "least recent topic: ships"),
            (&[("ships", 3), ("weather", 0)], None, 2, "topic not used before: weather"),
            (&[("ships", 0), ("weather", 0)], None, 1, "topic not used before: ships"),
            (&[("ships", 3), ("weather", 3)], None, 1, "least recent topic: ships"),
            // Not twice in a row, even where times say otherwise.
            (&[("ships", 3), ("weather", 5)], Some("ships"), 2, "least recent topic: weather"),
            (&[("ships", 0), ("weather", 5)], Some("ships"), 2, "least recent topic: weather"),
            (&[("ships", 3)], Some("ships"), 1, "only topic in the queue: ships"),
            (&[("", 3), ("ships", 4)], None, 1, "least recent topic: none"),
        ];
        for (topics, last, expected, reason) in table {
            let mut stock = stock(topics);
            stock.last_topic = last.map(str::to_owned);
            assert_eq!(pick(&stock).map_or(0, |id| id.0), *expected, "{topics:?}");
            assert_eq!(why(&stock), *reason);
        }
    }

    #[test]
    fn the_front_goes_before_everything() {
        let mut stock = stock(&[("ships", 0)]);
        stock.front = Some(PostId(9));
        assert_eq!(pick(&stock), Some(PostId(9)));
        assert_eq!(why(&stock), "put to the front of the queue");
        stock.topics.clear();
        assert_eq!(pick(&stock), Some(PostId(9)));
    }

    #[test]
    fn a_topic_without_posts_is_no_choice() {
        let mut stock = stock(&[("ships", 1), ("weather", 2)]);
        stock.topics[0].count = 0;
        assert_eq!(pick(&stock), Some(PostId(2)));
        assert_eq!(why(&stock), "only topic in the queue: weather");
    }

    proptest! {
        /// Uses up a queue as the engine does: every topic gets its turn, none twice in a row while
        /// another has posts, and every post goes out once.
        #[test]
        fn topics_rotate_until_the_queue_is_empty(
            mut counts in prop::collection::vec(1_u64..6, 1..6),
        ) {
            let names = ["a", "b", "c", "d", "e"];
            let topics: Vec<_> = names.iter().take(counts.len()).map(|name| (*name, 0)).collect();
            let mut stock = stock(&topics);
            let mut sent: Vec<usize> = Vec::new();
            for second in 1.. {
                for (topic, count) in stock.topics.iter_mut().zip(&counts) {
                    topic.count = *count;
                }
                let Some(post) = pick(&stock) else { break };
                let used = stock.topics.iter().position(|topic| topic.next == post).unwrap();
                counts[used] -= 1;
                let others_wait = sent.last() == Some(&used)
                    && counts.iter().enumerate().any(|(i, count)| i != used && *count > 0);
                prop_assert!(!others_wait, "{used} twice in a row: {sent:?}");
                // A topic comes again only after all others that still have posts.
                let since = sent.iter().rev().take_while(|topic| **topic != used);
                let seen: Vec<_> = since.copied().collect();
                if sent.contains(&used) {
                    for (other, count) in counts.iter().enumerate() {
                        prop_assert!(other == used || *count == 0 || seen.contains(&other));
                    }
                }
                stock.topics[used].last_used_at = Some(Timestamp::from_second(second).unwrap());
                stock.last_topic.clone_from(&stock.topics[used].topic);
                sent.push(used);
            }
            prop_assert!(counts.iter().all(|count| *count == 0));
        }
    }
}
