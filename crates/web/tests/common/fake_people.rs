//! Who is let in: a house that nobody owns yet, so that everybody on this machine may look. Accounts,
//! sessions and tokens are tested on a real database (`crates/app/tests/face`).

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::access::{
    Act, ActLine, ApiToken, Link, LinkFor, Role, SecretHash, Session, SessionId, SessionTimes,
    TokenId, User, UserId, UserName,
};
use domain::model::{Bot, BotId, Credentials, KeptCredentials, Secret};
use domain::ports::answers::{AnswerStore, KeptAnswer, Once, OnceKey};
use domain::ports::people::{Login, NewSession, NewToken, NewUser, PeopleStore, Redeemed};
use domain::ports::store::{Store, StoreError};
use domain::ports::{CredentialChange, CredentialStore, CredentialsGone, CredentialsSet};
use domain::rules::access::throttle::Pace;
use jiff::Timestamp;

use super::fake_store::{FakeStore, absent};

#[async_trait]
impl PeopleStore for FakeStore {
    fn acting(&self, act: Act) -> (Arc<dyn Store>, Arc<dyn PeopleStore>) {
        self.rows().acts.push(act);
        let same = Arc::new(self.clone());
        (same.clone(), same)
    }

    async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn list_users(&self, _: u32) -> Result<Vec<User>, StoreError> {
        absent()
    }

    async fn find_login(&self, _: &UserName) -> Result<Option<Login>, StoreError> {
        absent()
    }

    async fn set_role(&self, _: UserId, _: Role, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }

    async fn close_user(&self, _: UserId, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }

    async fn set_password(&self, _: UserId, _: &Secret, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn set_totp(
        &self,
        _: UserId,
        _: Option<&Secret>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        absent()
    }

    async fn use_totp_step(&self, _: UserId, _: i64) -> Result<bool, StoreError> {
        absent()
    }

    async fn add_link(&self, _: &Link, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn find_link(
        &self,
        _: &SecretHash,
        _: Timestamp,
    ) -> Result<Option<(LinkFor, Role, Option<UserName>)>, StoreError> {
        absent()
    }

    async fn redeem_link(
        &self,
        _: &SecretHash,
        _: &NewUser,
        _: Timestamp,
    ) -> Result<Redeemed, StoreError> {
        absent()
    }

    async fn take_tries(
        &self,
        _: &[(String, Pace)],
        _: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        absent()
    }

    async fn add_device(&self, _: UserId, _: &SecretHash, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn knows_device(&self, _: UserId, _: &SecretHash) -> Result<bool, StoreError> {
        absent()
    }

    async fn open_session(
        &self,
        _: &NewSession,
        _: Option<SessionId>,
        _: &SessionTimes,
        _: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        absent()
    }

    async fn find_session(
        &self,
        _: &SecretHash,
        _: &SessionTimes,
        _: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn note_seen(&self, _: SessionId, _: &str, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn list_sessions(
        &self,
        _: UserId,
        _: &SessionTimes,
        _: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        absent()
    }

    async fn end_session(&self, _: UserId, _: SessionId) -> Result<bool, StoreError> {
        absent()
    }

    async fn add_token(&self, _: &NewToken, _: Timestamp) -> Result<TokenId, StoreError> {
        absent()
    }

    async fn find_token(&self, _: TokenId) -> Result<Option<(ApiToken, SecretHash)>, StoreError> {
        Ok(None)
    }

    async fn note_token_use(&self, _: TokenId, _: Timestamp) -> Result<(), StoreError> {
        absent()
    }

    async fn list_tokens(&self, _: u32) -> Result<Vec<ApiToken>, StoreError> {
        absent()
    }

    async fn revoke_token(&self, _: TokenId, _: Timestamp) -> Result<bool, StoreError> {
        absent()
    }

    async fn note_act(&self, _: &Act) -> Result<(), StoreError> {
        absent()
    }

    async fn list_acts(&self, _: i64, _: u32) -> Result<Vec<ActLine>, StoreError> {
        absent()
    }

    async fn list_acts_on(&self, _: &str, _: u32) -> Result<Vec<ActLine>, StoreError> {
        absent()
    }

    async fn head_of_acts(&self) -> Result<(i64, String), StoreError> {
        absent()
    }
}

/// No page sends a key.
#[async_trait]
impl CredentialStore for FakeStore {
    fn can_seal(&self) -> bool {
        false
    }

    async fn set_credentials(
        &self,
        _: (&Bot, &str),
        _: &Credentials,
        _: &str,
        _: Timestamp,
    ) -> Result<CredentialsSet, StoreError> {
        Ok(CredentialsSet::NoKey)
    }

    async fn remove_credentials(
        &self,
        _: (&Bot, &str),
        _: &str,
        _: Timestamp,
    ) -> Result<CredentialsGone, StoreError> {
        Ok(CredentialsGone::Nothing)
    }

    async fn find_credentials(&self, _: &BotId) -> Result<Option<KeptCredentials>, StoreError> {
        Ok(None)
    }

    async fn list_credentials(
        &self,
        _: Option<&BotId>,
        _: u32,
    ) -> Result<Vec<KeptCredentials>, StoreError> {
        Ok(Vec::new())
    }

    async fn changed_credentials(
        &self,
        _: i64,
        _: u32,
    ) -> Result<Vec<CredentialChange>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl AnswerStore for FakeStore {
    async fn begin_once(&self, _: &OnceKey, _: Timestamp) -> Result<Once, StoreError> {
        absent()
    }

    async fn keep_answer(&self, _: &OnceKey, _: &KeptAnswer) -> Result<(), StoreError> {
        absent()
    }

    async fn forget_once(&self, _: &OnceKey) -> Result<(), StoreError> {
        absent()
    }
}
