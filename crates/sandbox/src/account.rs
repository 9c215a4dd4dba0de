//! The accounts that the fake X knows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::model::{Secret, XUserId};

use crate::chance::{mix, number_of};
use crate::limits::UserWindows;
use crate::timeline::Timeline;

/// Accounts that one world holds.
pub(crate) const ACCOUNTS_MAX: usize = 50_000;

/// Nonces remembered per account. X's memory is unknown; a client that repeats one at all repeats
/// it soon.
const NONCES_MAX: usize = 256;

/// Ids of accounts made here start there: short, as the ids of old accounts are.
const FIRST_USER_ID: u64 = 4_000_000_000;

/// The four OAuth 1.0a values of an account.
#[derive(Clone)]
pub struct Keys {
    /// The app's key; also names the app.
    pub consumer_key: String,
    /// The app's secret.
    pub consumer_secret: Secret,
    /// The user's token.
    pub token: String,
    /// The user's secret.
    pub token_secret: Secret,
}

/// An account to be made.
#[derive(Clone)]
pub struct Registration {
    /// Its handle, without `@`; in process it is the bot's id.
    pub username: String,
    /// Its keys. Without them every signature is believed.
    pub keys: Option<Keys>,
    /// A bearer token that stands for the user (OAuth 2.0 user context).
    pub user_bearer: Option<String>,
}

/// One account.
pub struct Account {
    pub(crate) id: XUserId,
    pub(crate) username: String,
    pub(crate) app: String,
    pub(crate) keys: Option<Keys>,
    state: Mutex<AccountState>,
}

/// What changes about an account. Its lock is held for microseconds and never across an await.
#[derive(Default)]
pub(crate) struct AccountState {
    pub(crate) timeline: Timeline,
    pub(crate) windows: UserWindows,
    /// X no longer takes its token.
    pub(crate) is_revoked: bool,
    nonces: VecDeque<u64>,
    draws: u64,
}

impl Account {
    /// X's id of it.
    pub fn id(&self) -> &XUserId {
        &self.id
    }

    /// Its handle.
    pub fn username(&self) -> &str {
        &self.username
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, AccountState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccountState {
    /// The account's next chance. Counted per account, so that the order in which accounts come
    /// does not change what happens to each.
    pub(crate) fn draw(&mut self, seed: u64, username: &str) -> u64 {
        self.draws += 1;
        mix(&[seed, number_of(username), self.draws])
    }

    /// Whether the nonce is new; it is remembered.
    pub(crate) fn takes_nonce(&mut self, nonce: &str) -> bool {
        let number = number_of(nonce);
        if self.nonces.contains(&number) {
            return false;
        }
        if self.nonces.len() == NONCES_MAX {
            self.nonces.pop_front();
        }
        self.nonces.push_back(number);
        true
    }
}

/// All accounts, by each of their names.
#[derive(Default)]
pub(crate) struct Accounts {
    by_name: HashMap<String, Arc<Account>>,
    by_token: HashMap<String, Arc<Account>>,
    by_bearer: HashMap<String, Arc<Account>>,
    by_id: HashMap<XUserId, Arc<Account>>,
    in_order: Vec<Arc<Account>>,
}

impl Accounts {
    pub(crate) fn named(&self, username: &str) -> Option<&Arc<Account>> {
        self.by_name.get(username)
    }

    pub(crate) fn with_token(&self, token: &str) -> Option<&Arc<Account>> {
        self.by_token.get(token)
    }

    pub(crate) fn with_bearer(&self, bearer: &str) -> Option<&Arc<Account>> {
        self.by_bearer.get(bearer)
    }

    pub(crate) fn with_id(&self, id: &XUserId) -> Option<&Arc<Account>> {
        self.by_id.get(id)
    }

    pub(crate) fn in_order(&self) -> &[Arc<Account>] {
        &self.in_order
    }

    /// Makes an account, or gives the one that already has this name. `None` when the world is
    /// full.
    pub(crate) fn register(&mut self, registration: Registration) -> Option<Arc<Account>> {
        if let Some(known) = self.by_name.get(&registration.username) {
            return Some(Arc::clone(known));
        }
        if self.in_order.len() == ACCOUNTS_MAX {
            return None;
        }
        let number = FIRST_USER_ID + self.in_order.len() as u64;
        let id = XUserId::try_from(number.to_string()).expect("a number has digits only");
        let account = Arc::new(Account {
            id: id.clone(),
            username: registration.username.clone(),
            app: registration
                .keys
                .as_ref()
                .map_or_else(|| "sandbox".to_owned(), |keys| keys.consumer_key.clone()),
            keys: registration.keys.clone(),
            state: Mutex::default(),
        });
        if let Some(keys) = registration.keys {
            self.by_token.insert(keys.token, Arc::clone(&account));
        }
        if let Some(bearer) = registration.user_bearer {
            self.by_bearer.insert(bearer, Arc::clone(&account));
        }
        self.by_name.insert(registration.username, Arc::clone(&account));
        self.by_id.insert(id, Arc::clone(&account));
        self.in_order.push(Arc::clone(&account));
        Some(account)
    }

    /// Remembers a token that was seen for the first time.
    pub(crate) fn know_token(&mut self, token: &str, account: &Arc<Account>) {
        self.by_token.insert(token.to_owned(), Arc::clone(account));
    }

    /// Remembers a bearer token that was seen for the first time.
    pub(crate) fn know_bearer(&mut self, bearer: &str, account: &Arc<Account>) {
        self.by_bearer.insert(bearer.to_owned(), Arc::clone(account));
    }
}
