//! Whose keys sign for which bot, small enough for ten thousand bots: bots of one app share its
//! keys.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use domain::model::{BotId, Credentials, Secret};

/// The credentials of every bot on this node.
#[derive(Default)]
pub struct Accounts(HashMap<BotId, Arc<Account>>);

/// One bot's keys.
pub(super) struct Account {
    pub(super) app: Arc<App>,
    pub(super) access_token: Secret,
    pub(super) access_secret: Secret,
}

/// The keys of an X app.
pub(super) struct App {
    pub(super) api_key: Secret,
    pub(super) api_secret: Secret,
}

impl Accounts {
    /// The keys of `bot`, if it has any here.
    pub(super) fn find(&self, bot: &BotId) -> Option<Arc<Account>> {
        self.0.get(bot).cloned()
    }

    /// Forgets the keys of a bot.
    pub(super) fn remove(&mut self, bot: &BotId) {
        self.0.remove(bot);
    }

    /// Keeps the keys of a bot that came later.
    pub(super) fn add(&mut self, bot: &BotId, credentials: Credentials) -> Arc<Account> {
        let mut known = self.0.values().map(|account| &account.app);
        let app = known.find(|app| app.is(&credentials)).cloned();
        let app = app.unwrap_or_else(|| app_of(&credentials));
        let Credentials { access_token, access_secret, .. } = credentials;
        let account = Arc::new(Account { app, access_token, access_secret });
        self.0.insert(bot.clone(), account.clone());
        account
    }
}

impl Account {
    /// What must never stand in a text that someone reads.
    pub(super) fn secrets(&self) -> [&Secret; 4] {
        [&self.app.api_key, &self.app.api_secret, &self.access_token, &self.access_secret]
    }
}

impl App {
    fn is(&self, credentials: &Credentials) -> bool {
        self.api_key.open() == credentials.api_key.open()
            && self.api_secret.open() == credentials.api_secret.open()
    }
}

impl FromIterator<(BotId, Credentials)> for Accounts {
    fn from_iter<I: IntoIterator<Item = (BotId, Credentials)>>(bots: I) -> Self {
        // Keyed by a hash, so that no copy of a secret is left behind in a map.
        let mut apps: HashMap<u64, Arc<App>> = HashMap::new();
        let accounts = bots.into_iter().map(|(bot, credentials)| {
            let known =
                apps.entry(fingerprint(&credentials)).or_insert_with(|| app_of(&credentials));
            let app = if known.is(&credentials) { known.clone() } else { app_of(&credentials) };
            let Credentials { access_token, access_secret, .. } = credentials;
            (bot, Arc::new(Account { app, access_token, access_secret }))
        });
        Self(accounts.collect())
    }
}

fn app_of(credentials: &Credentials) -> Arc<App> {
    Arc::new(App {
        api_key: credentials.api_key.clone(),
        api_secret: credentials.api_secret.clone(),
    })
}

fn fingerprint(credentials: &Credentials) -> u64 {
    let mut hasher = DefaultHasher::new();
    (credentials.api_key.open(), credentials.api_secret.open()).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(app: &str, token: &str) -> Credentials {
        Credentials {
            api_key: Secret::new(format!("{app}-key")),
            api_secret: Secret::new(format!("{app}-secret")),
            access_token: Secret::new(token),
            access_secret: Secret::new(format!("{token}-secret")),
        }
    }

    #[test]
    fn bots_of_one_app_share_its_keys_and_keep_their_own_token() {
        let [ada, bea, cy] = ["ada", "bea", "cy"].map(|id| BotId::try_from(id).unwrap());
        let accounts: Accounts = [
            (ada.clone(), credentials("one", "ada-token")),
            (bea.clone(), credentials("one", "bea-token")),
            (cy.clone(), credentials("two", "cy-token")),
        ]
        .into_iter()
        .collect();
        let of = |bot: &BotId| accounts.find(bot).unwrap();
        assert!(Arc::ptr_eq(&of(&ada).app, &of(&bea).app));
        assert!(!Arc::ptr_eq(&of(&ada).app, &of(&cy).app));
        assert_eq!(of(&bea).access_token.open(), "bea-token");
        assert!(accounts.find(&BotId::try_from("dan").unwrap()).is_none());
    }
}
