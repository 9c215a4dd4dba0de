//! `credentials`: what bots of the dashboard sign with, each value sealed for its own place.

use async_trait::async_trait;
use domain::model::{Bot, BotId, Credentials, KeptCredentials, ManagedBy, XUserId};
use domain::ports::store::{Saved, StoreError};
use domain::ports::{CredentialChange, CredentialStore, CredentialsGone, CredentialsSet};
use jiff::Timestamp;

use crate::arg::args;
use crate::bots;
use crate::db::{Db, Tx, in_transaction};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::keys;
use crate::row::row;
use crate::rows::Reading;
use crate::seal::{Keyring, Place, SealError};

/// What a bot's app is called that has none.
const NO_APP: &str = "none";

/// Changes are numbered one at a time: whoever reads up to a number has read all before it.
static NEXT_CHANGE: Sql = Sql::new(
    "meta",
    "INSERT INTO meta (key, value) VALUES ('credentials_changes', '1')
     ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
     RETURNING CAST(value AS BIGINT)",
);

/// A post that is being sent as another account than the one of $2.
static ON_ITS_WAY: Sql = Sql::new(
    "slots",
    "SELECT s.id FROM slots s JOIN bots b ON b.bot_id = s.bot_id
     WHERE s.bot_id = $1 AND s.state = 'sending' AND b.account IS NOT NULL AND b.account <> $2
     LIMIT 1",
);

static SET: Sql = Sql::new(
    "credentials",
    "INSERT INTO credentials (bot_id, api_key, api_secret, access_token, access_secret, key_id, app,
        account, change_number, set_by, set_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (bot_id) DO UPDATE SET api_key = excluded.api_key, api_secret = excluded.api_secret,
        access_token = excluded.access_token, access_secret = excluded.access_secret,
        key_id = excluded.key_id, app = excluded.app, account = excluded.account,
        change_number = excluded.change_number, set_by = excluded.set_by, set_at = excluded.set_at",
);

static REMOVE: Sql = Sql::new(
    "credentials",
    "UPDATE credentials SET api_key = NULL, api_secret = NULL, access_token = NULL,
        access_secret = NULL, key_id = NULL, app = NULL, account = NULL, change_number = $2,
        set_by = $3, set_at = $4
     WHERE bot_id = $1 AND key_id IS NOT NULL",
);

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT bot_id, change_number, api_key, api_secret, access_token, access_secret, key_id,
                set_by, set_at FROM credentials ",
            $rest
        )
    };
}

static FIND: Sql = Sql::new("credentials", columns!("WHERE bot_id = $1 AND key_id IS NOT NULL"));

static LIST: Sql = Sql::new(
    "credentials",
    columns!("WHERE bot_id > $1 AND key_id IS NOT NULL ORDER BY bot_id LIMIT $2"),
);

static CHANGED: Sql =
    Sql::new("credentials", columns!("WHERE change_number > $1 ORDER BY change_number LIMIT $2"));

static STANDING: Sql = Sql::new(
    "credentials",
    "SELECT app, account FROM credentials WHERE bot_id = $1 AND key_id IS NOT NULL",
);

/// A node that had no keys of this bot may have them now.
static NO_STRANGER: Sql = Sql::new("strangers", "DELETE FROM strangers WHERE bot_id = $1");

pub(crate) static TEXTS: [&Sql; 9] =
    [&NEXT_CHANGE, &SET, &REMOVE, &FIND, &LIST, &CHANGED, &STANDING, &NO_STRANGER, &ON_ITS_WAY];

row! {
    pub(crate) struct SealedRow {
        bot_id: String,
        change_number: i64,
        api_key: Option<String>,
        api_secret: Option<String>,
        access_token: Option<String>,
        access_secret: Option<String>,
        key_id: Option<String>,
        set_by: String,
        set_at: i64,
    }
}

/// Where the value of that column of a bot's row stands.
pub(crate) fn place(bot: &str, column: usize) -> Place<'_> {
    Place { table: "credentials", row: bot, column: Credentials::NAMES[column] }
}

