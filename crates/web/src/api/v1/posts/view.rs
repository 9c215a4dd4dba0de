//! A post, as JSON.

use domain::model::{PayloadHash, Post};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::v1::word::PostStateWord;

/// A post.
#[derive(Serialize, ToSchema)]
#[schema(as = Post)]
pub(in crate::api::v1) struct PostView {
    id: i64,
    bot: String,
    state: PostStateWord,
    /// The exact text.
    text: String,
    /// SHA-256 of its bytes: what an approval is given to.
    payload_hash: String,
    #[schema(required)]
    topic: Option<String>,
    /// The slot that holds or sent it.
    #[schema(required)]
    slot: Option<i64>,
    created_at: Timestamp,
    /// What wrote it: a model's id or `grammar`; none where a person or a file brought it.
    #[schema(required)]
    generation_model: Option<String>,
    /// Its share of the tokens.
    generation_tokens: u64,
    /// Its share of the cost, in millionths of a dollar.
    generation_cost_micro_usd: i64,
}

impl PostView {
    pub(in crate::api::v1) fn of(post: Post) -> Self {
        Self {
            id: post.id.0,
            bot: post.bot.into(),
            state: PostStateWord(post.state),
            payload_hash: PayloadHash::of(&post.content).as_str().to_owned(),
            text: post.content,
            topic: post.topic,
            slot: post.slot.map(|slot| slot.0),
            created_at: post.created_at,
            generation_model: post.generation_model,
            generation_tokens: post.generation_tokens,
            generation_cost_micro_usd: post.generation_cost.0,
        }
    }
}
