//! What happened on the way to X, as a page tells it. Nothing here writes.

use async_trait::async_trait;
use domain::model::{AttemptId, AttemptState, MicroUsd, PayloadHash, PostId, Receipt, SlotId};
use domain::ports::store::{
    ATTEMPTS_TOLD_MAX, AttemptLine, AttemptsOf, ReceiptLine, StoreError, StoryStore,
};

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;

macro_rules! attempts {
    ($whose:literal) => {
        Sql::new(
            "attempts",
            concat!(
                "SELECT a.id, a.slot_id, a.post_id, a.number, a.state, a.payload_hash, a.intent_at,
                    a.closed_at, a.class, a.status, a.detail, a.request_id, a.absence_votes, a.looks,
                    a.charged_micro_usd
                 FROM attempts a WHERE ",
                $whose,
                " ORDER BY a.id LIMIT $2"
            ),
        )
    };
}

static OF_POST: Sql = attempts!("a.post_id = $1");
static OF_SLOT: Sql = attempts!("a.slot_id = $1");

static PROOF: Sql = Sql::new(
    "receipts",
    "SELECT slot_id, x_post_id, posted_at, is_adopted, removed_at, created_at FROM receipts
     WHERE post_id = $1",
);

pub(crate) static TEXTS: [&Sql; 3] = [&OF_POST, &OF_SLOT, &PROOF];

row! {
    struct AttemptRow {
        id: i64,
        slot_id: i64,
        post_id: i64,
        number: i64,
        state: String,
        payload_hash: String,
        intent_at: i64,
        closed_at: Option<i64>,
        class: Option<String>,
        status: Option<i64>,
        detail: Option<String>,
        request_id: Option<String>,
        absence_votes: i64,
        looks: i64,
        charged_micro_usd: i64,
    }
}

row! {
    struct ProofRow {
        slot_id: Option<i64>,
        x_post_id: String,
        posted_at: i64,
        is_adopted: i64,
        removed_at: Option<i64>,
        created_at: i64,
    }
}

#[async_trait]
impl StoryStore for Db {
    async fn list_attempts(&self, of: AttemptsOf) -> Result<Vec<AttemptLine>, StoreError> {
        let (text, key) = match of {
            AttemptsOf::Post(post) => (&OF_POST, post.0),
            AttemptsOf::Slot(slot) => (&OF_SLOT, slot.0),
        };
        let rows: Vec<AttemptRow> =
            self.all(text, &args![key, i64::from(ATTEMPTS_TOLD_MAX)]).await?;
        rows.into_iter().map(AttemptRow::read).collect()
    }

    async fn find_proof(&self, post: PostId) -> Result<Option<ReceiptLine>, StoreError> {
        let row = self.one::<ProofRow>(&PROOF, &args![post.0]).await?;
        row.map(|row| row.read(post)).transpose()
    }
}

impl AttemptRow {
    fn read(self) -> Result<AttemptLine, StoreError> {
        let reading = Reading::of("attempts", self.id);
        Ok(AttemptLine {
            id: AttemptId(self.id),
            slot: SlotId(self.slot_id),
            post: PostId(self.post_id),
            number: reading.count("number", self.number)?,
            state: reading.parsed("state", &self.state, AttemptState::from_word(&self.state))?,
            payload_hash: PayloadHash::from_hex(self.payload_hash),
            intent_at: reading.time("intent_at", self.intent_at)?,
            closed_at: reading.maybe_time("closed_at", self.closed_at)?,
            class: self.class,
            status: self.status.map(|status| reading.count("status", status)).transpose()?,
            detail: self.detail,
            request_id: self.request_id,
            absence_votes: reading.count("absence_votes", self.absence_votes)?,
            looks: reading.count("looks", self.looks)?,
            charged: MicroUsd(self.charged_micro_usd),
        })
    }
}

impl ProofRow {
    fn read(self, post: PostId) -> Result<ReceiptLine, StoreError> {
        let reading = Reading::of("receipts", post.0);
        Ok(ReceiptLine {
            receipt: Receipt {
                x_post_id: reading.x_id(&self.x_post_id)?,
                posted_at: reading.time("posted_at", self.posted_at)?,
                is_adopted: self.is_adopted != 0,
            },
            slot: self.slot_id.map(SlotId),
            stored_at: reading.time("created_at", self.created_at)?,
            removed_at: reading.maybe_time("removed_at", self.removed_at)?,
        })
    }
}
