//! A post's columns, and the post that they are.

use domain::model::{ContentHash, MicroUsd, Post, PostId, PostState, SlotId};
use domain::ports::store::StoreError;

use crate::row::row;
use crate::rows::Reading;

/// What is asked for, with columns of one's own behind it.
macro_rules! post_columns {
    () => {
        post_columns!("content_hash")
    };
    ($more:literal) => {
        concat!(
            "SELECT id, bot_id, content, category, state, slot_id, created_at, generation_cost,
                generation_tokens, generation_model, content_hash, ",
            $more,
            " FROM posts "
        )
    };
}
pub(crate) use post_columns;

row! {
    pub(crate) struct PostRow {
        id: i64,
        bot_id: String,
        content: String,
        category: Option<String>,
        state: String,
        slot_id: Option<i64>,
        created_at: i64,
        generation_cost: f64,
        generation_tokens: i64,
        generation_model: Option<String>,
        content_hash: String,
    }
}

impl PostRow {
    pub(crate) fn read(self) -> Result<Post, StoreError> {
        let reading = Reading::of("posts", self.id);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "costs stay far below 2^53 micro-dollars"
        )]
        let cost = (self.generation_cost * 1_000_000.0).round() as i64;
        Ok(Post {
            id: PostId(self.id),
            bot: reading.bot(&self.bot_id)?,
            state: reading.parsed("state", &self.state, PostState::from_word(&self.state))?,
            slot: self.slot_id.map(SlotId),
            created_at: reading.time("created_at", self.created_at)?,
            generation_cost: MicroUsd(cost),
            generation_tokens: reading.count("generation_tokens", self.generation_tokens)?,
            content: self.content,
            topic: self.category,
            generation_model: self.generation_model,
            content_hash: ContentHash::from_hex(self.content_hash),
        })
    }
}
