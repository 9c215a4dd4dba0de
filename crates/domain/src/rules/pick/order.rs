//! In which order a queue goes out if nothing comes and nothing is taken, each post with its reason: the
//! queue is used up as [`pick`] would.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{pick, why};
use crate::model::{Post, PostId, PostState};
use crate::ports::store::QueueOrder;

/// A post, and why it comes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The post.
    pub post: PostId,
    /// Why [`pick`] takes it next.
    pub why: String,
}

/// The order of these posts of the queue; those that a slot holds already are left out.
pub fn order(queue: &QueueOrder, posts: &[Post], kept: &[String], now: Timestamp) -> Vec<Ordered> {
    let mut stock = queue.stock.clone();
    let topics: BTreeMap<PostId, Option<&str>> = posts
        .iter()
        .filter(|post| post.state == PostState::Queued)
        .map(|post| (post.id, post.topic.as_deref().filter(|topic| !topic.is_empty())))
        .collect();
    let is_there = |post: &&PostId| topics.contains_key(post);
    let mut front: VecDeque<PostId> = queue.front.iter().filter(is_there).copied().collect();
    let mut placed: VecDeque<PostId> = queue.placed.iter().filter(is_there).copied().collect();
    let mut rest: BTreeMap<Option<&str>, VecDeque<PostId>> = BTreeMap::new();
    for (post, topic) in &topics {
        if !front.contains(post) && !placed.contains(post) {
            rest.entry(*topic).or_default().push_back(*post);
        }
    }
    let mut ordered = Vec::with_capacity(topics.len());
    let mut used_at = now;
    while ordered.len() < topics.len() {
        stock.front = front.front().copied();
        stock.placed = placed.front().copied();
        for topic in &mut stock.topics {
            match rest.get(&topic.topic.as_deref()).and_then(VecDeque::front) {
                Some(next) => topic.next = *next,
                // What is left of it stands at the front, or is not on the list.
                None if stock.front.is_none() && stock.placed.is_none() => topic.count = 0,
                None => {}
            }
        }
        let Some(post) = pick(&stock, kept) else { break };
        let Some(topic) = topics.get(&post) else { break };
        ordered.push(Ordered { post, why: why(&stock, kept) });
        for list in [&mut front, &mut placed].into_iter().chain(rest.get_mut(topic)) {
            if list.front() == Some(&post) {
                list.pop_front();
            }
        }
        used_at = used_at.checked_add(SignedDuration::from_secs(1)).unwrap_or(used_at);
        if let Some(used) = stock.topics.iter_mut().find(|one| one.topic.as_deref() == *topic) {
            used.count = used.count.saturating_sub(1);
            used.last_used_at = Some(used_at);
        }
        if let Some(topic) = topic {
            stock.last_topic = Some((*topic).to_owned());
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BotId, ContentHash, MicroUsd};
    use crate::ports::store::{Stock, TopicStock};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn post(id: i64, topic: &str, state: PostState) -> Post {
        Post {
            id: PostId(id),
            bot: BotId::try_from("ada").unwrap(),
            content: format!("text {id}"),
            topic: Some(topic.to_owned()).filter(|topic| !topic.is_empty()),
            state,
            slot: None,
            created_at: at(id),
            generation_cost: MicroUsd::ZERO,
            generation_tokens: 0,
            generation_model: None,
            content_hash: ContentHash::from_hex(id.to_string()),
        }
    }

    /// Two of weather, which rested longer, two of ships, one of nothing.
    fn posts() -> Vec<Post> {
        let of = |id, topic| post(id, topic, PostState::Queued);
        let held = post(9, "ships", PostState::Assigned);
        vec![of(1, "ships"), of(2, "ships"), of(3, "weather"), of(4, "weather"), of(5, ""), held]
    }

    fn queue(front: &[i64], placed: &[i64]) -> QueueOrder {
        let topic = |topic: &str, next, count, used: i64| TopicStock {
            topic: Some(topic.to_owned()).filter(|topic| !topic.is_empty()),
            next: PostId(next),
            count,
            last_used_at: (used > 0).then(|| at(used)),
        };
        let topics =
            vec![topic("", 5, 1, 30), topic("ships", 1, 2, 20), topic("weather", 3, 2, 10)];
        let ids = |ids: &[i64]| ids.iter().map(|id| PostId(*id)).collect();
        let stock = Stock { topics, ..Stock::default() };
        QueueOrder { stock, front: ids(front), placed: ids(placed) }
    }

    fn ids(ordered: &[Ordered]) -> Vec<i64> {
        ordered.iter().map(|one| one.post.0).collect()
    }

    #[test]
    fn a_queue_goes_out_as_the_rule_takes_it() {
        let ordered = order(&queue(&[], &[]), &posts(), &[], at(100));
        assert_eq!(ids(&ordered), [3, 1, 5, 4, 2]);
        assert_eq!(ordered[0].why, "least recent topic: weather");
        assert_eq!(ordered[4].why, "only topic in the queue: ships");
    }

    #[test]
    fn what_stands_at_the_front_and_what_a_person_placed_goes_first() {
        let ordered = order(&queue(&[2], &[5, 3]), &posts(), &[], at(100));
        assert_eq!(ids(&ordered), [2, 5, 3, 1, 4]);
        let why: Vec<&str> = ordered.iter().map(|one| one.why.as_str()).collect();
        assert_eq!(
            why[..3],
            ["put to the front of the queue", "put here by hand", "put here by hand"]
        );
    }

    #[test]
    fn each_post_comes_once_whatever_the_list_lacks() {
        let few = &posts()[..3];
        assert_eq!(ids(&order(&queue(&[], &[4]), few, &[], at(100))).len(), 3);
        assert_eq!(order(&queue(&[], &[]), &[], &[], at(100)), []);
        let kept = ["ships".to_owned()];
        assert_eq!(ids(&order(&queue(&[], &[]), &posts(), &kept, at(100)))[..2], [1, 2]);
    }
}
