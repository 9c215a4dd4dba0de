//! How X misbehaves by itself, within what the protocol assumes of it.

use jiff::SignedDuration;
use sandbox::{DuplicateFilter, FaultRates, Lag, ReadFault, SandboxSettings, SendFault};

use crate::dice::Dice;

/// Stale beyond the bot's newest post, however rarely it posts: the page lacks its anchor, and is known
/// by that. A page that is old by less than that, and by more than ten minutes, is outside the promise.
const FAR_STALE_SECS: u32 = 5_000_000;

/// Which of the two barriers holds. The promise needs one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// X's duplicate filter works; timelines lag as they like, and X may take a request up to 15
    /// minutes late.
    Filter,
    /// X shows what it took within ten minutes of the send; the filter is off.
    Timeline,
    /// The same, and the filter works now and then.
    FlakyFilter,
    /// Neither: what the promise does not cover, and the auditor is for.
    Neither,
}

/// X's own behaviour in an episode.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    /// Which barrier holds.
    pub(crate) barrier: Barrier,
    /// What the sandbox is set to.
    pub(crate) sandbox: SandboxSettings,
}

impl Weather {
    /// As the dice fall.
    pub(crate) fn new(barrier: Barrier, dice: &mut Dice) -> Self {
        let filter = match barrier {
            Barrier::Filter => DuplicateFilter::On,
            Barrier::Timeline | Barrier::Neither => DuplicateFilter::Off,
            Barrier::FlakyFilter => DuplicateFilter::Flaky { misses_per_mille: 500 },
        };
        // Late arrival and lag add up, and so does the age of a stale page.
        let (late_secs, lag_secs, stale_secs) = match barrier {
            Barrier::Filter => (890, 600, 900),
            Barrier::Timeline | Barrier::FlakyFilter => *dice.one(&[
                (0, 580, 0),
                (120, 0, 400),
                (200, 390, 0),
                (60, 5, 100),
                (300, 200, 60),
            ]),
            Barrier::Neither => (0, 1_500, 0),
        };
        let most = SignedDuration::from_secs(dice.between(lag_secs / 2, lag_secs));
        let least = if barrier == Barrier::Neither {
            SignedDuration::from_secs(660)
        } else {
            SignedDuration::ZERO
        };
        let lag = Lag { least, most: most.max(least) };
        let sandbox = SandboxSettings {
            seed: dice.roll(),
            rates: FaultRates {
                send: sends(late_secs, dice),
                timeline: reads(stale_secs),
                me: vec![
                    (20, ReadFault::Status { status: 503 }),
                    (10, ReadFault::Close),
                    (10, ReadFault::BrokenJson),
                ],
                model: Vec::new(),
                ..FaultRates::default()
            },
            lag,
            duplicate_filter: filter,
            duplicate_window: SignedDuration::from_hours(24 * 60),
            limits: sandbox::Limits::none(),
            ..SandboxSettings::default()
        };
        Self { barrier, sandbox }
    }

    /// The faults after history was lost: the anchor is as old as the copy that was put back, so
    /// nothing tells a page of the day before yesterday from a new one. Nor does the promise cover it.
    pub(crate) fn rates_after_loss(&self) -> FaultRates {
        let mut rates = self.sandbox.rates.clone();
        let is_far = |fault: &ReadFault| *fault == ReadFault::StalePage { secs: FAR_STALE_SECS };
        rates.timeline.retain(|(_, fault)| !is_far(fault));
        rates
    }
}

fn secs(dice: &mut Dice, most: i64) -> u32 {
    u32::try_from(dice.between(1, most.max(1))).unwrap_or(1)
}

/// About every seventh send is ambiguous, and in a storm every other.
fn sends(late_secs: i64, dice: &mut Dice) -> Vec<(u32, SendFault)> {
    let mut rates = lost_answers(late_secs, dice);
    let storm = *dice.one(&[1, 2, 3]);
    for (per_mille, _) in &mut rates {
        *per_mille *= storm;
    }
    rates.extend(clear_answers());
    rates
}

/// Nobody knows whether X took it.
fn lost_answers(late_secs: i64, dice: &mut Dice) -> Vec<(u32, SendFault)> {
    let mut rates = vec![
        (40, SendFault::AcceptThenClose),
        (18, SendFault::CloseBeforeAccept),
        (20, SendFault::AcceptThenStatus { status: 503 }),
        (8, SendFault::StatusBeforeAccept { status: 502 }),
        (4, SendFault::StatusBeforeAccept { status: 500 }),
        (8, SendFault::Html { status: 200, accepts: true }),
        (6, SendFault::Html { status: 502, accepts: false }),
        (8, SendFault::BrokenJson),
        (8, SendFault::CutBody),
        (6, SendFault::NoId),
        (4, SendFault::NumericId),
        (4, SendFault::AcceptSlow { secs: 40 }),
    ];
    if late_secs > 0 {
        for _ in 0..3 {
            rates.push((4, SendFault::LateAccept { secs: secs(dice, late_secs) }));
        }
        let slow = secs(dice, late_secs).max(30);
        rates.push((4, SendFault::Slow { secs: slow }));
    }
    rates
}

/// X says what became of it.
fn clear_answers() -> Vec<(u32, SendFault)> {
    vec![
        (4, SendFault::RateLimited { reset_secs: Some(120) }),
        (3, SendFault::RateLimited { reset_secs: None }),
        (2, SendFault::RateLimited { reset_secs: Some(-30) }),
        (2, SendFault::RateLimitedForDay { reset_secs: 4_000 }),
        (2, SendFault::Duplicate),
        (2, SendFault::NotPermitted),
        (1, SendFault::Forbidden),
        (2, SendFault::TooLong),
        (1, SendFault::Unauthorized),
        (1, SendFault::OutOfCreditOld),
        (1, SendFault::OutOfCreditNew),
        (1, SendFault::SpendCapReached),
        (1, SendFault::UsageCapped),
    ]
}

fn reads(stale_secs: i64) -> Vec<(u32, ReadFault)> {
    let mut rates = vec![
        (30, ReadFault::EmptyPage),
        (30, ReadFault::PartialErrors),
        (20, ReadFault::Status { status: 503 }),
        (10, ReadFault::Close),
        (10, ReadFault::BrokenJson),
        (10, ReadFault::Html),
        (8, ReadFault::RateLimited { reset_secs: Some(60) }),
        (3, ReadFault::RateLimited { reset_secs: None }),
        (2, ReadFault::Unauthorized),
        (2, ReadFault::Suspended),
        (2, ReadFault::OutOfCredit),
    ];
    rates.push((10, ReadFault::StalePage { secs: FAR_STALE_SECS }));
    if let Ok(secs @ 1..) = u32::try_from(stale_secs) {
        rates.push((30, ReadFault::StalePage { secs }));
    }
    rates
}
