//! Yes and no.

use domain::model::{ApprovalVerdict, PolicyHash, PostState};
use domain::ports::store::{ApprovalAct, Rejection, Said, StoreError};

use super::record::{Row, append};
use crate::arg::args;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::posts::{self, bands};
use crate::row::row;
use crate::rows::Reading;
use crate::stats::Bumps;

/// Whoever else would say or send something of this post waits, or has come first.
static LOCK: Sql =
    Sql::new("posts", "UPDATE posts SET updated_at = updated_at WHERE id = $1 RETURNING id");

static FIND: Sql = Sql::new(
    "posts",
    "SELECT p.bot_id, p.content, p.state, p.was_lost, p.slot_id, k.policy_hash
     FROM posts p JOIN bot_configs k ON k.bot_id = p.bot_id WHERE p.id = $1",
);

static MOVE: Sql = Sql::new("posts", "UPDATE posts SET state = $2, updated_at = $3 WHERE id = $1");

static REJECT: Sql = Sql::new(
    "posts",
    "UPDATE posts SET state = 'rejected', slot_id = NULL, bands_version = $2, updated_at = $3
     WHERE id = $1",
);

/// The slot takes another post; nothing of this one was sent.
static FREE_SLOT: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'planned', post_id = NULL, wake_at = $3, version = version + 1,
        updated_at = $3
     WHERE id = $1 AND post_id = $2 AND state = 'assigned' AND ambiguous_rounds = 0",
);

static IN_DOUBT: Sql = Sql::new(
    "bots",
    "SELECT b.bot_id FROM bots b WHERE b.bot_id = $1 AND (b.distrusted_since IS NOT NULL
        OR EXISTS (SELECT 1 FROM meta m WHERE m.key = 'history_lost_since'))",
);

pub(super) static TEXTS: [&Sql; 6] = [&LOCK, &FIND, &MOVE, &REJECT, &FREE_SLOT, &IN_DOUBT];

row! {
    /// A post that somebody says something of.
    pub(super) struct AskedRow {
        pub(super) bot_id: String,
        pub(super) content: String,
        state: String,
        was_lost: i64,
        pub(super) slot_id: Option<i64>,
        pub(super) policy_hash: String,
    }
}

impl AskedRow {
    pub(super) fn state(&self, id: i64) -> Result<PostState, StoreError> {
        Reading::of("posts", id).parsed("state", &self.state, PostState::from_word(&self.state))
    }

    /// Its old text may still turn up on X.
    pub(super) fn was_lost(&self) -> bool {
        self.was_lost != 0
    }
}

/// The post, which nobody else changes before the end of the transaction.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Option<AskedRow>, Fault> {
    if tx.one::<(i64,)>(&LOCK, &args![id]).await?.is_none() {
        return Ok(None);
    }
    tx.one(&FIND, &args![id]).await
}

pub(super) async fn approve(
    tx: &mut Tx,
    act: &ApprovalAct,
    policy: &PolicyHash,
    now: i64,
) -> Result<Said, Fault> {
    let id = act.post.0;
    let Some(asked) = lock(tx, id).await? else { return Ok(Said::NoPost) };
    let state = asked.state(id)?;
    match state {
        PostState::Draft | PostState::Queued | PostState::Assigned => {}
        PostState::Published | PostState::DryRun | PostState::Rejected => {
            return Ok(Said::TooLate(state));
        }
    }
    if asked.content != act.seen || asked.policy_hash != policy.as_str() {
        return Ok(Said::Changed);
    }
    let bot = asked.bot_id.as_str();
    let row = Row::of((id, bot), ApprovalVerdict::Approved, &asked.content, (&act.who, None));
    append(tx, &[row], now).await?;
    happened(tx, "post.approved", bot, &act.who, now).await?;
    if state != PostState::Draft {
        return Ok(Said::Done(state));
    }
    queue(tx, id, bot, now).await?;
    Ok(Said::Done(PostState::Queued))
}

