//! What pages, health and the command line show. Nothing here writes.

use async_trait::async_trait;
use domain::model::{BotId, BotStats, Fence, MicroUsd, PostId, SlotId};
use domain::ports::store::{BotLine, Counts, NodeLine, ReadStore, SlotLine, SlotView, StoreError};
use jiff::Timestamp;

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;

macro_rules! bot_columns {
    () => {
        "SELECT b.bot_id, b.state, b.state_reason, b.managed_by, c.is_rehearsal, c.schedule_cron,
            c.timezone, c.low_water, s.total_posts, s.remaining_posts, s.last_post_at,
            s.last_replenishment_at, s.last_error, s.last_error_at, s.spend_micro_usd,
            (SELECT min(n.due_at) FROM slots n WHERE n.bot_id = b.bot_id AND {waiting n})
                AS next_slot_at
         FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id
         JOIN bot_stats s ON s.bot_id = b.bot_id "
    };
}

macro_rules! slot_columns {
    () => {
        "SELECT s.id, s.bot_id, s.post_id, s.due_at, s.moved_from, s.state, s.reason, s.wake_at, s.updated_at, s.detail,
            s.attempts, COALESCE(p.content, a.payload) AS text, p.category, x.x_post_id,
            x.posted_at
         FROM slots s
         LEFT JOIN posts p ON p.id = s.post_id
         LEFT JOIN attempts a ON a.slot_id = s.id AND a.number = s.attempts
         LEFT JOIN receipts x ON x.slot_id = s.id "
    };
}
pub(crate) use slot_columns;

static LIST_BOTS: Sql = Sql::new(
    "bots",
    concat!(
        bot_columns!(),
        "WHERE b.bot_id > $1 AND b.state <> 'closed' ORDER BY b.bot_id LIMIT $2"
    ),
);

static FIND_BOT: Sql = Sql::new("bots", concat!(bot_columns!(), "WHERE b.bot_id = $1"));

macro_rules! slots {
    ($states:literal, $order:literal) => {
        Sql::new(
            "slots",
            concat!(slot_columns!(), "WHERE ", $states, " ORDER BY s.due_at ", $order, " LIMIT $1"),
        )
    };
    (of_bot: $states:literal, $order:literal) => {
        Sql::new(
            "slots",
            concat!(
                slot_columns!(),
                "WHERE s.bot_id = $2 AND ",
                $states,
                " ORDER BY s.due_at ",
                $order,
                " LIMIT $1"
            ),
        )
    };
}

static NEXT: Sql = slots!("{waiting s}", "");
static OPEN: Sql = slots!("{in_flight s}", "");
static GONE: Sql = slots!("{gone s}", "DESC");
static ATTENTION: Sql = slots!("s.state = 'needs_attention'", "");
static NEXT_OF_BOT: Sql = slots!(of_bot: "{waiting s}", "");
static OPEN_OF_BOT: Sql = slots!(of_bot: "{in_flight s}", "");
static GONE_OF_BOT: Sql = slots!(of_bot: "{gone s}", "DESC");
static ATTENTION_OF_BOT: Sql = slots!(of_bot: "s.state = 'needs_attention'", "");

static FIND_SLOT: Sql = Sql::new("slots", concat!(slot_columns!(), "WHERE s.id = $1"));

static COUNTS: Sql = Sql::new(
    "bot_stats",
    "SELECT
        (SELECT count(*) FROM bots WHERE state <> 'closed') AS bots,
        (SELECT count(*) FROM bots WHERE state = 'active') AS bots_active,
        (SELECT count(*) FROM bots WHERE state = 'needs_login') AS bots_needing_login,
        (SELECT count(*) FROM bots b JOIN bot_stats t ON t.bot_id = b.bot_id
         WHERE b.state = 'active' AND t.remaining_posts < t.low_water) AS queues_low,
        (SELECT count(*) FROM bots b JOIN bot_stats t ON t.bot_id = b.bot_id
         WHERE b.state = 'active' AND t.remaining_posts < t.low_water AND t.remaining_posts = 0)
            AS queues_empty,
        (SELECT CAST(COALESCE(sum(remaining_posts), 0) AS BIGINT) FROM bot_stats) AS queued,
        (SELECT CAST(COALESCE(sum(total_posts), 0) AS BIGINT) FROM bot_stats) AS published,
        (SELECT CAST(COALESCE(sum(spend_micro_usd), 0) AS BIGINT) FROM bot_stats) AS spend,
        (SELECT count(*) FROM slots s WHERE {in_flight s} AND s.state <> 'sending') AS unknown,
        (SELECT count(*) FROM slots WHERE state = 'needs_attention') AS attention,
        (SELECT count(*) FROM meta WHERE key = 'kill_switch' AND value = 'on') AS stopped",
);

