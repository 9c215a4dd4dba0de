//! Budgets: what may be spent, what is, and what is promised to a model.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{BotId, Budget, BudgetShut, Budgets, Fence, MicroUsd, Purse, ReservationId};
use crate::rules::budget::{Level, Wish};

/// Money for one request to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelWish {
    /// For whom it writes.
    pub bot: BotId,
    /// The node that asks; `None` for a command, which has no lease.
    pub fence: Option<Fence>,
    /// The most that the request can cost.
    pub wish: Wish,
}

/// The answer to a [`ModelWish`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is there, and counts as gone until it is settled.
    Granted {
        /// Its number.
        id: ReservationId,
        /// The worst level before it.
        level: Level,
    },
    /// It is not.
    Refused(BudgetShut),
}

/// A reservation that nobody settled, and that was written off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOff {
    /// Which one.
    pub id: ReservationId,
    /// Whose.
    pub bot: BotId,
    /// What counts as spent now.
    pub amount: MicroUsd,
}

/// What a post of a bot was like, for a forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCost {
    /// Its text, which has a link or not.
    pub text: String,
    /// What the model took for it; `None` where none wrote it.
    pub generation: Option<MicroUsd>,
}

/// Budgets.
#[async_trait]
pub trait BudgetStore: Send + Sync {
    /// Makes the caps be exactly these, of all bots that there are, and wakes what waited for money. The
    /// last call wins, whichever node makes it.
    async fn sync_budgets(&self, budgets: &Budgets, now: Timestamp) -> Result<(), StoreError>;

    /// Reserves money for a request to a model, if every cap of its bot has room for it: checked in the
    /// transaction that stores it, so that of two who want the last cent one gets it.
    async fn reserve_model(&self, wish: &ModelWish, now: Timestamp)
    -> Result<Reserved, StoreError>;

    /// The bill of a request for a bot that brings no post of its own, such as an opinion on a text:
    /// settles what was reserved, or counts what nobody reserved. What was settled before, or written
    /// off, stays so.
    async fn settle_model(
        &self,
        bot: &BotId,
        reservation: Option<ReservationId>,
        cost: MicroUsd,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Writes off up to `max` reservations that nobody will settle: made before `before`, or by a node
    /// whose lease is over. They count as spent, and the ledger says why.
    async fn write_off_reservations(
        &self,
        before: Timestamp,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<WrittenOff>, StoreError>;

    /// The budgets of bots after `after`, by name, both purses of each, as they are on that day.
    async fn list_bot_budgets(
        &self,
        after: Option<&BotId>,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Budget>, StoreError>;

    /// The budgets of all bots together and of each app.
    async fn list_shared_budgets(&self, now: Timestamp) -> Result<Vec<Budget>, StoreError>;

    /// The budgets that a bot's spending counts against: its own, its app's, and that of all bots.
    async fn list_budgets_of(&self, bot: &BotId, now: Timestamp)
    -> Result<Vec<Budget>, StoreError>;

    /// Up to `max` budgets of which so many percent are gone.
    async fn list_tight_budgets(
        &self,
        percent: i64,
        max: u32,
        now: Timestamp,
    ) -> Result<Vec<Budget>, StoreError>;

    /// What is reserved and not settled, of each purse.
    async fn list_reserved(&self) -> Result<Vec<(Purse, MicroUsd)>, StoreError>;

    /// The newest posts of a bot, for a forecast.
    async fn list_past_costs(&self, bot: &BotId, max: u32) -> Result<Vec<PastCost>, StoreError>;
}
