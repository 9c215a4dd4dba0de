//! How many posts to write, and on what.

use crate::ports::TopicWish;
use crate::ports::store::{Refill, TopicStock};

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
    let of_topic = |stock: &&TopicStock| stock.topic.as_deref() == Some(topic);
    refill.stock.topics.iter().filter(of_topic).map(|stock| stock.count).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ApprovalMode, BotId, Persona, Policy, PostId, QueueLimits};
    use crate::ports::store::Stock;

    fn refill(topics: &[&str], stock: &[(&str, u64)], limits: (u32, u32, u32)) -> Refill {
        let (low_water, high_water, batch) = limits;
        let stocked = stock.iter().map(|(topic, count)| TopicStock {
            topic: Some((*topic).to_owned()).filter(|topic| !topic.is_empty()),
            next: PostId(1),
            count: *count,
            last_used_at: None,
        });
        Refill {
            bot: BotId::try_from("ada").unwrap(),
            persona: Persona {
                personality_prompt: "You are a lighthouse keeper.".to_owned(),
                content_sources: Vec::new(),
                posting_style: String::new(),
                topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
                tone: String::new(),
                policy: Policy::default(),
            },
            mode: ApprovalMode::Auto,
            limits: QueueLimits { low_water, high_water, batch },
            remaining: stock.iter().map(|(_, count)| count).sum(),
            stock: Stock { topics: stocked.collect(), front: None, last_topic: None },
            refills: 0,
            fruitless: 0,
        }
    }

    fn wishes(refill: &Refill) -> Vec<(String, u32)> {
        demand(refill).into_iter().map(|wish| (wish.topic, wish.count)).collect()
    }

    #[test]
    fn every_topic_evens_out() {
        type Case = (
            &'static [&'static str],
            &'static [(&'static str, u64)],
            (u32, u32, u32),
            &'static [(&'static str, u32)],
        );
        let table: &[Case] = &[
            (&["a", "b"], &[], (5, 20, 10), &[("a", 5), ("b", 5)]),
            (&["a", "b", "c"], &[], (5, 20, 10), &[("a", 4), ("b", 3), ("c", 3)]),
            (&["a", "b"], &[("a", 4)], (5, 20, 10), &[("a", 3), ("b", 7)]),
            (&["a", "b"], &[("a", 4)], (5, 20, 3), &[("b", 3)]),
            // At low water nothing; below it up to high water and not further.
            (&["a", "b"], &[("a", 5)], (5, 20, 10), &[]),
            (&["a", "b"], &[("a", 4)], (5, 6, 10), &[("b", 2)]),
            (&["a", "b"], &[("a", 4)], (5, 3, 10), &[]),
            (&["a", "b"], &[], (5, 20, 0), &[]),
            (&["a", "b"], &[], (0, 20, 10), &[]),
            // What the persona no longer writes about fills the queue but gets nothing.
            (&["a"], &[("old", 3), ("", 1)], (5, 6, 10), &[("a", 2)]),
            (&["a", "b", "a"], &[], (5, 20, 4), &[("a", 2), ("b", 2)]),
            (&[], &[], (5, 20, 10), &[]),
        ];
        for (topics, stock, limits, expected) in table {
            let expected: Vec<_> = expected.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect();
            assert_eq!(wishes(&refill(topics, stock, *limits)), expected, "{topics:?} {stock:?}");
        }
    }

    #[test]
    fn each_refill_starts_one_topic_further_on() {
        let mut refill = refill(&["a", "b", "c"], &[], (5, 20, 1));
        let mut first = |refills| {
            refill.refills = refills;
            wishes(&refill)[0].0.clone()
        };
        assert_eq!([first(0), first(1), first(2), first(3)], ["a", "b", "c", "a"]);
        assert_eq!(first(u64::MAX), "a");
    }

    proptest! {
        #[test]
        fn stocks_end_within_one_of_each_other_where_they_can(
            counts in prop::collection::vec(0_u64..8, 1..7),
            limits in (1_u32..30, 1_u32..60, 0_u32..20),
            refills in any::<u64>(),
        ) {
            let names = ["a", "b", "c", "d", "e", "f"];
            let topics = &names[..counts.len()];
            let stock: Vec<_> = topics.iter().copied().zip(counts.iter().copied()).collect();
            let mut refill = refill(topics, &stock, limits);
            refill.refills = refills;
            let wishes = wishes(&refill);
            let total: u64 = wishes.iter().map(|(_, count)| u64::from(*count)).sum();
            let (low, high, batch) = limits;
            let expected = if refill.remaining < u64::from(low) {
                u64::from(high).saturating_sub(refill.remaining).min(u64::from(batch))
            } else {
                0
            };
            prop_assert_eq!(total, expected);
            let after = |topic: &str, count: u64| {
                let wish = wishes.iter().find(|(name, _)| name == topic);
                count + wish.map_or(0, |(_, count)| u64::from(*count))
            };
            let fewest = stock.iter().map(|(topic, count)| after(topic, *count)).min().unwrap();
            for (topic, count) in &stock {
                // Whoever got something has at most one more than the poorest.
                let end = after(topic, *count);
                prop_assert!(end == *count || end <= fewest + 1, "{topic}: {end}, {fewest}");
            }
        }
    }
}
