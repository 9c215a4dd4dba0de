//! Keys that people set while nodes run: read from the database as far as they are new, before bots are
//! claimed.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use domain::model::BotId;
use domain::ports::{CredentialChange, CredentialStore};

use super::accounts::{Account, Accounts};

/// Changes read at once.
const PAGE: u32 = 500;
/// Changes taken in by one look at most: the next look reads on.
const PAGES_MAX: usize = 1000;

/// What is kept, as far as this node has read.
pub(super) struct Kept {
    store: Arc<dyn CredentialStore>,
    accounts: RwLock<Accounts>,
    /// Bots for which something is kept that this node cannot open: they sign with nothing else instead,
    /// which may be another account's.
    locked: RwLock<HashSet<BotId>>,
    /// The number of the last change that was taken in.
    seen: AtomicI64,
}

impl Kept {
    pub(super) fn of(store: Arc<dyn CredentialStore>) -> Self {
        Self {
            store,
            accounts: RwLock::default(),
            locked: RwLock::default(),
            seen: AtomicI64::new(0),
        }
    }

    pub(super) fn find(&self, bot: &BotId) -> Option<Arc<Account>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).find(bot)
    }

    pub(super) fn is_locked(&self, bot: &BotId) -> bool {
        self.locked.read().unwrap_or_else(PoisonError::into_inner).contains(bot)
    }

    /// Reads what is new. A database that does not answer is asked again the next time; nothing is claimed
    /// from it meanwhile.
    pub(super) async fn refresh(&self) {
        for _ in 0..PAGES_MAX {
            let after = self.seen.load(Ordering::Acquire);
            let changes = match self.store.changed_credentials(after, PAGE).await {
                Ok(changes) => changes,
                Err(error) => {
                    tracing::debug!(%error, "Whether credentials were set could not be read");
                    return;
                }
            };
            let Some(last) = changes.last().map(|change| change.number) else { return };
            let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
            let mut locked = self.locked.write().unwrap_or_else(PoisonError::into_inner);
            for change in changes {
                take_in(&mut accounts, &mut locked, change);
            }
            self.seen.fetch_max(last, Ordering::AcqRel);
        }
    }
}

fn take_in(accounts: &mut Accounts, locked: &mut HashSet<BotId>, change: CredentialChange) {
    let bot = &change.bot;
    locked.remove(bot);
    match change.now {
        Ok(Some(credentials)) => {
            accounts.add(bot, credentials);
        }
        Ok(None) => accounts.remove(bot),
        Err(why) => {
            tracing::error!(bot.id = %bot, "This node cannot sign for @{bot}: {why}");
            accounts.remove(bot);
            locked.insert(bot.clone());
        }
    }
}

#[cfg(test)]
mod tests;
