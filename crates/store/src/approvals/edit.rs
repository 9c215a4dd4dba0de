//! Other words for a post, with everything that follows in the same transaction.

use domain::model::{ApprovalVerdict, BotId, PostId, PostState};
use domain::ports::store::{Edit, Edited, Said, StoreError};

use super::act::{self, is_in_doubt, lock, queue, unqueue};
use super::record::{Row, append};
use crate::arg::args;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::posts::bands;
use crate::rows::Reading;

/// Nothing was sent for the slot. A claim that comes between finds another version and claims anew; a
/// node that has it in its hands already compares the text when it stores its intent.
static HOLD_SLOT: Sql = Sql::new(
    "slots",
    "UPDATE slots SET version = CASE WHEN state = 'assigned' THEN version + 1 ELSE version END
     WHERE id = $1 AND post_id = $2 AND state IN ('assigned', 'claimed') AND attempts = 0
        AND ambiguous_rounds = 0
     RETURNING id",
);

static OTHER: Sql =
    Sql::new("posts", "SELECT id, bot_id FROM posts WHERE content_hash = $1 AND id <> $2");

static EDIT: Sql = Sql::new(
    "posts",
    "UPDATE posts SET content = $2, content_hash = $3, needs_person = $4, bands_version = $5,
        updated_at = $6, held_because = $7
     WHERE id = $1",
);

static IS_APPROVED: Sql =
    Sql::new("posts", "SELECT p.id FROM posts p WHERE p.id = $1 AND {approved p}");

pub(super) static TEXTS: [&Sql; 4] = [&HOLD_SLOT, &OTHER, &EDIT, &IS_APPROVED];

/// The bands of both texts, worked out before the transaction begins.
pub(super) struct Bands {
    old: Vec<i64>,
    new: Vec<i64>,
}

impl Bands {
    pub(super) fn of(edit: &Edit) -> Self {
        Self { old: bands::bands_of(&edit.act.seen), new: bands::bands_of(&edit.content) }
    }
}

pub(super) async fn edit(
    tx: &mut Tx,
    edit: &Edit,
    bands: &Bands,
    now: i64,
) -> Result<Edited, Fault> {
    let id = edit.act.post.0;
    let Some(asked) = lock(tx, id).await? else { return Ok(Edited::Said(Said::NoPost)) };
    let state = asked.state(id)?;
    if asked.content != edit.act.seen {
        return Ok(Edited::Said(Said::Changed));
    }
    let may_change = match state {
        PostState::Draft | PostState::Queued => true,
        PostState::Assigned => match asked.slot_id {
            Some(slot) => tx.one::<(i64,)>(&HOLD_SLOT, &args![slot, id]).await?.is_some(),
            None => false,
        },
        PostState::Published | PostState::DryRun | PostState::Rejected => false,
    };
    if !may_change || asked.was_lost() {
        return Ok(Edited::Said(Said::TooLate(state)));
    }
    if is_in_doubt(tx, &asked.bot_id).await? {
        return Ok(Edited::Said(Said::InDoubt));
    }
    let hash = edit.content_hash.as_str();
    if let Some((of, bot)) = tx.one::<(i64, String)>(&OTHER, &args![hash, id]).await? {
        let bot: BotId = Reading::of("posts", of).bot(&bot)?;
        return Ok(Edited::Duplicate { of: PostId(of), bot });
    }
    write(tx, edit, (bands, &asked.bot_id), now).await?;
    let is_approved = tx.one::<(i64,)>(&IS_APPROVED, &args![id]).await?.is_some();
    let after = match (state, is_approved) {
        (PostState::Draft, true) if edit.is_approved => {
            queue(tx, id, &asked.bot_id, now).await?;
            PostState::Queued
        }
        (PostState::Queued, false) => {
            unqueue(tx, id, &asked.bot_id, now).await?;
            PostState::Draft
        }
        // What a slot holds is given up when that is due; a draft of a bot that asks nobody any more
        // waits for the person who made it one.
        (unchanged, _) => unchanged,
    };
    Ok(Edited::Said(Said::Done(after)))
}

async fn write(
    tx: &mut Tx,
    edit: &Edit,
    (bands, bot): (&Bands, &str),
    now: i64,
) -> Result<(), Fault> {
    let (id, who) = (edit.act.post.0, edit.act.who.as_str());
    let because = edit.because.as_deref();
    let needs_person = i64::from(because.is_some());
    let hash = edit.content_hash.as_str();
    let args = args![id, &edit.content, hash, needs_person, bands::version(), now, because];
    if tx.run(&EDIT, &args).await? == 0 {
        return Err(StoreError::Failed("a post that was locked has gone".to_owned()).into());
    }
    bands::forget(tx, [(id, bands.old.as_slice())].into_iter()).await?;
    bands::keep(tx, [(id, bands.new.as_slice())].into_iter()).await?;
    let said = (who, edit.reason.as_deref());
    let edited = Row::of((id, bot), ApprovalVerdict::Edited, &edit.content, said);
    append(tx, &[edited], now).await?;
    if edit.is_approved {
        let approved = Row::of((id, bot), ApprovalVerdict::Approved, &edit.content, (who, None));
        append(tx, &[approved], now).await?;
    }
    act::happened(tx, "post.edited", bot, who, now).await
}
