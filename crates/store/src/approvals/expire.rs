//! Drafts that nobody looked at.

use domain::model::ApprovalVerdict;

use super::act;
use super::record::{Row, append};
use crate::arg::args;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::stats::Bumps;

/// Who says so.
const WHO: &str = "flockwork";

/// Not while history is in doubt: what X may have is looked for among drafts.
static EXPIRED: Sql = Sql::new(
    "posts",
    "WITH c AS MATERIALIZED (
        SELECT s.id FROM posts s WHERE s.state = 'draft' AND s.updated_at < $1
            AND NOT EXISTS (SELECT 1 FROM bots b
                WHERE b.bot_id = s.bot_id AND b.distrusted_since IS NOT NULL)
        ORDER BY s.updated_at, s.id LIMIT $2 {skip_locked})
     UPDATE posts SET state = 'rejected', updated_at = $3
     FROM c WHERE posts.id = c.id AND posts.state = 'draft'
     RETURNING posts.id, posts.bot_id, posts.content",
);

pub(super) static TEXTS: [&Sql; 1] = [&EXPIRED];

pub(super) async fn expire(
    tx: &mut Tx,
    before: i64,
    (reason, max): (&str, u32),
    now: i64,
) -> Result<u64, Fault> {
    let expired: Vec<(i64, String, String)> =
        tx.all(&EXPIRED, &args![before, i64::from(max), now]).await?;
    if expired.is_empty() {
        return Ok(0);
    }
    let mut bumps = Bumps::default();
    let mut rows = Vec::with_capacity(expired.len());
    let mut happened = Vec::with_capacity(expired.len());
    for (id, bot, content) in &expired {
        bumps.of(bot).drafts -= 1;
        let said = (WHO, Some(reason));
        rows.push(Row::of((*id, bot), ApprovalVerdict::Expired, content, said));
        happened.push(Event {
            kind: "post.expired".to_owned(),
            bot: Some(bot.clone()),
            slot: None,
            detail: Some(reason.to_owned()),
        });
    }
    append(tx, &rows, now).await?;
    for (id, _, content) in &expired {
        act::take_away(tx, *id, content, false, now).await?;
    }
    bumps.write(tx, now).await?;
    events::append(tx, &happened, now).await?;
    Ok(u64::try_from(expired.len()).unwrap_or(u64::MAX))
}
