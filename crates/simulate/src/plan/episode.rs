//! An episode: some bots for some days on one database, with one to three nodes.

use super::{Barrier, BotPlan, Chaos, ChaosAt, Money, START_MS, Speech, Weather};
use crate::dice::Dice;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How large an episode is, and how much happens in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bots.
    pub bots: usize,
    /// Days.
    pub days: i64,
    /// Events a day, besides what X does.
    pub chaos_per_day: usize,
    /// A node looks what is due at whole multiples of this, so that what is due about then shares a
    /// commit.
    pub round_ms: i64,
    /// The judge reads the books this often.
    pub audit_every_ms: i64,
}

impl Size {
    /// Large: hundreds of slots share a commit.
    pub const BULK: Self = Self {
        bots: 1_024,
        days: 14,
        chaos_per_day: 3,
        round_ms: 30_000,
        audit_every_ms: 12 * HOUR_MS,
    };
    /// Small and dense: to find a defect soon.
    pub const DENSE: Self =
        Self { bots: 24, days: 4, chaos_per_day: 14, round_ms: 1, audit_every_ms: 3 * HOUR_MS };
}

/// An episode, as its seed decides it.
#[derive(Clone, Debug)]
pub(crate) struct Episode {
    /// Its seed.
    pub(crate) seed: u64,
    /// Its bots.
    pub(crate) bots: Vec<BotPlan>,
    /// Its days.
    pub(crate) days: i64,
    /// How many nodes.
    pub(crate) nodes: usize,
    /// A node looks what is due at whole multiples of this.
    pub(crate) round_ms: i64,
    /// The judge reads the books this often.
    pub(crate) audit_every_ms: i64,
    /// How far each node's clock is off at its start.
    pub(crate) clocks_off: Vec<i64>,
    /// What that of a node alone is off until the end.
    pub(crate) all_off: i64,
    /// What they may spend.
    pub(crate) money: Money,
    /// X.
    pub(crate) weather: Weather,
    /// Calls of the store that meet trouble, of a thousand.
    pub(crate) trouble_per_mille: u64,
    /// Steps of a node that take their time, of a thousand.
    pub(crate) slow_per_mille: u64,
    /// What else happens, in order of time.
    pub(crate) chaos: Vec<ChaosAt>,
    /// For what is drawn while it runs.
    pub(crate) dice: Dice,
}

impl Episode {
    /// What `seed` decides. `barrier` replaces the one that it would draw.
    pub(crate) fn new(seed: u64, size: Size, barrier: Option<Barrier>) -> Self {
        let mut dice = Dice::new(seed);
        let drawn = *dice.one(&[
            Barrier::Filter,
            Barrier::Timeline,
            Barrier::Timeline,
            Barrier::FlakyFilter,
        ]);
        let barrier = barrier.unwrap_or(drawn);
        let nodes = *dice.one(&[1, 1, 2, 3]);
        let minutes = minutes(&mut dice);
        let bots: Vec<BotPlan> =
            (0..size.bots).map(|place| BotPlan::new(place, &minutes, &mut dice)).collect();
        let weather = Weather::new(barrier, &mut dice.fork());
        let mut clocks_off: Vec<i64> = (0..nodes)
            .map(|_| if dice.falls(700) { 0 } else { dice.between(-4000, 4000) })
            .collect();
        let mut lot = Lot { dice: dice.fork(), size, nodes, barrier, minutes: &minutes, copies: 0 };
        let mut chaos = lot.draw();
        let trouble_per_mille = *dice.one(&[0, 2, 4]);
        let (run, mut people) = (dice.fork(), dice.fork());
        chaos.extend(speeches(&mut people, &bots, (size.days, &minutes)));
        chaos.sort_by_key(|one| one.at);
        let money = Money::new(&mut dice.fork(), &bots);
        let all_off = if nodes == 1 { all_off(barrier, &mut dice.fork()) } else { 0 };
        for off in &mut clocks_off {
            *off += all_off;
        }
        Self {
            seed,
            bots,
            money,
            days: size.days,
            nodes,
            round_ms: size.round_ms,
            audit_every_ms: size.audit_every_ms,
            clocks_off,
            all_off,
            weather,
            trouble_per_mille,
            slow_per_mille: *dice.one(&[0, 0, 8, 40]),
            chaos,
            dice: run,
        }
    }

    /// Several nodes share the database.
    pub(crate) fn is_shared(&self) -> bool {
        self.nodes > 1
    }

    /// When the chaos ends.
    pub(crate) fn ends_at(&self) -> i64 {
        START_MS + self.days * DAY_MS
    }

    /// Bots times days, in years.
    #[expect(clippy::cast_precision_loss, reason = "thousands of days")]
    pub(crate) fn years(&self) -> f64 {
        self.bots.len() as f64 * self.days as f64 / 365.0
    }
}

/// Where X's filter stands against a double, clocks are set while nodes run; elsewhere that of a
/// node alone may be as far off as it likes, if nobody sets it: quiet time is a length, and posts are told
/// apart by the anchor. Several go by the database's.
fn all_off(barrier: Barrier, dice: &mut Dice) -> i64 {
    match barrier {
        Barrier::Filter => 0,
        Barrier::Timeline | Barrier::FlakyFilter | Barrier::Neither => {
            *dice.one(&[0, 0, 0, 7_000, -7_000, 60_000, -60_000, 1_800_000, -1_800_000])
        }
    }
}

/// Two times of the day at which most bots post: many are due in the same second.
fn minutes(dice: &mut Dice) -> Vec<i64> {
    let morning = 8 * 60 + dice.between(0, 59);
    let evening = 17 * 60 + dice.between(0, 59);
    vec![morning, evening]
}

