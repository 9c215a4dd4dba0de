//! How often each topic should come.
//!
//! By its weight; and where schedules keep to topics of their own, as often as those schedules come:
//! else the queue would run out of what the busiest of them takes, and be full of the rest.

use jiff::{SignedDuration, Timestamp};

use crate::model::{BotId, Persona, Schedule};
use crate::rules::plan::next_firings;

/// So far ahead a schedule's firings are counted: what comes less often counts as once.
const AHEAD: SignedDuration = SignedDuration::from_hours(4 * 7 * 24);
/// More of them change the proportions no more.
const FIRINGS_MAX: usize = 200;
/// What the shares of one schedule are counted in, so that whole numbers are exact enough.
const WHOLE: u64 = 1_000_000;

/// How often a topic should come, beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its place among the persona's topics.
    pub topic: usize,
    /// Its weight; 0 where no schedule ever takes it.
    pub weight: u64,
}

/// The targets of a bot's topics, in their order.
pub fn targets(
    bot: &BotId,
    persona: &Persona,
    schedules: &[Schedule],
    now: Timestamp,
) -> Vec<Target> {
    if schedules.iter().all(|schedule| kept(persona, schedule).is_empty()) {
        let by_weight = persona.topics.iter().enumerate();
        let by_weight =
            by_weight.map(|(topic, one)| Target { topic, weight: u64::from(one.weight) });
        return by_weight.collect();
    }
    let mut weights = vec![0; persona.topics.len()];
    for schedule in schedules {
        let mut places = kept(persona, schedule);
        if places.is_empty() {
            places = (0..persona.topics.len()).collect();
        }
        let weight = |place: &usize| u64::from(persona.topics[*place].weight);
        let total: u64 = places.iter().map(weight).sum();
        let firings = firings(bot, schedule, now);
        for place in &places {
            weights[*place] += firings * weight(place) * WHOLE / total.max(1);
        }
    }
    weights.into_iter().enumerate().map(|(topic, weight)| Target { topic, weight }).collect()
}

/// The topics that a schedule keeps to, by their places.
fn kept(persona: &Persona, schedule: &Schedule) -> Vec<usize> {
    let is_kept = |name: &str| schedule.topics.iter().any(|kept| kept == name);
    let all = persona.topics.iter().enumerate();
    all.filter(|(_, topic)| is_kept(&topic.name)).map(|(place, _)| place).collect()
}

/// How often a schedule comes in some weeks; at the pace of its next firings where those are many.
fn firings(bot: &BotId, schedule: &Schedule, now: Timestamp) -> u64 {
    let next = next_firings(bot, schedule, now, FIRINGS_MAX);
    let until = now + AHEAD;
    let soon = next.iter().filter(|firing| firing.planned.due_at <= until).count();
    let is_cut = soon >= FIRINGS_MAX;
    let soon = soon as u64;
    let Some(last) = next.last().filter(|_| is_cut) else { return soon.max(1) };
    let span = last.planned.due_at.duration_since(now).as_secs().max(1).unsigned_abs();
    soon * AHEAD.as_secs().unsigned_abs() / span
}
