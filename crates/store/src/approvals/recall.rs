//! Queued posts whose bot changed: what nobody approved under its new policy or mode waits for a person
//! again. What a slot holds already is given up when it is due.

use crate::arg::args;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::stats::Bumps;

/// Each bot's queue is found by its index.
static RECALL: Sql = Sql::new(
    "posts",
    "WITH {rows bot}
     UPDATE posts SET state = 'draft', updated_at = $2
     WHERE id IN (SELECT p.id FROM r JOIN posts p ON p.bot_id = r.bot AND p.state = {uncounted 'queued'}
        WHERE NOT {approved p})
     RETURNING id, bot_id",
);

pub(super) static TEXTS: [&Sql; 1] = [&RECALL];

/// `bots` is a batch with the field `bot`.
pub(crate) async fn recall(tx: &mut Tx, bots: &str, now: i64) -> Result<(), Fault> {
    let recalled: Vec<(i64, String)> = tx.all(&RECALL, &args![bots, now]).await?;
    let mut bumps = Bumps::default();
    for (_, bot) in &recalled {
        bumps.of(bot).drafts += 1;
        bumps.of(bot).remaining -= 1;
    }
    bumps.write(tx, now).await
}