static NODES: Sql = Sql::new(
    "nodes",
    "SELECT fence, node, expires_at, declared FROM nodes
     WHERE ended_at IS NULL AND expires_at > {clock $1} ORDER BY fence",
);

static PING: Sql = Sql::new("meta", "SELECT value FROM meta WHERE key = 'identity'");

pub(crate) static TEXTS: [&Sql; 14] = [
    &LIST_BOTS,
    &FIND_BOT,
    &NEXT,
    &OPEN,
    &GONE,
    &ATTENTION,
    &NEXT_OF_BOT,
    &OPEN_OF_BOT,
    &GONE_OF_BOT,
    &ATTENTION_OF_BOT,
    &FIND_SLOT,
    &COUNTS,
    &NODES,
    &PING,
];

row! {
    struct BotRow {
        bot_id: String,
        state: String,
        state_reason: Option<String>,
        managed_by: String,
        is_rehearsal: i64,
        schedule_cron: String,
        timezone: String,
        low_water: i64,
        total_posts: i64,
        remaining_posts: i64,
        last_post_at: Option<i64>,
        last_replenishment_at: Option<i64>,
        last_error: Option<String>,
        last_error_at: Option<i64>,
        spend_micro_usd: i64,
        next_slot_at: Option<i64>,
    }
}

impl BotRow {
    fn read(self) -> Result<BotLine, StoreError> {
        let reading = Reading::of("bots", &self.bot_id);
        let (state, state_reason) = reading.bot_state(&self.state, self.state_reason.as_deref())?;
        let counted = Reading::of("bot_stats", &self.bot_id);
        let last_error_at = counted.maybe_time("last_error_at", self.last_error_at)?;
        Ok(BotLine {
            stats: BotStats {
                bot: reading.bot(&self.bot_id)?,
                total_posts: counted.count("total_posts", self.total_posts)?,
                remaining_posts: counted.count("remaining_posts", self.remaining_posts)?,
                last_post_at: counted.maybe_time("last_post_at", self.last_post_at)?,
                last_replenishment_at: counted
                    .maybe_time("last_replenishment_at", self.last_replenishment_at)?,
                spend: MicroUsd(self.spend_micro_usd),
            },
            state,
            state_reason,
            managed_by: reading.managed_by(&self.managed_by)?,
            is_rehearsal: self.is_rehearsal != 0,
            low_water: reading.count("low_water", self.low_water)?,
            next_slot_at: reading.maybe_time("next_slot_at", self.next_slot_at)?,
            schedule_cron: self.schedule_cron,
            timezone: self.timezone,
            last_error: self.last_error.zip(last_error_at),
        })
    }
}

row! {
    pub(crate) struct SlotRow {
        id: i64,
        bot_id: String,
        post_id: Option<i64>,
        due_at: i64,
        moved_from: Option<i64>,
        state: String,
        reason: Option<String>,
        wake_at: Option<i64>,
        updated_at: i64,
        detail: Option<String>,
        attempts: i64,
        text: Option<String>,
        category: Option<String>,
        x_post_id: Option<String>,
        posted_at: Option<i64>,
    }
}