impl SealedRow {
    /// The values; `None` where they were taken away.
    fn open(&self, ring: &Keyring) -> Result<Option<Credentials>, String> {
        let columns = [&self.api_key, &self.api_secret, &self.access_token, &self.access_secret];
        let mut values = Vec::with_capacity(columns.len());
        for (column, sealed) in columns.into_iter().enumerate() {
            let Some(sealed) = sealed else { return Ok(None) };
            let opened = ring.open(sealed, place(&self.bot_id, column));
            values.push(opened.map_err(|error| {
                let what = Credentials::NAMES[column];
                format!("{what} of bot {} cannot be opened: {error}", self.bot_id)
            })?);
        }
        let values = <[_; 4]>::try_from(values).ok().expect("there are four columns");
        Ok(Some(Credentials::of(values)))
    }

    fn kept(self, ring: &Keyring) -> Result<KeptCredentials, StoreError> {
        let reading = Reading::of("credentials", &self.bot_id);
        let ends = self.open(ring).map(|found| found.map_or_else(Default::default, |c| c.ends()));
        Ok(KeptCredentials {
            bot: reading.bot(&self.bot_id)?,
            set_at: reading.time("set_at", self.set_at)?,
            set_by: self.set_by,
            key: self.key_id.unwrap_or_default(),
            ends,
        })
    }

    fn change(self, ring: &Keyring) -> Result<CredentialChange, StoreError> {
        let bot = Reading::of("credentials", &self.bot_id).bot(&self.bot_id)?;
        Ok(CredentialChange { number: self.change_number, bot, now: self.open(ring) })
    }
}

/// The four as their columns hold them, and the name of the key.
struct Sealed {
    columns: [String; 4],
    key: String,
}

fn seal(ring: &Keyring, bot: &BotId, credentials: &Credentials) -> Result<Sealed, SealError> {
    let key = ring.first().ok_or(SealError::NoKey)?.id().to_string();
    let mut columns = <[String; 4]>::default();
    for (column, value) in credentials.values().into_iter().enumerate() {
        columns[column] = ring.seal(value, place(bot.as_str(), column))?;
    }
    Ok(Sealed { columns, key })
}

#[async_trait]
impl CredentialStore for Db {
    async fn set_credentials(
        &self,
        (bot, stamp): (&Bot, &str),
        credentials: &Credentials,
        who: &str,
        now: Timestamp,
    ) -> Result<CredentialsSet, StoreError> {
        let sealed = match seal(&self.ring, &bot.id, credentials) {
            Ok(sealed) => sealed,
            Err(SealError::NoKey) => return Ok(CredentialsSet::NoKey),
            Err(error) => return Err(StoreError::Failed(error.to_string())),
        };
        let bot = Bot { app: credentials.app(), account: credentials.account(), ..bot.clone() };
        let when = (who, now.as_millisecond());
        in_transaction!(self, |tx| set(tx, (&bot, stamp), &sealed, when))
    }

    async fn remove_credentials(
        &self,
        (bot, stamp): (&Bot, &str),
        who: &str,
        now: Timestamp,
    ) -> Result<CredentialsGone, StoreError> {
        let bot = Bot { app: NO_APP.to_owned(), account: None, ..bot.clone() };
        let when = (who, now.as_millisecond());
        in_transaction!(self, |tx| remove(tx, (&bot, stamp), when))
    }

    fn can_seal(&self) -> bool {
        !self.ring.is_empty()
    }

    async fn find_credentials(&self, bot: &BotId) -> Result<Option<KeptCredentials>, StoreError> {
        let row = self.one::<SealedRow>(&FIND, &args![bot.as_str()]).await?;
        row.map(|row| row.kept(&self.ring)).transpose()
    }

