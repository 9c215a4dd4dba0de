//! Who is let in, and what is kept of what they did. The pages and the command line ask this; the engine
//! never does.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::CredentialStore;
use super::answers::AnswerStore;
use super::store::{Store, StoreError};
use crate::model::Secret;
use crate::model::access::{
    Act, ActLine, ApiToken, Link, LinkFor, Rights, Role, SecretHash, Session, SessionId,
    SessionTimes, TokenId, User, UserId, UserName,
};
use crate::rules::access::throttle::Pace;

/// What is compared when somebody logs in.
#[derive(Clone)]
pub struct Login {
    /// Who.
    pub user: User,
    /// argon2id, as a PHC string.
    pub password_hash: Secret,
    /// The second factor's key, in base32.
    pub totp: Option<Secret>,
    /// The step of the last code that was taken: each counts once.
    pub totp_step: i64,
}

/// Somebody who joins by a link.
#[derive(Clone)]
pub struct NewUser {
    /// Name.
    pub name: UserName,
    /// argon2id, as a PHC string.
    pub password_hash: Secret,
}

/// What became of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was good; this person may log in now.
    Done(UserId),
    /// Nobody made it, it was used or is too old.
    Spent,
    /// The name is somebody else's.
    NameTaken,
}

/// A session that begins.
#[derive(Clone)]
pub struct NewSession {
    /// Of the secret in the cookie.
    pub hash: SecretHash,
    /// Whose.
    pub user: UserId,
    /// The hash of the password that was shown.
    pub password_hash: Secret,
    /// What its forms carry.
    pub csrf: String,
    /// From where.
    pub address: String,
    /// What the browser says that it is.
    pub agent: String,
}

/// A token that is made.
#[derive(Clone)]
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// Of its secret.
    pub hash: SecretHash,
    /// Its scopes.
    pub rights: Rights,
    /// Who made it.
    pub created_by: String,
    /// It is worth nothing from then on.
    pub expires_at: Timestamp,
}

/// People, what they hold, and what they did.
///
/// What changes something and is asked for by somebody goes through [`PeopleStore::acting`], so that it
/// stands in the audit log.
#[async_trait]
pub trait PeopleStore: AnswerStore + CredentialStore + Send + Sync {
    /// The same database in somebody's name: each transaction through it that changes something appends
    /// a line to the audit log.
    fn acting(&self, act: Act) -> (Arc<dyn Store>, Arc<dyn PeopleStore>);

    /// Whether anybody may log in.
    async fn has_users(&self) -> Result<bool, StoreError>;

    /// Everybody, by name; at most `max`.
    async fn list_users(&self, max: u32) -> Result<Vec<User>, StoreError>;

    /// The person of that name.
    async fn find_login(&self, name: &UserName) -> Result<Option<Login>, StoreError>;

    /// Another role. Tokens and links that the person made go, unless the role is the owner's. `false`: no
    /// such person, or nobody would be left who owns the house.
    async fn set_role(&self, user: UserId, role: Role, now: Timestamp) -> Result<bool, StoreError>;

    /// The person may not log in any more; all sessions end, and tokens and links that the person made go.
    /// `false` as above.
    async fn close_user(&self, user: UserId, now: Timestamp) -> Result<bool, StoreError>;

    /// Another password; all sessions end.
    async fn set_password(
        &self,
        user: UserId,
        hash: &Secret,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// A second factor, or none. All other sessions stay.
    async fn set_totp(
        &self,
        user: UserId,
        key: Option<&Secret>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The code of that step is used up. `false`: it, or a later one, was before.
    async fn use_totp_step(&self, user: UserId, step: i64) -> Result<bool, StoreError>;

    /// Keeps a link. Links that are too old go; one for the same person takes the place of an earlier one.
    async fn add_link(&self, link: &Link, now: Timestamp) -> Result<(), StoreError>;

    /// What a link is good for, and in whose name.
    async fn find_link(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(LinkFor, Role, Option<UserName>)>, StoreError>;

    /// A link is used: somebody joins, or has a new password. For a reset the name is the one that was,
    /// the second factor goes, and all sessions end.
    async fn redeem_link(
        &self,
        hash: &SecretHash,
        new: &NewUser,
        now: Timestamp,
    ) -> Result<Redeemed, StoreError>;

    /// Takes a try from each of these buckets, or from none: then when all may have one.
    async fn take_tries(
        &self,
        buckets: &[(String, Pace)],
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError>;

    /// Remembers a browser that was let in; at most some for each person, the newest.
    async fn add_device(
        &self,
        user: UserId,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Whether that browser was let in before as that person.
    async fn knows_device(&self, user: UserId, hash: &SecretHash) -> Result<bool, StoreError>;

    /// A session begins, and one that it takes the place of ends. Sessions that are over go. `None`: the
    /// person has another password by now, or is closed, and what was shown is worth nothing.
    async fn open_session(
        &self,
        new: &NewSession,
        instead_of: Option<SessionId>,
        times: &SessionTimes,
        now: Timestamp,
    ) -> Result<Option<SessionId>, StoreError>;

    /// The session of that secret, if it lives.
    async fn find_session(
        &self,
        hash: &SecretHash,
        times: &SessionTimes,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError>;

    /// It was used, from there; kept to the minute.
    async fn note_seen(
        &self,
        session: SessionId,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The sessions of a person that live, newest first.
    async fn list_sessions(
        &self,
        user: UserId,
        times: &SessionTimes,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends a session of that person. `false`: there is none.
    async fn end_session(&self, user: UserId, session: SessionId) -> Result<bool, StoreError>;

    /// A new token.
    async fn add_token(&self, new: &NewToken, now: Timestamp) -> Result<TokenId, StoreError>;

    /// A token and the hash of its secret.
    async fn find_token(&self, id: TokenId) -> Result<Option<(ApiToken, SecretHash)>, StoreError>;

    /// It was used; kept to the minute.
    async fn note_token_use(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError>;

    /// All tokens, newest first; at most `max`.
    async fn list_tokens(&self, max: u32) -> Result<Vec<ApiToken>, StoreError>;

    /// Takes a token back. `false`: there is none, or it was before.
    async fn revoke_token(&self, id: TokenId, now: Timestamp) -> Result<bool, StoreError>;

    /// A line that stands for itself: somebody was let in, or not. Everything else is kept with what it
    /// changes.
    async fn note_act(&self, act: &Act) -> Result<(), StoreError>;

    /// Lines of the audit log after number `after`, oldest first; at most `max`.
    async fn list_acts(&self, after: i64, max: u32) -> Result<Vec<ActLine>, StoreError>;

    /// The newest lines about that object, newest first; at most `max`.
    async fn list_acts_on(&self, object: &str, max: u32) -> Result<Vec<ActLine>, StoreError>;

    /// The number and hash of the last line that was written.
    async fn head_of_acts(&self) -> Result<(i64, String), StoreError>;
}