/// A draft may go out now.
pub(super) async fn queue(tx: &mut Tx, id: i64, bot: &str, now: i64) -> Result<(), Fault> {
    tx.run(&MOVE, &args![id, PostState::Queued.as_str(), now]).await?;
    count(tx, bot, (-1, 1), now).await?;
    posts::wake_waiting(tx, std::iter::once(bot), now).await?;
    tx.announce().await
}

/// A queued post may not go out any more.
pub(super) async fn unqueue(tx: &mut Tx, id: i64, bot: &str, now: i64) -> Result<(), Fault> {
    tx.run(&MOVE, &args![id, PostState::Draft.as_str(), now]).await?;
    count(tx, bot, (1, -1), now).await
}

pub(super) async fn count(
    tx: &mut Tx,
    bot: &str,
    (drafts, remaining): (i64, i64),
    now: i64,
) -> Result<(), Fault> {
    let mut bumps = Bumps::default();
    bumps.of(bot).drafts += drafts;
    bumps.of(bot).remaining += remaining;
    bumps.write(tx, now).await
}

/// Whether X may have posts of this bot that its rows know nothing of. Their texts must stay what they
/// are, where they are looked for.
pub(super) async fn is_in_doubt(tx: &mut Tx, bot: &str) -> Result<bool, Fault> {
    Ok(tx.one::<(String,)>(&IN_DOUBT, &args![bot]).await?.is_some())
}

pub(super) async fn reject(tx: &mut Tx, rejection: &Rejection, now: i64) -> Result<Said, Fault> {
    let act = &rejection.act;
    let id = act.post.0;
    let Some(asked) = lock(tx, id).await? else { return Ok(Said::NoPost) };
    let state = asked.state(id)?;
    if asked.content != act.seen {
        return Ok(Said::Changed);
    }
    if is_in_doubt(tx, &asked.bot_id).await? {
        return Ok(Said::InDoubt);
    }
    let (drafts, remaining) = match state {
        PostState::Draft => (-1, 0),
        PostState::Queued => (0, -1),
        PostState::Assigned => {
            let freed = match asked.slot_id {
                Some(slot) => tx.run(&FREE_SLOT, &args![slot, id, now]).await?,
                None => 0,
            };
            if freed == 0 {
                return Ok(Said::TooLate(state));
            }
            (0, 0)
        }
        PostState::Published | PostState::DryRun | PostState::Rejected => {
            return Ok(Said::TooLate(state));
        }
    };
    let bot = asked.bot_id.as_str();
    let said = (act.who.as_str(), Some(rejection.reason.as_str()));
    append(tx, &[Row::of((id, bot), ApprovalVerdict::Rejected, &asked.content, said)], now).await?;
    let is_known_to_x = asked.was_lost();
    take_away(tx, id, &asked.content, is_known_to_x, now).await?;
    count(tx, bot, (drafts, remaining), now).await?;
    happened(tx, "post.rejected", bot, &act.who, now).await?;
    tx.announce().await?;
    Ok(Said::Done(PostState::Rejected))
}

/// A post that never goes out. What X may have seen goes on being like other texts.
pub(crate) async fn take_away(
    tx: &mut Tx,
    id: i64,
    content: &str,
    may_be_on_x: bool,
    now: i64,
) -> Result<(), Fault> {
    tx.run(&REJECT, &args![id, bands::version(), now]).await?;
    if !may_be_on_x {
        bands::forget(tx, [(id, bands::bands_of(content).as_slice())].into_iter()).await?;
    }
    Ok(())
}

pub(super) async fn happened(
    tx: &mut Tx,
    kind: &str,
    bot: &str,
    who: &str,
    now: i64,
) -> Result<(), Fault> {
    let event = Event {
        kind: kind.to_owned(),
        bot: Some(bot.to_owned()),
        slot: None,
        detail: Some(format!("by {who}")),
    };
    events::append(tx, &[event], now).await
}