    async fn list_credentials(
        &self,
        after: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<KeptCredentials>, StoreError> {
        let after = after.map_or("", BotId::as_str);
        let rows = self.all::<SealedRow>(&LIST, &args![after, i64::from(max)]).await?;
        rows.into_iter().map(|row| row.kept(&self.ring)).collect()
    }

    async fn changed_credentials(
        &self,
        after: i64,
        max: u32,
    ) -> Result<Vec<CredentialChange>, StoreError> {
        let rows = self.all::<SealedRow>(&CHANGED, &args![after, i64::from(max)]).await?;
        rows.into_iter().map(|row| row.change(&self.ring)).collect()
    }
}

async fn set(
    tx: &mut Tx,
    (bot, stamp): (&Bot, &str),
    sealed: &Sealed,
    (who, now): (&str, i64),
) -> Result<CredentialsSet, Fault> {
    let id = bot.id.as_str();
    let account = bot.account.as_ref().map(XUserId::as_str);
    // What is on its way as one account must not be looked for as another: a moment later it is settled.
    if tx.one::<(i64,)>(&ON_ITS_WAY, &args![id, account]).await?.is_some() {
        return Ok(CredentialsSet::Stale);
    }
    match bots::save(tx, (bot, Some(stamp)), now).await? {
        Saved::Done => {}
        Saved::Elsewhere(place) => return Ok(CredentialsSet::Elsewhere(place)),
        Saved::AccountTaken(other) => return Ok(CredentialsSet::AccountTaken(other)),
        Saved::Stale | Saved::NameTaken => return Ok(CredentialsSet::Stale),
    }
    let number = next_change(tx).await?;
    let [key, secret, token, token_secret] = &sealed.columns;
    let args = args![
        id,
        key,
        secret,
        token,
        token_secret,
        &sealed.key,
        &bot.app,
        account,
        number,
        who,
        now
    ];
    tx.run(&SET, &args).await?;
    tx.run(&NO_STRANGER, &args![id]).await?;
    keys::note_use(tx, &sealed.key, now).await?;
    tx.announce().await?;
    Ok(CredentialsSet::Done)
}

/// In the order of `set`: the bot first, then the number of the change, so that the two never wait for each
/// other.
async fn remove(
    tx: &mut Tx,
    (bot, stamp): (&Bot, &str),
    (who, now): (&str, i64),
) -> Result<CredentialsGone, Fault> {
    let id = bot.id.as_str();
    if tx.one::<Standing>(&STANDING, &args![id]).await?.is_none() {
        return Ok(CredentialsGone::Nothing);
    }
    match bots::save(tx, (bot, Some(stamp)), now).await? {
        // One that is closed, or that a file declares by now, stays as it is.
        Saved::Done | Saved::Elsewhere(_) => {}
        Saved::Stale | Saved::NameTaken | Saved::AccountTaken(_) => {
            return Ok(CredentialsGone::Stale);
        }
    }
    take_away(tx, id, (who, now)).await?;
    tx.announce().await?;
    Ok(CredentialsGone::Done)
}

/// The values go; that there were some, and who took them away, stays.
pub(crate) async fn take_away(
    tx: &mut Tx,
    bot: &str,
    (who, now): (&str, i64),
) -> Result<bool, Fault> {
    let number = next_change(tx).await?;
    Ok(tx.run(&REMOVE, &args![bot, number, who, now]).await? > 0)
}

async fn next_change(tx: &mut Tx) -> Result<i64, Fault> {
    let row = tx.one::<(i64,)>(&NEXT_CHANGE, &[]).await?;
    Ok(row.map_or(1, |(number,)| number))
}

/// App and account.
type Standing = (Option<String>, Option<String>);

/// The bot as its kept credentials make it: whatever else a node finds in its environment, these it signs
/// with.
pub(crate) async fn standing(tx: &mut Tx, bot: &Bot) -> Result<Bot, Fault> {
    if bot.managed_by != ManagedBy::Dashboard {
        return Ok(bot.clone());
    }
    let found = tx.one::<Standing>(&STANDING, &args![bot.id.as_str()]).await?;
    let Some((Some(app), account)) = found else { return Ok(bot.clone()) };
    let account = account.and_then(|account| XUserId::try_from(account).ok());
    Ok(Bot { app, account, ..bot.clone() })
}
