//! `attempts`: the intent before the send, the outcome after it, and what was found out later.

use async_trait::async_trait;
use domain::model::{BotId, Fence, PostId, SlotId};
use domain::ports::store::{
    AttemptStore, Begun, Intent, OpenAttempt, SeenPost, Settlement, StoreError, SweepLook,
};
use jiff::Timestamp;

use crate::db::{Db, in_transaction};

pub(crate) mod adopt;
pub(crate) mod begin;
pub(crate) mod charge;
pub(crate) mod open;
pub(crate) mod settle;

#[async_trait]
impl AttemptStore for Db {
    async fn begin_attempts(
        &self,
        intents: &[Intent],
        now: Timestamp,
    ) -> Result<Vec<Begun>, StoreError> {
        in_transaction!(self, |tx| begin::begin_claimed(tx, intents, now))
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: Timestamp,
    ) -> Result<Vec<SlotId>, StoreError> {
        in_transaction!(self, |tx| settle::settle(tx, settlements, now.as_millisecond()))
    }

    async fn take_open_attempts(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<OpenAttempt>, StoreError> {
        in_transaction!(self, |tx| open::take(tx, now.as_millisecond(), fence, max))
    }

    async fn adopt_seen(
        &self,
        bot: &BotId,
        seen: &[SeenPost],
        look: SweepLook,
        now: Timestamp,
    ) -> Result<Option<Vec<PostId>>, StoreError> {
        in_transaction!(self, |tx| adopt::adopt(tx, bot, (seen, look), now.as_millisecond()))
    }
}
