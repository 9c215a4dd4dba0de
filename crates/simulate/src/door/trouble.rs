//! What a call of the store may meet: no database, no room, or a commit of which nobody can say
//! whether it is on the disk.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ports::store::StoreError;

use crate::dice::Dice;
use crate::executor::Owner;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is away.
    Away,
    /// It is full.
    Full,
    /// It took the step, and the answer says that nobody knows.
    DoubtfulDone,
    /// It did not, and the answer says that nobody knows.
    DoubtfulLost,
}

impl Trouble {
    /// The class under which it is counted.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Away => "database unavailable",
            Self::Full => "database full",
            Self::DoubtfulDone => "commit not durable, yet done",
            Self::DoubtfulLost => "commit not durable, and lost",
        }
    }

    /// Whether the step is done all the same.
    pub(crate) fn is_done(self) -> bool {
        self == Self::DoubtfulDone
    }

    /// What the engine is told.
    pub(crate) fn error(self) -> StoreError {
        match self {
            Self::Away => StoreError::Unavailable("the simulator took it away".to_owned()),
            Self::Full => StoreError::Full("the simulator filled it".to_owned()),
            Self::DoubtfulDone | Self::DoubtfulLost => {
                StoreError::NotDurable("the simulator delayed the commit".to_owned())
            }
        }
    }
}

/// The weather of the database.
pub(crate) struct Troubles(Mutex<Weather>);

struct Weather {
    dice: Dice,
    /// So many of a thousand calls.
    per_mille: u64,
    /// Away until then, in true time, from each node.
    away_until: Vec<i64>,
    /// No lease is renewed until then.
    starved_until: i64,
}

impl Troubles {
    /// With these dice, for so many of a thousand calls of so many nodes.
    pub(crate) fn new(dice: Dice, per_mille: u64, nodes: usize) -> Self {
        let away_until = vec![0; nodes];
        Self(Mutex::new(Weather { dice, per_mille, away_until, starved_until: 0 }))
    }

    /// Away until then, from that node or from all.
    pub(crate) fn take_away(&self, from: Option<Owner>, until: i64) {
        for (node, away_until) in self.weather().away_until.iter_mut().enumerate() {
            if from.is_none_or(|from| from == node) {
                *away_until = until;
            }
        }
    }

    /// No lease is renewed until then.
    pub(crate) fn starve(&self, until: i64) {
        self.weather().starved_until = until;
    }

    /// Whether leases cannot be renewed.
    pub(crate) fn starves(&self, now: i64) -> bool {
        now < self.weather().starved_until
    }

    /// No trouble from now on.
    pub(crate) fn calm(&self) {
        let mut weather = self.weather();
        (weather.per_mille, weather.starved_until) = (0, 0);
        weather.away_until.fill(0);
    }

    /// Whether the database is away from that node.
    pub(crate) fn is_away(&self, node: Owner, now: i64) -> bool {
        self.weather().away_until.get(node).is_some_and(|until| now < *until)
    }

    /// What a node's call at this moment meets.
    pub(crate) fn meet(&self, node: Owner, now: i64, is_write: bool) -> Option<Trouble> {
        let mut weather = self.weather();
        if weather.away_until.get(node).is_some_and(|until| now < *until) {
            return Some(Trouble::Away);
        }
        let per_mille = weather.per_mille;
        if per_mille == 0 || !weather.dice.falls(per_mille) {
            return None;
        }
        let troubles: &[Trouble] = if is_write {
            &[Trouble::Away, Trouble::Full, Trouble::DoubtfulDone, Trouble::DoubtfulLost]
        } else {
            &[Trouble::Away]
        };
        Some(*weather.dice.one(troubles))
    }

    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
