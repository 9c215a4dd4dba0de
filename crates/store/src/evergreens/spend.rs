//! A text that is used: it becomes a post, and is used up by it.

use std::collections::HashMap;

use domain::model::{Consent, PostId};
use domain::ports::store::{Evergreen, NewPost, PostOrigin, StoreError, StoredPost};

use super::{ready, unused};
use crate::arg::args;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::posts;

/// Whoever else would use it waits, or has come first.
static LOCK: Sql = Sql::new(
    "evergreens",
    concat!(
        "UPDATE evergreens AS e SET updated_at = $2 WHERE e.id = $1 AND ",
        unused!(),
        " AND EXISTS (SELECT 1 FROM bot_configs k WHERE k.bot_id = e.bot_id AND ",
        ready!(),
        ") RETURNING id, needs_person, approved_by"
    ),
);

/// Whoever fills the queue counts its posts here, and so comes before this or after it.
static LOCK_EMPTY: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET updated_at = $2 WHERE bot_id = $1 AND remaining_posts = 0
     RETURNING bot_id",
);

static USED: Sql =
    Sql::new("evergreens", "UPDATE evergreens SET post_id = $2, updated_at = $3 WHERE id = $1");

pub(super) static TEXTS: [&Sql; 3] = [&LOCK, &LOCK_EMPTY, &USED];

pub(super) async fn spend(
    tx: &mut Tx,
    one: &Evergreen,
    bands: &[i64],
    now: i64,
) -> Result<Option<StoredPost>, Fault> {
    let locked: Option<(i64, i64, Option<String>)> = tx.one(&LOCK, &args![one.id.0, now]).await?;
    let Some((_, needs_person, approved_by)) = locked else { return Ok(None) };
    let bot = one.bot.as_str();
    if tx.one::<(String,)>(&LOCK_EMPTY, &args![bot, now]).await?.is_none() {
        return Ok(None);
    }
    let post = NewPost {
        bot: one.bot.clone(),
        content: one.content.clone(),
        topic: one.topic.clone(),
        content_hash: one.content_hash.clone(),
        origin: PostOrigin::Evergreen,
        consent: consent(needs_person != 0, approved_by),
    };
    let bands = HashMap::from([(post.content_hash.as_str(), bands.to_vec())]);
    let stored = posts::store(tx, std::slice::from_ref(&post), &bands, now).await?.pop();
    let stored = stored.ok_or_else(|| {
        StoreError::Failed("the database gave no answer for an evergreen text".to_owned())
    })?;
    let (StoredPost::Queued(id) | StoredPost::Draft(id) | StoredPost::Duplicate { of: id, .. }) =
        &stored;
    tx.run(&USED, &args![one.id.0, id.0, now]).await?;
    events::append(tx, &[happened(one, *id)], now).await?;
    tx.announce().await?;
    Ok(Some(stored))
}

/// A yes that was given when it was kept aside; that it still holds, the lock has asked.
fn consent(needs_person: bool, approved_by: Option<String>) -> Consent {
    match approved_by {
        Some(who) => Consent::Given { who, needs_person },
        None if needs_person => Consent::NeedsPerson {
            because: "a rule of review asked for a person when it was kept aside".to_owned(),
        },
        None => Consent::ByMode,
    }
}

fn happened(one: &Evergreen, post: PostId) -> Event {
    Event {
        kind: "evergreen.used".to_owned(),
        bot: Some(one.bot.as_str().to_owned()),
        slot: None,
        detail: Some(format!("evergreen {} is post {}", one.id.0, post.0)),
    }
}
