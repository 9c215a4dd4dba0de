//! `post_bands`: a few numbers of each post, so that posts like a candidate are found among any number
//! of them. `rules::review` makes the numbers and decides what is alike; this file keeps and finds them.
//!
//! A row's band holds the version of the bands above their lowest [`HASH_BITS`] bits. So rows of
//! different versions never meet, those of older ones stand at the beginning of the index, and a row
//! takes 6 bytes of SQLite's for it instead of 8. Two bands that differ share those bits once in 10^12,
//! which costs one comparison in vain.

use std::collections::BTreeMap;

use domain::model::{BotId, PostId};
use domain::ports::store::{ALIKE_TEXTS_MAX, AlikePost, StoreError};
use domain::rules::review::{BAND_POSTS_MAX, BANDS_VERSION, COMPARED_MAX, LOOSE_MAX, Shingles};
use serde::Serialize;

use crate::arg::args;
use crate::aside;
use crate::batch::batch_row;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;

/// Rows in one statement: half a megabyte.
const ROWS_PER_STATEMENT: usize = 12_500;
/// Bits of a band that are kept.
const HASH_BITS: u32 = 40;

/// The index of `WITHOUT` and its text name the version.
const _: () = assert!(
    BANDS_VERSION == 1,
    "new bands need a migration with an index like posts_without_bands for their version, that \
     version in the texts WITHOUT and DONE, and a step that deletes the rows below it"
);

static INSERT: Sql = Sql::new(
    "post_bands",
    "{each band:int post:int}
     INSERT INTO post_bands (band, post_id) SELECT r.band, r.post {from} WHERE true
     ON CONFLICT (band, post_id) DO NOTHING",
);

static WITHOUT: Sql = Sql::new(
    "posts",
    "SELECT p.id, p.content FROM posts p WHERE p.bands_version < 1 ORDER BY p.id LIMIT $1",
);

/// Only those that no other node has done meanwhile.
static DONE: Sql = Sql::new(
    "posts",
    "WITH {rows id:int} UPDATE posts SET bands_version = $2
     FROM r WHERE posts.id = r.id AND {judged posts.bands_version < 1}
     RETURNING posts.id",
);

/// Which posts share the most bands is known before any text is read.
static ALIKE: Sql = Sql::new(
    "post_bands",
    "WITH {rows candidate:int band:int},
     heads AS (SELECT r.candidate, k.post_id FROM {newest_of_bands $2}),
     shared AS (
        SELECT heads.candidate, heads.post_id, count(*) AS bands,
            row_number() OVER (PARTITION BY heads.candidate
                ORDER BY count(*) DESC, heads.post_id DESC) AS place
        FROM heads GROUP BY heads.candidate, heads.post_id)
     SELECT p.id, shared.candidate, p.bot_id, COALESCE(x.posted_at, p.created_at), p.content
     FROM shared CROSS JOIN posts p LEFT JOIN receipts x ON x.post_id = p.id
     WHERE p.id = shared.post_id
        AND (shared.place <= $3 OR (shared.place <= $4 AND shared.bands > 1))
     ORDER BY shared.candidate, p.id DESC",
);

static FORGET: Sql = Sql::new(
    "post_bands",
    "{each band:int post:int}
     DELETE FROM post_bands WHERE (band, post_id) IN (SELECT r.band, r.post {from})",
);

pub(crate) static TEXTS: [&Sql; 5] = [&INSERT, &WITHOUT, &DONE, &ALIKE, &FORGET];

type AlikeRow = (i64, i64, String, i64, String);

batch_row! {
    struct BandRow {
        band: i64,
        post: i64,
    }
}

#[derive(Serialize)]
struct CandidateRow {
    candidate: usize,
    band: i64,
}

#[derive(Serialize)]
struct PostKey {
    id: i64,
}

/// The version that rows are written under, for the column of the post.
pub(crate) fn version() -> i64 {
    i64::from(BANDS_VERSION)
}

/// The numbers of a text, as they are kept. Worked out before a transaction begins: on SQLite nobody
/// else writes meanwhile.
pub(crate) fn bands_of(text: &str) -> Vec<i64> {
    Shingles::of(text).bands().into_iter().map(kept).collect()
}

fn kept(band: i64) -> i64 {
    (version() << HASH_BITS) | (band & ((1 << HASH_BITS) - 1))
}

