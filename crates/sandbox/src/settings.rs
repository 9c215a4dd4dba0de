//! How a sandbox is set up.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::faults::{BulkFault, FaultRates, ModelFault, ModerationFault, ReadFault, SendFault};
use crate::{DuplicateFilter, Limits, Vocabularies};

/// How late an accepted post shows on its timeline: between the two, by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// The least.
    pub least: SignedDuration,
    /// The most.
    pub most: SignedDuration,
}

impl Lag {
    /// Always the same.
    pub fn fixed(lag: SignedDuration) -> Self {
        Self { least: lag, most: lag }
    }
}

/// How much goes wrong by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// Nothing.
    #[default]
    Calm,
    /// A few faults, so that a person watching sees some within minutes.
    Demo,
    /// About every third request.
    Storm,
}

impl Weather {
    /// The rates it stands for.
    pub fn rates(self) -> FaultRates {
        match self {
            Self::Calm => FaultRates::default(),
            Self::Demo => FaultRates {
                send: vec![
                    (40, SendFault::AcceptThenClose),
                    (20, SendFault::AcceptThenStatus { status: 503 }),
                    (10, SendFault::CloseBeforeAccept),
                    (15, SendFault::RateLimited { reset_secs: Some(20) }),
                    (10, SendFault::Html { status: 502, accepts: true }),
                    (15, SendFault::AcceptSlow { secs: 3 }),
                ],
                timeline: vec![(30, ReadFault::Status { status: 503 }), (20, ReadFault::EmptyPage)],
                me: Vec::new(),
                model: vec![
                    (50, ModelFault::Duplicates),
                    (40, ModelFault::TooLong),
                    (40, ModelFault::Garbage),
                    (20, ModelFault::RateLimited { after_secs: Some(5) }),
                ],
                moderation: Vec::new(),
                bulk: Vec::new(),
            },
            Self::Storm => storm(),
        }
    }
}

fn storm() -> FaultRates {
    FaultRates {
        send: vec![
            (70, SendFault::AcceptThenClose),
            (40, SendFault::CloseBeforeAccept),
            (40, SendFault::AcceptThenStatus { status: 503 }),
            (30, SendFault::StatusBeforeAccept { status: 503 }),
            (30, SendFault::LateAccept { secs: 120 }),
            (20, SendFault::AcceptSlow { secs: 40 }),
            (20, SendFault::Slow { secs: 40 }),
            (20, SendFault::RateLimited { reset_secs: Some(60) }),
            (10, SendFault::RateLimited { reset_secs: None }),
            (20, SendFault::Html { status: 502, accepts: true }),
            (10, SendFault::Html { status: 200, accepts: true }),
            (10, SendFault::BrokenJson),
            (10, SendFault::CutBody),
            (10, SendFault::NoId),
        ],
        timeline: vec![
            (80, ReadFault::Status { status: 503 }),
            (60, ReadFault::EmptyPage),
            (60, ReadFault::StalePage { secs: 300 }),
            (40, ReadFault::PartialErrors),
            (30, ReadFault::RateLimited { reset_secs: Some(30) }),
            (20, ReadFault::Close),
        ],
        me: vec![(50, ReadFault::Status { status: 503 })],
        model: vec![
            (60, ModelFault::Garbage),
            (60, ModelFault::TooLong),
            (40, ModelFault::Refusal),
            (60, ModelFault::Duplicates),
            (40, ModelFault::Chatter),
            (40, ModelFault::RateLimited { after_secs: Some(10) }),
            (30, ModelFault::Status { status: 503 }),
            (20, ModelFault::Empty),
            (20, ModelFault::CutJson),
            (20, ModelFault::Odd),
        ],
        moderation: vec![
            (80, ModerationFault::Status { status: 503 }),
            (60, ModerationFault::Close),
            (60, ModerationFault::RateLimited { after_secs: Some(10) }),
            (40, ModerationFault::Garbage),
            (40, ModerationFault::Miscounted),
        ],
        bulk: vec![
            (60, BulkFault::Status { status: 503 }),
            (40, BulkFault::CloseBefore),
            (40, BulkFault::CloseAfter),
            (40, BulkFault::PartialErrors),
            (20, BulkFault::Expires),
            (20, BulkFault::Fails),
        ],
    }
}

/// Everything a sandbox is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSettings {
    /// Decides every chance.
    pub seed: u64,
    /// How often faults happen by themselves.
    pub rates: FaultRates,
    /// How late posts show on timelines.
    pub lag: Lag,
    /// The duplicate filter.
    pub duplicate_filter: DuplicateFilter,
    /// How far back the duplicate filter looks.
    pub duplicate_window: SignedDuration,
    /// X's rate windows.
    pub limits: Limits,
    /// Old or new field names.
    pub vocabularies: Vocabularies,
    /// Whether an unknown bot or token gets an account on first sight. Off: it gets 401.
    pub is_open: bool,
    /// Whether a signature over the URL without its port is believed as well. RFC 5849 wants the
    /// port unless it is the scheme's own; some clients leave it out, which nobody notices at X.
    pub forgives_missing_port: bool,
    /// How far the `Date` header is off.
    pub date_skew: SignedDuration,
    /// What every answer over HTTP takes at least; for benchmarks.
    pub latency: Duration,
    /// Where the truth log is appended, as JSON Lines.
    pub truth_path: Option<PathBuf>,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            rates: FaultRates::default(),
            lag: Lag::default(),
            duplicate_filter: DuplicateFilter::On,
            duplicate_window: SignedDuration::from_hours(24),
            limits: Limits::default(),
            vocabularies: Vocabularies::default(),
            is_open: true,
            forgives_missing_port: false,
            date_skew: SignedDuration::ZERO,
            latency: Duration::ZERO,
            truth_path: None,
        }
    }
}

impl SandboxSettings {
    /// The given weather, seed, and otherwise the defaults.
    pub fn with_weather(weather: Weather, seed: u64) -> Self {
        Self { seed, rates: weather.rates(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_weather_asks_for_more_than_a_thousand_of_a_thousand() {
        for weather in [Weather::Calm, Weather::Demo, Weather::Storm] {
            let rates = weather.rates();
            let sums = [
                rates.send.iter().map(|rate| rate.0).sum::<u32>(),
                rates.timeline.iter().map(|rate| rate.0).sum(),
                rates.me.iter().map(|rate| rate.0).sum(),
                rates.model.iter().map(|rate| rate.0).sum(),
                rates.moderation.iter().map(|rate| rate.0).sum(),
                rates.bulk.iter().map(|rate| rate.0).sum(),
            ];
            assert!(sums.into_iter().all(|sum| sum < 1000), "{weather:?}: {sums:?}");
        }
    }
}
