//! A whole run: episodes until the years are full, or the judge objects.

use std::collections::BTreeMap;
use std::io;

use crate::bugs::Bug;
use crate::director::play_out;
use crate::history::Entry;
use crate::oracle::Violation;
use crate::plan::{Barrier, Episode, Size};
use crate::shrink::{Shrunk, shrink};
use crate::stopwatch::Stopwatch;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Decides everything.
    pub seed: u64,
    /// Bot-years.
    pub years: f64,
    /// A defect on purpose.
    pub bug: Option<Bug>,
    /// Beyond what the promise assumes: doubles are counted, not objected to.
    pub is_outside: bool,
    /// All episodes of one size, instead of one large to seven small ones.
    pub size: Option<Size>,
    /// This episode alone, by its own seed; dense where no size is asked for.
    pub episode: Option<u64>,
}

impl Default for Order {
    fn default() -> Self {
        let (bug, size, episode) = (None, None, None);
        Self { seed: 1, years: 10.0, bug, is_outside: false, size, episode }
    }
}

/// The figures of a run.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Episodes played.
    pub episodes: u64,
    /// Bots times days, in years.
    pub years: f64,
    /// Posts that X took from us.
    pub posts: u64,
    /// Sends whose outcome was unknown.
    pub ambiguous: u64,
    /// Posts that stand on X beside another of the same text.
    pub doubles: u64,
    /// How often each fault happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// The same for the same run.
    pub hash: u64,
    /// Processor seconds, of all threads.
    pub seconds: f64,
}

impl Figures {
    /// Simulated posts per second and core.
    #[expect(clippy::cast_precision_loss, reason = "millions of posts")]
    pub fn posts_per_second(&self) -> f64 {
        self.posts as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

/// What was objected to, and how to see it again.
#[derive(Debug)]
pub struct Failure {
    /// The episode's seed.
    pub seed: u64,
    /// And its size, before it was made smaller.
    pub size: Size,
    /// Bots of the smallest episode that still fails.
    pub bots: usize,
    /// Days until the end of its plan.
    pub days: i64,
    /// The first objection in it.
    pub violation: Violation,
    /// All that happened in it.
    pub entries: Vec<Entry>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Nothing was broken.
    Sound,
    /// Something was.
    Broken(Box<Failure>),
    /// Nothing was, but these faults never happened: it proves nothing.
    Void(Vec<&'static str>),
}

/// The verdict.
#[derive(Debug)]
pub struct Verdict {
    /// How it ended.
    pub ended: Ended,
    /// Its figures.
    pub figures: Figures,
}

/// Every class of fault that a run must have met.
pub const FAULT_CLASSES: &[&str] = &[
    "X away for a while",
    "X not reached",
    "accepted late",
    "accepted, then 5xx",
    "accepted, then HTML",
    "accepted, then a broken body",
    "accepted, then closed",
    "accepted, then no id",
    "approved post edited",
    "account refused",
    "bot paused",
    "called a duplicate",
    "clock set",
    "commit not durable, and lost",
    "commit not durable, yet done",
    "crash at an await",
    "crash in a send",
    "database away for a while",
    "database away from one node",
    "database full",
    "database restored to an earlier commit",
    "database unavailable",
    "drafts approved",
    "kill switch",
    "lease cannot be renewed",
    "long stop",
    "no credit left",
    "node stands still",
    "page empty",
    "page with errors",
    "policy changed",
    "post asked for",
    "post edited before its send",
    "post rejected",
    "post removed",
    "same text posted by hand",
    "read put off (429)",
    "read refused",
    "read without an answer",
    "send put off (429)",
    "send timed out",
    "slot without money",
    "step took its time",
    "text refused",
    "timeline lagged",
    "token refused",
    "usage capped",
];

/// Runs until the years are full.
pub fn run(order: &Order) -> io::Result<Verdict> {
    let mut figures = Figures::default();
    let watch = Stopwatch::start();
    let is_full = |figures: &Figures| match order.episode {
        Some(_) => figures.episodes > 0,
        None => figures.years >= order.years,
    };
    while !is_full(&figures) {
        let (seed, size) = episode_of(order, &figures);
        let barrier = order.is_outside.then_some(Barrier::Neither);
        let plan = Episode::new(seed, size, barrier);
        let years = plan.years();
        let outcome = play_out(plan, order.bug)?;
        figures.episodes += 1;
        figures.years += years;
        figures.posts += outcome.posts;
        figures.ambiguous += outcome.ambiguous;
        figures.doubles += outcome.doubles;
        figures.hash = figures.hash.rotate_left(7) ^ outcome.hash;
        for (class, count) in outcome.counts {
            *figures.counts.entry(class).or_default() += count;
        }
        figures.seconds = watch.seconds();
        let violation = outcome.violations.into_iter().next().filter(|_| !order.is_outside);
        if let Some(violation) = violation {
            let failure = smallest((seed, size), order.bug, violation, outcome.entries)?;
            return Ok(Verdict { ended: Ended::Broken(Box::new(failure)), figures });
        }
    }
    let missing: Vec<&'static str> =
        FAULT_CLASSES.iter().copied().filter(|class| !figures.counts.contains_key(class)).collect();
    let ended = if missing.is_empty() || order.is_outside || order.episode.is_some() {
        Ended::Sound
    } else {
        Ended::Void(missing)
    };
    Ok(Verdict { ended, figures })
}

/// The failure in the smallest episode that shows it.
fn smallest(
    (seed, size): (u64, Size),
    bug: Option<Bug>,
    violation: Violation,
    entries: Vec<Entry>,
) -> io::Result<Failure> {
    let shrunk = shrink((seed, size), bug, &violation)?;
    let Some(Shrunk { plan, outcome }) = shrunk else {
        let (bots, days) = (size.bots, size.days);
        return Ok(Failure { seed, size, bots, days, violation, entries });
    };
    let violation = outcome.violations.into_iter().next().unwrap_or(violation);
    let (bots, days, entries) = (plan.bots.len(), plan.days, outcome.entries);
    Ok(Failure { seed, size, bots, days, violation, entries })
}

/// One large episode, then some small ones in which more happens to each bot.
fn episode_of(order: &Order, figures: &Figures) -> (u64, Size) {
    if let Some(seed) = order.episode {
        return (seed, order.size.unwrap_or(Size::DENSE));
    }
    let seed = order.seed.wrapping_mul(1_000_003).wrapping_add(figures.episodes);
    let is_bulk = figures.episodes % 8 == 7 && order.years - figures.years > 1.0;
    let mixed = if is_bulk { Size::BULK } else { Size::DENSE };
    (seed, order.size.unwrap_or(mixed))
}