/// Keeps the bands of posts that are new.
pub(crate) async fn keep<'a>(
    tx: &mut Tx,
    posts: impl Iterator<Item = (i64, &'a [i64])>,
) -> Result<(), Fault> {
    for rows in in_order(posts).chunks(ROWS_PER_STATEMENT) {
        tx.run_each(&INSERT, rows, &[]).await?;
    }
    Ok(())
}

/// Nothing is like these posts any more.
pub(crate) async fn forget<'a>(
    tx: &mut Tx,
    posts: impl Iterator<Item = (i64, &'a [i64])>,
) -> Result<(), Fault> {
    for rows in in_order(posts).chunks(ROWS_PER_STATEMENT) {
        tx.run_each(&FORGET, rows, &[]).await?;
    }
    Ok(())
}

/// In the order of the index: neighbours share a page, and nodes never wait for each other in a ring.
fn in_order<'a>(posts: impl Iterator<Item = (i64, &'a [i64])>) -> Vec<BandRow> {
    let mut rows: Vec<BandRow> = posts
        .flat_map(|(post, bands)| bands.iter().map(move |band| BandRow { band: *band, post }))
        .collect();
    rows.sort_unstable_by_key(|row| (row.band, row.post));
    rows
}

/// Keeps those of the oldest posts that have none yet.
pub(super) async fn fill(db: &Db, max: u32) -> Result<u64, StoreError> {
    let rows = db.each::<(i64, String)>(&WITHOUT, &args![i64::from(max)]).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    // A text that cannot be read has none, and is not asked for again.
    let bands: BTreeMap<i64, Vec<i64>> = rows
        .into_iter()
        .map(|(id, row)| (id, row.map(|(_, text)| bands_of(&text)).unwrap_or_default()))
        .collect();
    in_transaction!(db, |tx| done(tx, &bands))
}

async fn done(tx: &mut Tx, bands: &BTreeMap<i64, Vec<i64>>) -> Result<u64, Fault> {
    let keys: Vec<PostKey> = bands.keys().map(|id| PostKey { id: *id }).collect();
    let ours: Vec<(i64,)> = tx.all(&DONE, &args![&json(&keys), version()]).await?;
    let ours = ours.iter().filter_map(|(id,)| Some((*id, bands.get(id)?.as_slice())));
    keep(tx, ours).await?;
    Ok(u64::try_from(bands.len()).unwrap_or(u64::MAX))
}

/// The posts that share a band with each text.
pub(super) async fn alike(db: &Db, texts: &[&str]) -> Result<Vec<Vec<AlikePost>>, StoreError> {
    let mut alike: Vec<Vec<AlikePost>> = texts.iter().map(|_| Vec::new()).collect();
    let rows: Vec<CandidateRow> = texts
        .iter()
        .take(ALIKE_TEXTS_MAX)
        .enumerate()
        .flat_map(|(candidate, text)| {
            bands_of(text).into_iter().map(move |band| CandidateRow { candidate, band })
        })
        .collect();
    if rows.is_empty() {
        return Ok(alike);
    }
    let rows = json(&rows);
    let bounds = [BAND_POSTS_MAX, LOOSE_MAX, COMPARED_MAX].map(most);
    let [of_a_band, loose, compared] = bounds;
    let found = db.each::<AlikeRow>(&ALIKE, &args![&rows, of_a_band, loose, compared]).await?;
    let (posts, _unreadable) = aside::sort_each(found, read);
    for (candidate, post) in posts {
        if let Some(posts) = alike.get_mut(candidate) {
            posts.push(post);
        }
    }
    Ok(alike)
}

fn read(row: &AlikeRow) -> Result<(usize, AlikePost), StoreError> {
    let (id, candidate, bot, at, text) = row;
    let reading = Reading::of("posts", id);
    let bot: BotId = reading.bot(bot)?;
    let at = reading.time("created_at", *at)?;
    let post = AlikePost { id: PostId(*id), bot, at, text: text.clone() };
    Ok((reading.count("candidate", *candidate)?, post))
}

fn most(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_kept_under_its_version_in_six_bytes() {
        for band in [i64::MIN, -1, 0, 1, i64::MAX] {
            let kept = kept(band);
            assert_eq!(kept >> HASH_BITS, version());
            assert!((0..1 << 47).contains(&kept), "{kept}");
        }
        assert_ne!(kept(1), kept(2));
    }
}
