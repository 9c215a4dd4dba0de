//! Queues used up as the engine does.

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
    Stock { topics: topics.collect(), front: None, placed: None, last_topic: None }
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
        assert_eq!(pick(&stock, &[]).map_or(0, |id| id.0), *expected, "{topics:?}");
        assert_eq!(why(&stock, &[]), *reason);
    }
}

#[test]
fn the_front_goes_before_everything() {
    let mut stock = stock(&[("ships", 0)]);
    stock.front = Some(PostId(9));
    assert_eq!(pick(&stock, &[]), Some(PostId(9)));
    assert_eq!(why(&stock, &[]), "put to the front of the queue");
    stock.placed = Some(PostId(8));
    assert_eq!(pick(&stock, &[]), Some(PostId(9)), "the front goes before what has a place");
    stock.front = None;
    assert_eq!((pick(&stock, &[]), why(&stock, &[])), (Some(PostId(8)), "put here by hand".into()));
    (stock.front, stock.placed) = (Some(PostId(9)), None);
    stock.topics.clear();
    assert_eq!(pick(&stock, &[]), Some(PostId(9)));
}

#[test]
fn what_most_of_the_queue_is_about_goes_first_but_not_twice() {
    let mut stock = stock(&[("ships", 9), ("weather", 3)]);
    stock.topics[0].count = 3;
    assert_eq!(why(&stock, &[]), "most of the queue is on: ships");
    assert_eq!(pick(&stock, &[]), Some(PostId(1)));
    stock.last_topic = Some("ships".to_owned());
    assert_eq!(why(&stock, &[]), "least recent topic: weather");
    assert_eq!(pick(&stock, &[]), Some(PostId(2)));
}

#[test]
fn a_schedule_keeps_to_its_topics_as_long_as_there_are_any() {
    let kept = ["birds".to_owned(), "ships".to_owned()];
    let mut stock = stock(&[("birds", 5), ("ships", 3), ("weather", 0)]);
    assert_eq!(pick(&stock, &kept), Some(PostId(2)));
    assert_eq!(why(&stock, &kept), "least recent topic: ships");
    stock.last_topic = Some("ships".to_owned());
    assert_eq!(pick(&stock, &kept), Some(PostId(1)));
    stock.topics[0].count = 0;
    assert_eq!(pick(&stock, &kept), Some(PostId(2)), "again, because no other is kept to");
    stock.topics[1].count = 0;
    assert_eq!(pick(&stock, &kept), Some(PostId(3)));
    let why = why(&stock, &kept);
    assert_eq!(why, "nothing on the topics of the schedule; only topic in the queue: weather");
    stock.front = Some(PostId(9));
    assert_eq!(pick(&stock, &kept), Some(PostId(9)));
}

#[test]
fn a_topic_without_posts_is_no_choice() {
    let mut stock = stock(&[("ships", 1), ("weather", 2)]);
    stock.topics[0].count = 0;
    assert_eq!(pick(&stock, &[]), Some(PostId(2)));
    assert_eq!(why(&stock, &[]), "only topic in the queue: weather");
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
            let Some(post) = pick(&stock, &[]) else { break };
            let used = stock.topics.iter().position(|topic| topic.next == post).unwrap();
            counts[used] -= 1;
            let others_wait = sent.last() == Some(&used)
                && counts.iter().enumerate().any(|(i, count)| i != used && *count > 0);
            prop_assert!(!others_wait, "{used} twice in a row: {sent:?}");
            // A topic comes again only after all others that still have posts, unless it has
            // more than they have together.
            let since = sent.iter().rev().take_while(|topic| **topic != used);
            let seen: Vec<_> = since.copied().collect();
            let is_plenty = 2 * (counts[used] + 1) > counts.iter().sum::<u64>() + 1;
            if sent.contains(&used) && !is_plenty {
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

    /// Where it can be done at all, no topic comes twice in a row from the first post of a queue
    /// to its last: rotation alone would use up the small topics first.
    #[test]
    fn a_queue_is_used_up_without_a_repeat_where_that_can_be(
        counts in prop::collection::vec(1_u64..12, 2..6),
    ) {
        let most = *counts.iter().max().unwrap();
        let others = counts.iter().sum::<u64>() - most;
        prop_assume!(most <= others + 1);
        let names = ["a", "b", "c", "d", "e"];
        let topics: Vec<_> = names.iter().take(counts.len()).map(|name| (*name, 0)).collect();
        let mut stock = stock(&topics);
        for (topic, count) in stock.topics.iter_mut().zip(&counts) {
            topic.count = *count;
        }
        let mut last = None;
        for second in 1.. {
            let Some(post) = pick(&stock, &[]) else { break };
            let used = stock.topics.iter().position(|topic| topic.next == post).unwrap();
            prop_assert!(last != Some(used), "{} twice in a row of {:?}", used, counts);
            last = Some(used);
            stock.topics[used].count -= 1;
            stock.topics[used].last_used_at = Some(Timestamp::from_second(second).unwrap());
            stock.last_topic.clone_from(&stock.topics[used].topic);
        }
    }
}
