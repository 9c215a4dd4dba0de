//! What a bot will cost: its real firings, at the price that holds at each, with as many links as its
//! last posts had, and written at what its last posts took.

mod ahead;

use jiff::Timestamp;

use super::cost;
use crate::model::MicroUsd;
use crate::ports::store::PastCost;

pub use self::ahead::{
    Ahead, DAYS, FIRINGS_MAX, Firings, PACE_DAYS, as_if, firings, month_end, shortages,
};

/// Posts looked at to know what the next are like.
pub const PAST_MAX: u32 = 100;

/// What is to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Posts.
    pub posts: u64,
    /// Of those, with a link; rounded up.
    pub with_link: u64,
    /// What X will charge for them; reads are not foreseen.
    pub x: MicroUsd,
    /// What the model will charge for those that are not written yet.
    pub model: MicroUsd,
    /// From so many posts it was concluded; none: that there are no links, and that writing is free.
    pub measured: u64,
}

impl Forecast {
    /// All of it.
    pub fn total(&self) -> MicroUsd {
        self.x + self.model
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            posts: self.posts + other.posts,
            with_link: self.with_link + other.with_link,
            x: self.x + other.x,
            model: self.model + other.model,
            measured: self.measured + other.measured,
        }
    }
}

/// The cost of posts at `firings`, `queued` of which are written already, after `past` ones.
pub fn forecast(firings: &[Timestamp], queued: u64, past: &[PastCost]) -> Forecast {
    let posts = firings.len() as u64;
    let measured = past.len() as u64;
    let at = |post: &PastCost| firings.first().map(|first| cost::price_of(&post.text, *first));
    let linked = past.iter().filter_map(at).filter(|price| price.has_link).count() as u64;
    let linked_of = |whole: u128| match measured {
        0 => 0,
        of => (whole * u128::from(linked)).div_ceil(u128::from(of)),
    };
    let (mut plain, mut more) = (MicroUsd::ZERO, 0);
    for firing in firings {
        let (without, with) = (cost::post_cost(false, *firing), cost::post_cost(true, *firing));
        plain += without;
        more += u128::from((with - without).0.unsigned_abs());
    }
    Forecast {
        posts,
        with_link: u64::try_from(linked_of(u128::from(posts))).unwrap_or(u64::MAX),
        x: plain + micro(linked_of(more)),
        model: writing(posts.saturating_sub(queued), past),
        measured,
    }
}

/// The cost of writing so many posts, at the average of those that were written by a generator. What
/// review refused is in it: the posts of a batch share its whole bill.
fn writing(count: u64, past: &[PastCost]) -> MicroUsd {
    let written: Vec<MicroUsd> = past.iter().filter_map(|post| post.generation).collect();
    let sum: MicroUsd = written.iter().copied().sum();
    match written.len() as u128 {
        0 => MicroUsd::ZERO,
        of => micro((u128::from(sum.0.unsigned_abs()) * u128::from(count)).div_ceil(of)),
    }
}

fn micro(amount: u128) -> MicroUsd {
    MicroUsd(i64::try_from(amount).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily(from: &str, days: i64) -> Vec<Timestamp> {
        let first: Timestamp = from.parse().expect("a time");
        (0..days).map(|day| first + jiff::SignedDuration::from_hours(24 * day)).collect()
    }

    fn past(texts: &[(&str, Option<i64>)]) -> Vec<PastCost> {
        texts
            .iter()
            .map(|(text, cost)| PastCost {
                text: (*text).to_owned(),
                generation: cost.map(MicroUsd),
            })
            .collect()
    }

    #[test]
    fn plain_posts_cost_their_price_and_what_is_queued_is_written_already() {
        let past = past(&[("one", Some(300)), ("two", Some(500)), ("by hand", None)]);
        let thirty = forecast(&daily("2026-11-27T09:00:00Z", 30), 10, &past);
        let expected = Forecast {
            posts: 30,
            with_link: 0,
            x: MicroUsd(450_000),
            model: MicroUsd(8_000),
            measured: 3,
        };
        assert_eq!(thirty, expected);
        assert_eq!(thirty.total(), MicroUsd(458_000));
        assert_eq!(forecast(&daily("2026-11-27T09:00:00Z", 5), 9, &past).model, MicroUsd::ZERO);
    }

    #[test]
    fn links_make_it_dear_as_often_as_they_were_there() {
        let past = past(&[("see example.com", None), ("a", None), ("b", None), ("c", None)]);
        let eight = forecast(&daily("2026-11-27T09:00:00Z", 8), 0, &past);
        assert_eq!((eight.with_link, eight.x.0), (2, 2 * 200_000 + 6 * 15_000));
        let one = forecast(&daily("2026-11-27T09:00:00Z", 1), 0, &past);
        assert_eq!((one.with_link, one.x.0), (1, 15_000 + 185_000 / 4));
    }

    #[test]
    fn each_firing_has_the_price_of_its_day() {
        // X's prices rose on 2026-04-20.
        let over = forecast(&daily("2026-04-19T12:00:00Z", 2), 0, &[]);
        assert_eq!((over.x.0, over.measured), (10_000 + 15_000, 0));
        assert_eq!(
            forecast(&[], 3, &past(&[("x.com", Some(1))])),
            Forecast { measured: 1, ..Forecast::default() }
        );
    }

    #[test]
    fn bots_add_up() {
        let past = past(&[("one", Some(3))]);
        let one = forecast(&daily("2026-11-27T09:00:00Z", 1), 0, &past);
        let both = one.and(one);
        assert_eq!((both.posts, both.x.0, both.model.0, both.measured), (2, 30_000, 6, 2));
    }
}
