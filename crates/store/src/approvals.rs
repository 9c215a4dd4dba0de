//! `approvals`: what people said of posts, only ever appended to. The newest row of a post is the one
//! that counts, and it counts for its bytes under its policy.
//!
//! Every act takes the lock of its post first, so that two people, or a person and a claim, come one
//! after the other; `{approved p}` of the dialect says whether a post may go out.

mod act;
mod edit;
mod expire;
mod list;
mod recall;
mod record;

use async_trait::async_trait;
use domain::model::{BotId, PolicyHash, PostId};
use domain::ports::store::{
    ApprovalAct, ApprovalStore, Draft, Edit, Edited, Rejection, ReviewedPost, Said, StoreError,
};
use jiff::Timestamp;

use crate::db::{Db, in_transaction};
use crate::dialect::Sql;

pub(crate) use act::take_away;
pub(crate) use recall::recall;
pub(crate) use record::{Row, append};

/// The texts of every step.
pub(crate) fn texts() -> Vec<&'static Sql> {
    [&act::TEXTS[..], &edit::TEXTS, &expire::TEXTS, &list::TEXTS, &record::TEXTS, &recall::TEXTS]
        .concat()
}

#[async_trait]
impl ApprovalStore for Db {
    async fn list_drafts(&self, bot: Option<&BotId>, max: u32) -> Result<Vec<Draft>, StoreError> {
        list::drafts(self, bot, max).await
    }

    async fn count_drafts(&self, max: u32) -> Result<Vec<(BotId, u64)>, StoreError> {
        list::counts(self, max).await
    }

    async fn find_reviewed(&self, id: PostId) -> Result<Option<ReviewedPost>, StoreError> {
        list::reviewed(self, id).await
    }

    async fn approve_post(
        &self,
        one: &ApprovalAct,
        policy: &PolicyHash,
        now: Timestamp,
    ) -> Result<Said, StoreError> {
        in_transaction!(self, |tx| act::approve(tx, one, policy, now.as_millisecond()))
    }

    async fn edit_post(&self, edit: &Edit, now: Timestamp) -> Result<Edited, StoreError> {
        let bands = edit::Bands::of(edit);
        in_transaction!(self, |tx| edit::edit(tx, edit, &bands, now.as_millisecond()))
    }

    async fn reject_post(&self, rejection: &Rejection, now: Timestamp) -> Result<Said, StoreError> {
        in_transaction!(self, |tx| act::reject(tx, rejection, now.as_millisecond()))
    }

    async fn expire_drafts(
        &self,
        before: Timestamp,
        reason: &str,
        max: u32,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (before, now) = (before.as_millisecond(), now.as_millisecond());
        in_transaction!(self, |tx| expire::expire(tx, before, (reason, max), now))
    }

    async fn list_rejections(&self, bot: &BotId) -> Result<Vec<String>, StoreError> {
        list::rejections(self, bot).await
    }
}
