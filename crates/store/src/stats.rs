//! `bot_stats`: counters that change in the same transaction as what they count, so that they never
//! drift.

use std::collections::BTreeMap;

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;

pub(crate) static BUMP: Sql = Sql::new(
    "bot_stats",
    "{each bot remaining:int drafts:int total:int spend:int posted_at:int is_cleared:int error}
     UPDATE bot_stats SET
        remaining_posts = remaining_posts + r.remaining,
        draft_posts = draft_posts + r.drafts,
        total_posts = total_posts + r.total,
        spend_micro_usd = spend_micro_usd + r.spend,
        last_post_at = CASE WHEN r.posted_at IS NOT NULL
            AND (last_post_at IS NULL OR last_post_at < r.posted_at)
            THEN r.posted_at ELSE last_post_at END,
        last_error = CASE WHEN r.is_cleared = 1 THEN NULL ELSE COALESCE(r.error, last_error) END,
        last_error_at = CASE WHEN r.is_cleared = 1 THEN NULL
            WHEN r.error IS NOT NULL THEN $2 ELSE last_error_at END,
        updated_at = $2
     {from} WHERE bot_stats.bot_id = r.bot",
);

pub(crate) static TEXTS: [&Sql; 1] = [&BUMP];

batch_row! {
    /// What a transaction does to the counters of one bot.
    #[derive(Clone, Default)]
    pub(crate) struct Bump {
        bot: String,
        /// Queued posts more, or less.
        pub(crate) remaining: i64,
        /// Posts that wait for a person, more or less.
        pub(crate) drafts: i64,
        /// Posts that X has, more.
        pub(crate) total: i64,
        /// Micro-dollars gone.
        pub(crate) spend: i64,
        /// When the newest of them was posted.
        pub(crate) posted_at: Option<i64>,
        is_cleared: i64,
        error: Option<String>,
    }
}

impl Bump {
    /// Something worked: the last error is history.
    pub(crate) fn clear_error(&mut self) {
        self.is_cleared = 1;
        self.error = None;
    }

    /// Something went wrong.
    pub(crate) fn set_error(&mut self, error: String) {
        self.is_cleared = 0;
        self.error = Some(error);
    }
}

/// The bumps of a batch. Ordered by bot, so that two transactions lock rows in the same order.
#[derive(Debug, Default)]
pub(crate) struct Bumps(BTreeMap<String, Bump>);

impl Bumps {
    pub(crate) fn of(&mut self, bot: &str) -> &mut Bump {
        self.0
            .entry(bot.to_owned())
            .or_insert_with(|| Bump { bot: bot.to_owned(), ..Bump::default() })
    }

    pub(crate) async fn write(self, tx: &mut Tx, now: i64) -> Result<(), Fault> {
        let rows: Vec<Bump> = self.0.into_values().collect();
        tx.run_each(&BUMP, &rows, &args![now]).await.map(|_| ())
    }
}
