//! How many posts to write, and on what.

use crate::ports::TopicWish;
use crate::ports::store::Refill;

/// What to ask a writer for now: nothing at low water or above; else up to high water, at most one
/// batch, spread so that every topic of the persona ends up with as many posts as the others. Where
/// topics tie, the persona's order decides, and each refill starts one topic further on.
pub fn demand(refill: &Refill) -> Vec<TopicWish> {
    let limits = refill.limits;
    if refill.remaining >= u64::from(limits.low_water) {
        return Vec::new();
    }
    let room = u64::from(limits.high_water).saturating_sub(refill.remaining);
    let wanted = room.min(u64::from(limits.batch));
    let mut shares = shares(refill);
    for _ in 0..wanted {
        // `min_by_key` takes the first of equals.
        let Some(fewest) = shares.iter_mut().min_by_key(|share| share.queued + share.asked())
        else {
            break;
        };
        fewest.wish.count += 1;
    }
    shares.into_iter().map(|share| share.wish).filter(|wish| wish.count > 0).collect()
}

/// A topic, what it has and what it gets.
struct Share {
    queued: u64,
    wish: TopicWish,
}

impl Share {
    fn asked(&self) -> u64 {
        u64::from(self.wish.count)
    }
}

/// The persona's topics, each once, rotated by the refills before.
fn shares(refill: &Refill) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for topic in &refill.persona.topics {
        if shares.iter().all(|share| share.wish.topic != *topic) {
            shares.push(Share {
                queued: queued(refill, topic),
                wish: TopicWish { topic: topic.clone(), count: 0 },
            });
        }
    }
    if let Some(turn) = u64::try_from(shares.len()).ok().and_then(|n| refill.refills.checked_rem(n))
    {
        shares.rotate_left(usize::try_from(turn).unwrap_or(0));
    }
    shares
}

fn queued(refill: &Refill, topic: &str) -> u64 {
    let of_topic = |stock: &&crate::ports::store::TopicStock| stock.topic.as_deref() == Some(topic);
    refill.stock.topics.iter().filter(of_topic).map(|stock| stock.count).sum()
}
