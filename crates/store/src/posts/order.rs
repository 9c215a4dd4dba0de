//! The order in which a queue goes out, and a person's hand on it.

use std::collections::BTreeSet;

use domain::model::{BotId, PostId};
use domain::ports::store::{ORDERED_MAX, QueueOrder, StoreError};

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::stock;

static FRONT: Sql = Sql::new(
    "posts",
    "SELECT id FROM posts WHERE bot_id = $1 AND state = 'queued' AND is_front = 1
     ORDER BY id LIMIT $2",
);

static PLACED: Sql = Sql::new(
    "posts",
    "SELECT id FROM posts WHERE bot_id = $1 AND state = 'queued' AND place IS NOT NULL
     ORDER BY place, id LIMIT $2",
);

static FORGET: Sql = Sql::new(
    "posts",
    "UPDATE posts SET place = NULL WHERE bot_id = $1 AND state = 'queued' AND place IS NOT NULL",
);

static PLACE: Sql = Sql::new(
    "posts",
    "{each post:int place:int}
     UPDATE posts SET place = r.place {from}
     WHERE posts.id = r.post AND {judged posts.bot_id = $2 AND posts.state = 'queued'}",
);

pub(crate) static TEXTS: [&Sql; 4] = [&FRONT, &PLACED, &FORGET, &PLACE];

batch_row! {
    struct PlaceRow {
        post: i64,
        place: i64,
    }
}

pub(super) async fn find(db: &Db, bot: &BotId) -> Result<QueueOrder, StoreError> {
    let stock = stock::stock(db, BTreeSet::from([bot.as_str()])).await?.of(bot.as_str())?;
    let most = i64::try_from(ORDERED_MAX).unwrap_or(i64::MAX);
    let asked = args![bot.as_str(), most];
    let front: Vec<(i64,)> = db.all(&FRONT, &asked).await?;
    let placed: Vec<(i64,)> = db.all(&PLACED, &asked).await?;
    let ids = |rows: Vec<(i64,)>| rows.into_iter().map(|(id,)| PostId(id)).collect();
    Ok(QueueOrder { stock, front: ids(front), placed: ids(placed) })
}

pub(super) async fn put(tx: &mut Tx, bot: &BotId, posts: &[PostId]) -> Result<u64, Fault> {
    tx.run(&FORGET, &args![bot.as_str()]).await?;
    let rows: Vec<PlaceRow> = posts
        .iter()
        .take(ORDERED_MAX)
        .zip(1..)
        .map(|(post, place)| PlaceRow { post: post.0, place })
        .collect();
    let placed = tx.run_each(&PLACE, &rows, &args![bot.as_str()]).await?;
    tx.announce().await?;
    Ok(placed)
}
