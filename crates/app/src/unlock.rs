//! Whether this node can read what the database keeps sealed. One that cannot does not start: it would find
//! out in the middle of a post, or let somebody in without a second factor.

use anyhow::Context as _;
use jiff::Timestamp;
use store::seal::KeyId;
use store::{Db, KeyUse};

use crate::config::Keys;
use crate::exit::{Exit, Failure};

/// What is done first about any of this.
const DOCUMENT: &str = "docs/secrets.md says where a key can stand and what to do when it is lost";

/// The database for who holds the configured keys: every key that it needs is there, and what lay in
/// clear is sealed.
pub async fn unlock(db: Db, keys: &Keys, now: Timestamp) -> Result<Db, Failure> {
    let db = db.with_keys(keys.master.clone());
    let uses = db.key_uses().await.context("reading which keys the database needs")?;
    let missing: Vec<&KeyUse> =
        uses.iter().filter(|one| one.is_needed() && keys.master.find(&one.key).is_none()).collect();
    if !missing.is_empty() {
        return Err(refusal(&missing, keys));
    }
    if keys.master.is_empty() {
        say_clear(&db).await;
        return Ok(db);
    }
    match db.seal_clear(now).await {
        Ok(0) => {}
        Ok(sealed) => tracing::info!(
            secrets.sealed = sealed,
            "Second factors that lay in clear are sealed now"
        ),
        // A database that takes no rows now is no reason not to start.
        Err(error) => tracing::warn!(%error, "Second factors still lie in clear"),
    }
    Ok(db)
}

async fn say_clear(db: &Db) {
    if let Ok(clear @ 1..) = db.count_clear().await {
        tracing::warn!(
            secrets.clear = clear,
            "Second factors lie in the database in clear, because this node has no master key; \
             `flockwork key new` makes one"
        );
    }
}

fn refusal(missing: &[&KeyUse], keys: &Keys) -> Failure {
    let wanted: Vec<String> =
        missing.iter().map(|one| format!("{} ({})", one.key, what(one))).collect();
    let here: Vec<&str> = keys.master.ids().map(KeyId::as_str).collect();
    let here = match here.as_slice() {
        [] => "no master key".to_owned(),
        [only] => format!("key {only} alone"),
        some => format!("keys {}", some.join(", ")),
    };
    let message = format!(
        "the database holds secrets sealed under key {}, and this node has {here}",
        wanted.join(" and under key ")
    );
    let give = "give it that key, with the one that it has: each on a line of the file that \
                FLOCKWORK_MASTER_KEY_FILE names";
    Failure::new(Exit::Config, message).hint(give).hint(DOCUMENT)
}

/// What is sealed under a key.
pub fn what(one: &KeyUse) -> String {
    let credentials = match one.credentials {
        0 => None,
        1 => Some("the credentials of 1 bot".to_owned()),
        some => Some(format!("the credentials of {some} bots")),
    };
    let seconds = match one.second_factors {
        0 => None,
        1 => Some("1 second factor".to_owned()),
        some => Some(format!("{some} second factors")),
    };
    let parts: Vec<String> = credentials.into_iter().chain(seconds).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
