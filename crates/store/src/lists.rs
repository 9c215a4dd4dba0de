//! Lists in pages: each goes on after the row that the page before ended with, so what happens meanwhile
//! shows nothing twice and hides nothing that stays.

use async_trait::async_trait;
use domain::model::{BotId, Post, PostId, SlotId};
use domain::ports::store::{ListStore, PostsOf, SlotLine, SlotView, StoreError};
use jiff::Timestamp;

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::posts::{PostRow, post_columns};
use crate::read::{SlotRow, slot_columns};

static POSTS: Sql =
    Sql::new("posts", concat!(post_columns!(), "WHERE id < $2 ORDER BY id DESC LIMIT $1"));

static POSTS_OF_BOT: Sql = Sql::new(
    "posts",
    concat!(post_columns!(), "WHERE bot_id = $3 AND id < $2 ORDER BY id DESC LIMIT $1"),
);

static POSTS_IN_STATE: Sql = Sql::new(
    "posts",
    concat!(
        post_columns!(),
        "WHERE bot_id = $3 AND state = $4 AND id < $2 ORDER BY id DESC LIMIT $1"
    ),
);

static DRAFTS: Sql = Sql::new(
    "posts",
    concat!(post_columns!(), "WHERE state = 'draft' AND id < $2 ORDER BY id DESC LIMIT $1"),
);

macro_rules! onwards {
    ($states:literal) => {
        onwards!(where: concat!($states, " AND s.due_at >= $2 AND (s.due_at > $2 OR s.id > $3)
            ORDER BY s.due_at, s.id LIMIT $1"))
    };
    (of_bot: $states:literal) => {
        onwards!(where: concat!("s.bot_id = $4 AND ", $states,
            " AND s.due_at >= $2 AND (s.due_at > $2 OR s.id > $3)
            ORDER BY s.due_at, s.id LIMIT $1"))
    };
    (back: $states:literal) => {
        onwards!(where: concat!($states, " AND s.due_at <= $2 AND (s.due_at < $2 OR s.id < $3)
            ORDER BY s.due_at DESC, s.id DESC LIMIT $1"))
    };
    (back of_bot: $states:literal) => {
        onwards!(where: concat!("s.bot_id = $4 AND ", $states,
            " AND s.due_at <= $2 AND (s.due_at < $2 OR s.id < $3)
            ORDER BY s.due_at DESC, s.id DESC LIMIT $1"))
    };
    (where: $where:expr) => {
        Sql::new("slots", concat!(slot_columns!(), "WHERE ", $where))
    };
}

static NEXT: Sql = onwards!("{waiting s}");
static OPEN: Sql = onwards!("{in_flight s}");
static ATTENTION: Sql = onwards!("s.state = 'needs_attention'");
static GONE: Sql = onwards!(back: "{gone s}");
static NEXT_OF_BOT: Sql = onwards!(of_bot: "{waiting s}");
static OPEN_OF_BOT: Sql = onwards!(of_bot: "{in_flight s}");
static ATTENTION_OF_BOT: Sql = onwards!(of_bot: "s.state = 'needs_attention'");
static GONE_OF_BOT: Sql = onwards!(back of_bot: "{gone s}");

pub(crate) static TEXTS: [&Sql; 12] = [
    &POSTS,
    &POSTS_OF_BOT,
    &POSTS_IN_STATE,
    &DRAFTS,
    &NEXT,
    &OPEN,
    &ATTENTION,
    &GONE,
    &NEXT_OF_BOT,
    &OPEN_OF_BOT,
    &ATTENTION_OF_BOT,
    &GONE_OF_BOT,
];

#[async_trait]
impl ListStore for Db {
    async fn page_posts(
        &self,
        of: PostsOf<'_>,
        before: Option<PostId>,
        max: u32,
    ) -> Result<Vec<Post>, StoreError> {
        let (max, before) = (i64::from(max), before.map_or(i64::MAX, |post| post.0));
        let rows: Vec<PostRow> = match of {
            PostsOf::All => self.all(&POSTS, &args![max, before]).await?,
            PostsOf::Bot(bot) => self.all(&POSTS_OF_BOT, &args![max, before, bot.as_str()]).await?,
            PostsOf::InState(bot, state) => {
                let args = args![max, before, bot.as_str(), state.as_str()];
                self.all(&POSTS_IN_STATE, &args).await?
            }
            PostsOf::Drafts => self.all(&DRAFTS, &args![max, before]).await?,
        };
        rows.into_iter().map(PostRow::read).collect()
    }

    async fn page_slots(
        &self,
        view: SlotView,
        bot: Option<&BotId>,
        after: Option<(Timestamp, SlotId)>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError> {
        let (of_all, of_bot) = match view {
            SlotView::Next => (&NEXT, &NEXT_OF_BOT),
            SlotView::Open => (&OPEN, &OPEN_OF_BOT),
            SlotView::Attention => (&ATTENTION, &ATTENTION_OF_BOT),
            SlotView::Gone => (&GONE, &GONE_OF_BOT),
        };
        let edge = if view == SlotView::Gone { i64::MAX } else { i64::MIN };
        let (due, id) = after.map_or((edge, edge), |(due, id)| (due.as_millisecond(), id.0));
        let max = i64::from(max);
        let rows: Vec<SlotRow> = match bot {
            Some(bot) => self.all(of_bot, &args![max, due, id, bot.as_str()]).await?,
            None => self.all(of_all, &args![max, due, id]).await?,
        };
        rows.into_iter().map(SlotRow::read).collect()
    }
}
