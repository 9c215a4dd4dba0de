//! Texts that come.

use std::collections::{BTreeSet, HashMap};

use domain::model::{BotId, Consent, ContentHash, EvergreenId, PostId};
use domain::ports::store::{KeptEvergreen, NewPost, StoreError};
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::posts;
use crate::rows::Reading;
use crate::text::clean;

/// The policy is the one that holds now. A text that was taken away may come again.
static INSERT: Sql = Sql::new(
    "evergreens",
    "WITH {rows place:int bot content category hash needs_person:int who}
     INSERT INTO evergreens (bot_id, content, category, content_hash, needs_person, approved_by,
        policy_hash, created_at, updated_at)
     SELECT k.bot_id, r.content, r.category, r.hash, r.needs_person, r.who, k.policy_hash, $2, $2
     FROM r JOIN bot_configs k ON k.bot_id = r.bot
     WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.content_hash = r.hash)
     ORDER BY r.place
     ON CONFLICT (content_hash) WHERE dropped IS NULL DO NOTHING
     RETURNING id, content_hash",
);

static FIND_HASHES: Sql = Sql::new(
    "evergreens",
    "WITH {rows hash} SELECT e.content_hash, e.id, e.bot_id FROM r
     JOIN evergreens e ON e.content_hash = r.hash AND e.dropped IS NULL",
);

pub(super) static TEXTS: [&Sql; 2] = [&INSERT, &FIND_HASHES];

#[derive(Serialize)]
struct NewRow<'a> {
    place: usize,
    bot: &'a str,
    content: &'a str,
    category: Option<&'a str>,
    hash: &'a str,
    needs_person: i64,
    who: Option<String>,
}

#[derive(Serialize)]
struct HashKey<'a> {
    hash: &'a str,
}

impl<'a> NewRow<'a> {
    fn of((place, post): (usize, &'a NewPost)) -> Self {
        let (needs_person, who) = match &post.consent {
            Consent::ByMode => (false, None),
            Consent::NeedsPerson { .. } => (true, None),
            Consent::Given { who, needs_person } => (*needs_person, Some(clean(who))),
        };
        Self {
            place,
            bot: post.bot.as_str(),
            content: &post.content,
            category: post.topic.as_deref().filter(|topic| !topic.is_empty()),
            hash: post.content_hash.as_str(),
            needs_person: i64::from(needs_person),
            who,
        }
    }
}

pub(super) async fn keep(
    tx: &mut Tx,
    posts: &[NewPost],
    now: i64,
) -> Result<Vec<KeptEvergreen>, Fault> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<NewRow<'_>> = posts.iter().enumerate().map(NewRow::of).collect();
    let kept: Vec<(i64, String)> = tx.all(&INSERT, &args![&json(&rows), now]).await?;
    tx.has_changed(kept.len());
    let mut kept: HashMap<String, i64> = kept.into_iter().map(|(id, hash)| (hash, id)).collect();
    let is_kept = |post: &&NewPost| kept.contains_key(post.content_hash.as_str());
    let bots: BTreeSet<&str> = posts.iter().filter(is_kept).map(|post| post.bot.as_str()).collect();
    posts::wake_waiting(tx, bots.into_iter(), now).await?;
    tx.announce().await?;
    let known = if kept.len() == posts.len() { Known::default() } else { known(tx, posts).await? };
    posts
        .iter()
        .map(|post| {
            // Of two with one text the first is kept.
            let hash = &post.content_hash;
            match kept.remove(hash.as_str()) {
                Some(id) => Ok(KeptEvergreen::Kept(EvergreenId(id))),
                None => known.of(hash).map_err(Fault::from),
            }
        })
        .collect()
}

/// Who has the texts that were not kept.
#[derive(Default)]
struct Known {
    posts: HashMap<ContentHash, (PostId, BotId)>,
    evergreens: HashMap<String, (EvergreenId, BotId)>,
}

impl Known {
    fn of(&self, hash: &ContentHash) -> Result<KeptEvergreen, StoreError> {
        if let Some((of, bot)) = self.posts.get(hash) {
            return Ok(KeptEvergreen::SameAsPost { of: *of, bot: bot.clone() });
        }
        let (of, bot) = self.evergreens.get(hash.as_str()).ok_or_else(|| {
            StoreError::Failed("a text was neither kept aside nor found".to_owned())
        })?;
        Ok(KeptEvergreen::SameAsEvergreen { of: *of, bot: bot.clone() })
    }
}

async fn known(tx: &mut Tx, posts: &[NewPost]) -> Result<Known, Fault> {
    let keys: Vec<HashKey<'_>> =
        posts.iter().map(|post| HashKey { hash: post.content_hash.as_str() }).collect();
    let keys = json(&keys);
    let mut known = Known::default();
    let rows: Vec<(String, i64, String)> = tx.all(&posts::FIND_HASHES, &args![&keys]).await?;
    for (hash, id, bot) in rows {
        let bot = Reading::of("posts", id).bot(&bot)?;
        known.posts.insert(ContentHash::from_hex(hash), (PostId(id), bot));
    }
    let rows: Vec<(String, i64, String)> = tx.all(&FIND_HASHES, &args![&keys]).await?;
    for (hash, id, bot) in rows {
        let bot = Reading::of("evergreens", id).bot(&bot)?;
        known.evergreens.insert(hash, (EvergreenId(id), bot));
    }
    Ok(known)
}
