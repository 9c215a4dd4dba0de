//! On what the next batch is written: topic × angle × format.
//!
//! Posts spread over a persona's topics by weight, and within a topic over its angles and formats by
//! least recent use. What counts is what was accepted: a topic whose candidates review drops gets more
//! of the next batch, but never so much that the others have to wait for it.

mod side;
mod target;

use crate::model::Persona;
use crate::ports::TopicWish;
use crate::ports::store::RecentPost;

pub use target::{Target, targets};

/// So many of a bot's newest posts decide. A topic whose share is smaller than one in so many comes
/// once in so many.
pub const MEMORY_MAX: u32 = 400;

/// A topic gets at most so many times its share of a batch: enough to make up for every second
/// candidate of it being dropped, and it leaves room for the others if all are.
const CATCH_UP: u64 = 2;

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// In whose voice.
    pub persona: &'a Persona,
    /// How often each of its topics should come ([`targets`]).
    pub targets: &'a [Target],
    /// The bot's newest posts, newest first, at most [`MEMORY_MAX`].
    pub recent: &'a [RecentPost],
    /// How many posts.
    pub count: u32,
    /// How many batches in a row brought nothing. Whatever this one was asked for, the next is asked
    /// for something else: a batch of one could otherwise ask for ever for what review never lets
    /// out.
    pub fruitless: u32,
}

/// One wish for each post, in the order in which they are asked for; fewer only where the persona has
/// no topic. The same batch gives the same wishes.
pub fn spread(batch: Batch<'_>) -> Vec<TopicWish> {
    let mut shares = shares(&batch);
    let mut sides = side::Sides::new(batch.persona, batch.recent);
    let mut wishes = Vec::new();
    for number in 0..batch.count {
        let skipped = if number == 0 { batch.fruitless } else { 0 };
        let Some(next) = next(&shares, skipped) else { break };
        let share = &mut shares[next];
        share.posts += 1;
        share.asked += 1;
        share.last_use = batch.recent.len() + wishes.len() + 1;
        let topic = &batch.persona.topics[share.place];
        let (angle, format) = sides.take(topic);
        wishes.push(TopicWish { topic: topic.name.clone(), angle, format, count: 1 });
    }
    wishes
}

/// A topic, and how far it is.
struct Share {
    /// Its place among the persona's topics.
    place: usize,
    weight: u64,
    /// Posts of the memory, and those that are asked for now.
    posts: u64,
    asked: u64,
    asked_max: u64,
    /// When it came last, counted in posts: a larger number is later, and 0 is never.
    last_use: usize,
}

fn shares(batch: &Batch<'_>) -> Vec<Share> {
    let total: u64 = batch.targets.iter().map(|target| target.weight).sum();
    let of_topic = |name: &str| {
        let mut posts = 0;
        let mut last_use = 0;
        for (age, post) in batch.recent.iter().enumerate() {
            if post.topic.as_deref() == Some(name) {
                posts += 1;
                last_use = last_use.max(batch.recent.len() - age);
            }
        }
        (posts, last_use)
    };
    let shares = batch.targets.iter().filter(|target| target.weight > 0).map(|target| {
        let (posts, last_use) = of_topic(&batch.persona.topics[target.topic].name);
        let asked_max =
            (u64::from(batch.count) * target.weight * CATCH_UP).div_ceil(total.max(1)).max(1);
        Share { place: target.topic, weight: target.weight, posts, asked: 0, asked_max, last_use }
    });
    shares.collect()
}

/// The topic that is furthest behind its weight, of those of which this batch has not enough; of two
/// that are equally far, the one that rested longer. The order within a batch says nothing about what
/// goes out when: that is for `pick`.
fn next(shares: &[Share], skipped: u32) -> Option<usize> {
    let mut open: Vec<usize> =
        (0..shares.len()).filter(|at| shares[*at].asked < shares[*at].asked_max).collect();
    if open.is_empty() {
        open = (0..shares.len()).collect();
    }
    open.sort_by(|one, other| {
        let (one, other) = (&shares[*one], &shares[*other]);
        let behind = ((one.posts + 1) * other.weight).cmp(&((other.posts + 1) * one.weight));
        behind.then(one.last_use.cmp(&other.last_use)).then(one.place.cmp(&other.place))
    });
    let turn = usize::try_from(skipped).unwrap_or(0).checked_rem(open.len())?;
    open.get(turn).copied()
}

#[cfg(test)]
mod tests;