impl SlotRow {
    pub(crate) fn read(self) -> Result<SlotLine, StoreError> {
        let reading = Reading::of("slots", self.id);
        Ok(SlotLine {
            slot: SlotId(self.id),
            bot: reading.bot(&self.bot_id)?,
            post: self.post_id.map(PostId),
            due_at: reading.time("due_at", self.due_at)?,
            moved_from: reading.maybe_time("moved_from", self.moved_from)?,
            state: reading.slot_state(&self.state, self.reason.as_deref())?,
            wake_at: reading.maybe_time("wake_at", self.wake_at)?,
            updated_at: reading.time("updated_at", self.updated_at)?,
            detail: self.detail,
            text: self.text,
            topic: self.category,
            x_post_id: reading.maybe_x_id(self.x_post_id.as_deref())?,
            posted_at: reading.maybe_time("posted_at", self.posted_at)?,
            attempts: reading.count("attempts", self.attempts)?,
        })
    }
}

row! {
    struct CountsRow {
        bots: i64,
        bots_active: i64,
        bots_needing_login: i64,
        queues_low: i64,
        queues_empty: i64,
        queued: i64,
        published: i64,
        spend: i64,
        unknown: i64,
        attention: i64,
        stopped: i64,
    }
}

#[async_trait]
impl ReadStore for Db {
    async fn list_bots(&self, after: Option<&BotId>, max: u32) -> Result<Vec<BotLine>, StoreError> {
        let after = after.map_or("", BotId::as_str);
        let rows: Vec<BotRow> = self.all(&LIST_BOTS, &args![after, i64::from(max)]).await?;
        rows.into_iter().map(BotRow::read).collect()
    }

    async fn find_bot_line(&self, bot: &BotId) -> Result<Option<BotLine>, StoreError> {
        self.one::<BotRow>(&FIND_BOT, &args![bot.as_str()]).await?.map(BotRow::read).transpose()
    }

    async fn list_slots(
        &self,
        view: SlotView,
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError> {
        let (of_all, of_bot) = match view {
            SlotView::Next => (&NEXT, &NEXT_OF_BOT),
            SlotView::Open => (&OPEN, &OPEN_OF_BOT),
            SlotView::Gone => (&GONE, &GONE_OF_BOT),
            SlotView::Attention => (&ATTENTION, &ATTENTION_OF_BOT),
        };
        let rows: Vec<SlotRow> = match bot {
            Some(bot) => self.all(of_bot, &args![i64::from(max), bot.as_str()]).await?,
            None => self.all(of_all, &args![i64::from(max)]).await?,
        };
        rows.into_iter().map(SlotRow::read).collect()
    }

    async fn find_slot(&self, slot: SlotId) -> Result<Option<SlotLine>, StoreError> {
        self.one::<SlotRow>(&FIND_SLOT, &args![slot.0]).await?.map(SlotRow::read).transpose()
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let Some(row) = self.one::<CountsRow>(&COUNTS, &[]).await? else {
            return Ok(Counts::default());
        };
        let reading = Reading::of("bot_stats", "all");
        Ok(Counts {
            bots: reading.count("bots", row.bots)?,
            bots_active: reading.count("bots_active", row.bots_active)?,
            bots_needing_login: reading.count("bots_needing_login", row.bots_needing_login)?,
            queues_low: reading.count("queues_low", row.queues_low)?,
            queues_empty: reading.count("queues_empty", row.queues_empty)?,
            queued: reading.count("remaining_posts", row.queued)?,
            published: reading.count("total_posts", row.published)?,
            unknown: reading.count("unknown", row.unknown)?,
            attention: reading.count("attention", row.attention)?,
            spend: MicroUsd(row.spend),
            is_stopped: row.stopped != 0,
        })
    }

    async fn list_nodes(&self, now: Timestamp) -> Result<Vec<NodeLine>, StoreError> {
        let rows: Vec<(i64, String, i64, Option<String>)> =
            self.all(&NODES, &args![now.as_millisecond()]).await?;
        rows.into_iter()
            .map(|(fence, node, expires_at, declared)| {
                let expires_at = Reading::of("nodes", fence).time("expires_at", expires_at)?;
                Ok(NodeLine { fence: Fence(fence), node, expires_at, declared })
            })
            .collect()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.demand_in_place()?;
        self.one::<(String,)>(&PING, &[]).await.map(|_| ())
    }
}
