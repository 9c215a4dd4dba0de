//! One more row of what was said.

use domain::model::{ApprovalVerdict, PayloadHash};

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::text::clean;

/// The policy is the one that holds now.
static APPEND: Sql = Sql::new(
    "approvals",
    "{each post:int bot verdict content hash who reason}
     INSERT INTO approvals (post_id, bot_id, verdict, content, payload_hash, policy_hash, who, at,
        reason)
     SELECT r.post, k.bot_id, r.verdict, r.content, r.hash, k.policy_hash, r.who, $2, r.reason
     {from,} bot_configs k WHERE k.bot_id = r.bot",
);

pub(super) static TEXTS: [&Sql; 1] = [&APPEND];

batch_row! {
    /// What was said of a post.
    pub(crate) struct Row<'a> {
        post: i64,
        bot: &'a str,
        verdict: &'static str,
        content: &'a str,
        hash: String,
        who: String,
        reason: Option<String>,
    }
}

impl<'a> Row<'a> {
    pub(crate) fn of(
        (post, bot): (i64, &'a str),
        verdict: ApprovalVerdict,
        content: &'a str,
        (who, reason): (&str, Option<&str>),
    ) -> Self {
        Self {
            post,
            bot,
            verdict: verdict.as_str(),
            content,
            hash: PayloadHash::of(content).as_str().to_owned(),
            who: clean(who),
            reason: reason.map(clean),
        }
    }
}

pub(crate) async fn append(tx: &mut Tx, rows: &[Row<'_>], now: i64) -> Result<(), Fault> {
    tx.run_each(&APPEND, rows, &args![now]).await.map(|_| ())
}
