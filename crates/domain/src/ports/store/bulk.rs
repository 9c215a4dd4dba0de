//! Orders in bulk, and what becomes of them.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use crate::model::{
    BotId, BudgetShut, BulkId, BulkStage, Fence, MicroUsd, PersonaVersion, ReservationId,
};
use crate::ports::BulkRequest;

/// A node that takes longer for one step of an order has lost it: another one may go on.
pub const BULK_STEP_MAX: SignedDuration = SignedDuration::from_mins(15);

/// An order to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBulk {
    /// For whom.
    pub bot: BotId,
    /// The node that hands it in.
    pub fence: Fence,
    /// Which state of the bot's persona asks.
    pub persona_version: PersonaVersion,
    /// The model that writes.
    pub model: String,
    /// What is asked.
    pub requests: Vec<BulkRequest>,
    /// The most that it can cost.
    pub amount: MicroUsd,
    /// Whether it may be more, because nobody knows the price: no cap lets that be ordered.
    pub is_unpriced: bool,
    /// The bot's queue is not looked at before.
    pub refill_at: Timestamp,
}

/// An order that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOrder {
    /// Row id.
    pub id: BulkId,
    /// For whom.
    pub bot: BotId,
    /// Which state of the bot's persona asked.
    pub persona_version: PersonaVersion,
    /// The model that writes.
    pub model: String,
    /// What is asked.
    pub requests: Vec<BulkRequest>,
    /// How far it is.
    pub stage: BulkStage,
    /// The money for it, which waits for its bill however long it takes.
    pub reservation: ReservationId,
    /// How much that is.
    pub amount: MicroUsd,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it is looked at next.
    pub look_at: Timestamp,
    /// What went wrong last, in one sentence.
    pub detail: Option<String>,
}

/// What became of a [`NewBulk`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenedBulk {
    /// It is made, and its money is reserved.
    Made(Box<BulkOrder>),
    /// There is no money for it.
    Refused(BudgetShut),
    /// The bot has one already.
    Exists,
}

/// What a step of an order came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkNote {
    /// The order.
    pub id: BulkId,
    /// The node that has it.
    pub fence: Fence,
    /// How far it is now.
    pub stage: BulkStage,
    /// When to look again.
    pub look_at: Timestamp,
    /// What went wrong, if anything did.
    pub detail: Option<String>,
}

/// Orders in bulk. A bot has at most one; one node at a time has it in its hands.
#[async_trait]
pub trait BulkStore: Send + Sync {
    /// Makes an order and reserves its money, in one transaction, and lets go of the bot's queue until
    /// `refill_at`. It is in the hands of its node for [`BULK_STEP_MAX`].
    async fn open_bulk(&self, new: &NewBulk, now: Timestamp) -> Result<OpenedBulk, StoreError>;

    /// Takes orders that are to be looked at, longest waiting first, for `fence`: no other node gets
    /// them before [`BULK_STEP_MAX`] has passed or a note says so.
    async fn take_bulk(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<BulkOrder>, StoreError>;

    /// Keeps what a step came to. `false`: another node has the order, or it is settled, and nothing
    /// was written.
    async fn note_bulk(&self, note: &BulkNote) -> Result<bool, StoreError>;

    /// Ends an order with its bill, of which zero gives all of the money back, and lets the bot's queue
    /// be filled again. `false` as in [`BulkStore::note_bulk`].
    async fn end_bulk(
        &self,
        id: BulkId,
        fence: Fence,
        cost: MicroUsd,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The order of a bot, if it has one.
    async fn find_bulk(&self, bot: &BotId) -> Result<Option<BulkId>, StoreError>;

    /// A queue that waits for its order is not looked at before `until`; it counts as no refill.
    async fn await_bulk(
        &self,
        bot: &BotId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Orders that are not settled, oldest first.
    async fn list_bulk(&self, max: u32) -> Result<Vec<BulkOrder>, StoreError>;
}