/// What people say of the posts of bots that ask them: a yes or two a day at any time, and something else
/// about when they post. Drawn apart, so that everything else stays as its seed had it.
fn speeches(dice: &mut Dice, bots: &[BotPlan], (days, minutes): (i64, &[i64])) -> Vec<ChaosAt> {
    let mut said = Vec::new();
    for (bot, _) in bots.iter().enumerate().filter(|(_, bot)| bot.asks) {
        for day in 0..days {
            let midnight = START_MS + day * DAY_MS;
            for _ in 0..2 {
                let at = midnight + dice.between(0, DAY_MS - 1);
                said.push(ChaosAt { at, chaos: Chaos::Say { bot, speech: Speech::Yes } });
            }
            let speech = *dice.one(&[
                Speech::No,
                Speech::OtherWords,
                Speech::OtherWords,
                Speech::OtherPolicy,
                Speech::Yes,
            ]);
            let at = midnight + *dice.one(minutes) * MINUTE_MS + dice.between(-58_000, 3_000);
            said.push(ChaosAt { at, chaos: Chaos::Say { bot, speech } });
        }
    }
    said
}

/// Draws what happens.
struct Lot<'a> {
    dice: Dice,
    size: Size,
    nodes: usize,
    barrier: Barrier,
    minutes: &'a [i64],
    copies: usize,
}

impl Lot<'_> {
    fn draw(&mut self) -> Vec<ChaosAt> {
        let mut chaos = Vec::new();
        for day in 0..self.size.days {
            let midnight = START_MS + day * DAY_MS;
            for hour in [2, 11, 20] {
                chaos.push(ChaosAt { at: midnight + hour * 60 * MINUTE_MS, chaos: Chaos::Visit });
            }
            let mut moments: Vec<i64> =
                (0..self.size.chaos_per_day).map(|_| midnight + self.moment()).collect();
            moments.sort_unstable();
            for at in moments {
                chaos.push(ChaosAt { at, chaos: self.one() });
            }
        }
        chaos.sort_by_key(|one| one.at);
        chaos
    }

    /// Mostly about the time when bots post.
    fn moment(&mut self) -> i64 {
        let minute = *self.dice.one(self.minutes) * MINUTE_MS;
        match self.dice.between(0, 9) {
            0..=3 => minute + self.dice.between(-3_000, 4_000),
            4..=6 => minute + self.dice.between(-90_000, 60_000),
            7 | 8 => minute + self.dice.between(0, 40 * MINUTE_MS),
            _ => self.dice.between(0, DAY_MS - 1),
        }
    }

    fn one(&mut self) -> Chaos {
        let node = self.dice.below(self.nodes);
        let bot = self.dice.below(self.size.bots);
        match self.dice.between(0, 109) {
            0..=29 => Chaos::Crash { node, awaits: self.awaits(), down_ms: self.down() },
            30..=39 => {
                Chaos::Freeze { node, ms: *self.dice.one(&[4_000, 70_000, 400_000, 1_300_000]) }
            }
            40..=45 => {
                Chaos::Away { node: None, ms: *self.dice.one(&[1_000, 20_000, 90_000, 700_000]) }
            }
            46..=50 => Chaos::Starve { ms: *self.dice.one(&[30_000, 45_000, 90_000]) },
            51..=56 => self.copy(),
            57..=60 => self.restore(),
            61..=63 => Chaos::Stop { ms: self.dice.between(11, 200) * MINUTE_MS },
            64..=68 => Chaos::KillSwitch { ms: *self.dice.one(&[3_000, 60_000, 2_400_000]) },
            69..=72 => Chaos::Pause { bot, ms: self.dice.between(1, 90) * MINUTE_MS },
            73..=78 => Chaos::Edit { bot },
            79..=84 => Chaos::ByHand { bot },
            85..=89 => Chaos::Remove { bot },
            90..=94 => Chaos::Ask { bot },
            95..=99 => Chaos::XAway {
                node: self.dice.falls(500).then_some(node),
                ms: *self.dice.one(&[2_000, 30_000, 400_000, 2_400_000]),
            },
            100..=104 => Chaos::Away {
                node: (self.nodes > 1).then_some(node),
                ms: *self.dice.one(&[1_000, 20_000, 90_000, 700_000, 1_500_000]),
            },
            _ => self.clock(node),
        }
    }

    /// Few awaits come early in a round, and a burst has some for each bot.
    fn awaits(&mut self) -> i64 {
        let bots = i64::try_from(self.size.bots).unwrap_or(i64::MAX);
        match self.dice.between(0, 3) {
            0 => self.dice.between(0, 12),
            1 => self.dice.between(0, 60),
            _ => self.dice.between(0, 4 * bots),
        }
    }

    fn down(&mut self) -> i64 {
        *self.dice.one(&[0, 500, 5_000, 40_000, 180_000, 700_000])
    }

    fn copy(&mut self) -> Chaos {
        self.copies += 1;
        Chaos::Copy
    }

    fn restore(&mut self) -> Chaos {
        if self.copies == 0 {
            return self.copy();
        }
        // Mostly a recent one, as people do.
        let back = if self.dice.falls(700) { 1 } else { self.dice.below(self.copies) + 1 };
        Chaos::Restore { back, down_ms: self.down() }
    }

    /// Quiet time is measured by this clock. So where only the timeline stands against a double post,
    /// nobody sets it by more than the protocol allows.
    fn clock(&mut self, node: usize) -> Chaos {
        let off = match self.barrier {
            Barrier::Filter => *self.dice.one(&[0, 3_600_000, -3_600_000, 45_000, -1_500, -40_000]),
            Barrier::Timeline | Barrier::FlakyFilter | Barrier::Neither => {
                *self.dice.one(&[0, 1_500, -1_500, 4_000, -4_000])
            }
        };
        Chaos::SetClock { node, off }
    }
}
