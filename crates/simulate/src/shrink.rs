//! A failing episode, made small: what can be left out so that the same rule is still broken.

use std::io;

use crate::bugs::Bug;
use crate::director::{Outcome, play_out};
use crate::oracle::Violation;
use crate::plan::{Episode, Size};

/// Episodes played to make a small one smaller, and a large one, which takes much longer.
const PLAYS_MAX: u32 = 60;
const LARGE_PLAYS_MAX: u32 = 8;
/// More bots than this make an episode large.
const SMALL_BOTS_MAX: usize = 100;

/// The smallest episode that was found, and what it came to.
pub(crate) struct Shrunk {
    /// Its chaos and bots.
    pub(crate) plan: Episode,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

/// Makes the episode of that seed smaller; `None` if it does not fail.
pub(crate) fn shrink(
    (seed, size): (u64, Size),
    bug: Option<Bug>,
    first: &Violation,
) -> io::Result<Option<Shrunk>> {
    let mut shrinking = Shrinking { bug, rule: first.rule, plays: 0, best: None };
    let plan = Episode::new(seed, size, None);
    if !shrinking.still_fails(&plan)? {
        return Ok(None);
    }
    let mut plan = plan;
    // What comes after the objection, or moves one bot only that is not concerned, goes first.
    plan.chaos.retain(|one| one.at <= first.at);
    shrinking.keep(&mut plan, |plan| plan.trouble_per_mille = 0)?;
    shrinking.keep(&mut plan, |plan| plan.bots.retain(|bot| bot.id.as_str() == first.bot))?;
    let mut share = plan.chaos.len() / 2;
    while share > 0 {
        let mut start = 0;
        while start < plan.chaos.len() {
            let end = (start + share).min(plan.chaos.len());
            let is_gone = shrinking.keep(&mut plan, |plan| {
                plan.chaos.drain(start..end);
            })?;
            if !is_gone {
                start = end;
            }
        }
        share /= 2;
    }
    Ok(shrinking.best.map(|(plan, outcome)| Shrunk { plan, outcome }))
}

struct Shrinking {
    bug: Option<Bug>,
    rule: &'static str,
    plays: u32,
    best: Option<(Episode, Outcome)>,
}

impl Shrinking {
    fn still_fails(&mut self, plan: &Episode) -> io::Result<bool> {
        let is_large = plan.bots.len() > SMALL_BOTS_MAX;
        let plays_max = if is_large { LARGE_PLAYS_MAX } else { PLAYS_MAX };
        if self.plays >= plays_max || plan.bots.is_empty() {
            return Ok(false);
        }
        self.plays += 1;
        let outcome = play_out(plan.clone(), self.bug)?;
        let fails = outcome.violations.first().is_some_and(|first| first.rule == self.rule);
        if fails {
            self.best = Some((plan.clone(), outcome));
        }
        Ok(fails)
    }

    /// Keeps a change if the episode still fails with it; whether it does.
    fn keep(&mut self, plan: &mut Episode, change: impl FnOnce(&mut Episode)) -> io::Result<bool> {
        let mut smaller = plan.clone();
        change(&mut smaller);
        let fails = self.still_fails(&smaller)?;
        if fails {
            *plan = smaller;
        }
        Ok(fails)
    }
}
