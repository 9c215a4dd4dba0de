//! What people set while a node runs counts from the next look on, and what cannot be opened no more.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::model::{Bot, Credentials, KeptCredentials, Secret};
use domain::ports::store::StoreError;
use domain::ports::{CredentialsGone, CredentialsSet};
use jiff::Timestamp;

use super::*;

/// A number, a bot, and the token that it signs with then.
type Change = (i64, &'static str, Result<Option<&'static str>, String>);

/// Changes in memory.
#[derive(Default)]
struct Ledger(Mutex<Vec<Change>>);

impl Ledger {
    fn write(&self, bot: &'static str, token: Result<Option<&'static str>, String>) {
        let mut lines = self.0.lock().unwrap();
        let number = lines.iter().map(|(number, _, _)| *number).max().unwrap_or_default() + 1;
        lines.retain(|(_, other, _)| *other != bot);
        lines.push((number, bot, token));
    }
}

fn credentials(token: &str) -> Credentials {
    Credentials::of(["key", "secret", token, "token-secret"].map(Secret::new))
}

#[async_trait]
impl CredentialStore for Ledger {
    fn can_seal(&self) -> bool {
        true
    }
    async fn set_credentials(
        &self,
        _: (&Bot, &str),
        _: &Credentials,
        _: &str,
        _: Timestamp,
    ) -> Result<CredentialsSet, StoreError> {
        unreachable!("who signs sets nothing")
    }
    async fn remove_credentials(
        &self,
        _: (&Bot, &str),
        _: &str,
        _: Timestamp,
    ) -> Result<CredentialsGone, StoreError> {
        unreachable!("who signs removes nothing")
    }
    async fn find_credentials(&self, _: &BotId) -> Result<Option<KeptCredentials>, StoreError> {
        unreachable!("who signs reads changes")
    }
    async fn list_credentials(
        &self,
        _: Option<&BotId>,
        _: u32,
    ) -> Result<Vec<KeptCredentials>, StoreError> {
        unreachable!("who signs reads changes")
    }
    async fn changed_credentials(
        &self,
        after: i64,
        max: u32,
    ) -> Result<Vec<CredentialChange>, StoreError> {
        let lines = self.0.lock().unwrap();
        let mut new: Vec<_> = lines.iter().filter(|(number, _, _)| *number > after).collect();
        new.sort_by_key(|(number, _, _)| *number);
        Ok(new
            .into_iter()
            .take(max as usize)
            .map(|(number, bot, token)| CredentialChange {
                number: *number,
                bot: BotId::try_from(*bot).unwrap(),
                now: token.clone().map(|token| token.map(credentials)),
            })
            .collect())
    }
}

#[tokio::test]
async fn what_was_set_counts_from_the_next_look_on() {
    let ledger = Arc::new(Ledger::default());
    let kept = Kept::of(ledger.clone());
    let token = |bot: &str| {
        let account = kept.find(&BotId::try_from(bot).unwrap())?;
        Some(account.access_token.open().to_owned())
    };
    kept.refresh().await;
    assert_eq!(token("ada"), None);
    ledger.write("ada", Ok(Some("one")));
    ledger.write("bea", Ok(Some("two")));
    assert_eq!(token("ada"), None, "nobody looked yet");
    kept.refresh().await;
    assert_eq!((token("ada").as_deref(), token("bea").as_deref()), (Some("one"), Some("two")));
    ledger.write("ada", Ok(Some("three")));
    ledger.write("bea", Ok(None));
    kept.refresh().await;
    assert_eq!((token("ada").as_deref(), token("bea")), (Some("three"), None));
    // What cannot be opened is no longer signed with what was there before.
    ledger.write("ada", Err("it is sealed under another key".to_owned()));
    kept.refresh().await;
    assert_eq!(token("ada"), None);
}
