//! `users`, `sessions`, `api_tokens` and what goes with them: who is let in. `audit_log`: what they did.

mod acts;
mod links;
mod sessions;
mod tokens;
mod tries;
mod users;

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::Secret;
use domain::model::access::{
    Act, ActLine, ApiToken, Link, LinkFor, Role, SecretHash, Session, SessionId, SessionTimes,
    TokenId, User, UserId, UserName,
};
use domain::ports::people::{Login, NewSession, NewToken, NewUser, PeopleStore, Redeemed};
use domain::ports::store::{Store, StoreError};
use domain::rules::access::throttle::Pace;
use jiff::Timestamp;

use crate::db::{Db, in_transaction};
use crate::dialect::Sql;

pub(crate) use acts::append;
pub(crate) use users::place as place_of_second;

/// The texts of every step.
pub(crate) fn texts() -> Vec<&'static Sql> {
    [
        &acts::TEXTS[..],
        &links::TEXTS,
        &sessions::TEXTS,
        &tokens::TEXTS,
        &tries::TEXTS,
        &users::TEXTS,
    ]
    .concat()
}

impl Db {
    /// The same database in somebody's name: each transaction through it that changes something appends a
    /// line to the audit log.
    #[must_use]
    pub fn signed(&self, act: Act) -> Self {
        Self { act: Some(Arc::new(act)), ..self.clone() }
    }
}

#[async_trait]
impl PeopleStore for Db {
    fn acting(&self, act: Act) -> (Arc<dyn Store>, Arc<dyn PeopleStore>) {
        let signed = self.signed(act);
        (Arc::new(signed.clone()), Arc::new(signed))
    }

    async fn has_users(&self) -> Result<bool, StoreError> {
        users::is_any(self).await
    }

    async fn list_users(&self, max: u32) -> Result<Vec<User>, StoreError> {
        users::list(self, max).await
    }

    async fn find_login(&self, name: &UserName) -> Result<Option<Login>, StoreError> {
        users::find(self, name).await
    }

    async fn set_role(&self, user: UserId, role: Role, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| users::set_role(tx, user.0, role, now.as_millisecond()))
    }

    async fn close_user(&self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| users::close(tx, user.0, now.as_millisecond()))
    }

    async fn set_password(
        &self,
        user: UserId,
        hash: &Secret,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| users::set_password(tx, user.0, hash, now.as_millisecond()))
    }

    async fn set_totp(
        &self,
        user: UserId,
        key: Option<&Secret>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = users::seal_totp(&self.ring, user.0, key)?;
        let now = now.as_millisecond();
        in_transaction!(self, |tx| users::set_totp(tx, user.0, key.as_deref(), now))
    }

    async fn use_totp_step(&self, user: UserId, step: i64) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| users::use_step(tx, user.0, step))
    }

    async fn add_link(&self, link: &Link, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| links::add(tx, link, now.as_millisecond()))
    }

    async fn find_link(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(LinkFor, Role, Option<UserName>)>, StoreError> {
        links::find(self, hash, now.as_millisecond()).await
    }

    async fn redeem_link(
        &self,
        hash: &SecretHash,
        new: &NewUser,
        now: Timestamp,
    ) -> Result<Redeemed, StoreError> {
        in_transaction!(self, |tx| links::redeem(tx, hash, new, now.as_millisecond()))
    }

    async fn take_tries(
        &self,
        buckets: &[(String, Pace)],
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        in_transaction!(self, |tx| tries::take(tx, buckets, now))
    }

    async fn add_device(
        &self,
        user: UserId,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| tries::add_device(tx, user.0, hash, now.as_millisecond()))
    }

    async fn knows_device(&self, user: UserId, hash: &SecretHash) -> Result<bool, StoreError> {
        tries::knows_device(self, user.0, hash).await
    }

    async fn open_session(
        &self,
        new: &NewSession,
        instead_of: Option<SessionId>,
        times: &SessionTimes,
        now: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        let instead_of = instead_of.map(|session| session.0);
        in_transaction!(self, |tx| sessions::open(tx, new, instead_of, (times, now)))
    }

    async fn find_session(
        &self,
        hash: &SecretHash,
        times: &SessionTimes,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        sessions::find(self, hash, (times, now)).await
    }

    async fn note_seen(
        &self,
        session: SessionId,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        in_transaction!(self, |tx| sessions::note_seen(tx, session.0, address, now))
    }

    async fn list_sessions(
        &self,
        user: UserId,
        times: &SessionTimes,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        sessions::list(self, user.0, (times, now)).await
    }

    async fn end_session(&self, user: UserId, session: SessionId) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| sessions::end(tx, user.0, session.0))
    }

    async fn add_token(&self, new: &NewToken, now: Timestamp) -> Result<TokenId, StoreError> {
        in_transaction!(self, |tx| tokens::add(tx, new, now.as_millisecond()))
    }

    async fn find_token(&self, id: TokenId) -> Result<Option<(ApiToken, SecretHash)>, StoreError> {
        tokens::find(self, id.0).await
    }

    async fn note_token_use(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self, |tx| tokens::note_use(tx, id.0, now.as_millisecond()))
    }

    async fn list_tokens(&self, max: u32) -> Result<Vec<ApiToken>, StoreError> {
        tokens::list(self, max).await
    }

    async fn revoke_token(&self, id: TokenId, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| tokens::revoke(tx, id.0, now.as_millisecond()))
    }

    async fn note_act(&self, act: &Act) -> Result<(), StoreError> {
        // It stands for itself: nothing is signed beside it.
        let plain = Self { act: None, ..self.clone() };
        in_transaction!(plain, |tx| append(tx, act))
    }

    async fn list_acts(&self, after: i64, max: u32) -> Result<Vec<ActLine>, StoreError> {
        acts::list(self, after, max).await
    }

    async fn list_acts_on(&self, object: &str, max: u32) -> Result<Vec<ActLine>, StoreError> {
        acts::list_on(self, object, max).await
    }

    async fn head_of_acts(&self) -> Result<(i64, String), StoreError> {
        acts::head(self).await
    }
}
