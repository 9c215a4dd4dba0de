//! What a person says of a post: yes to these bytes, no, or other words.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::model::{
    Approval, ApprovalMode, BotId, ContentHash, Policy, PolicyHash, Post, PostId, PostState,
};

/// Reasons for rejections that a bot's next prompt is told, at most.
pub const REJECTIONS_MAX: u32 = 5;

/// A post that waits for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The post.
    pub post: Post,
    /// Since when it waits.
    pub since: Timestamp,
    /// A rule of review wants a person to look, whatever the bot's mode.
    pub needs_person: bool,
    /// What it found when the text came; `None` where it found nothing, or an older version of
    /// Flockwork stored the post.
    pub because: Option<String>,
}

/// A post with all that was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewedPost {
    /// The post.
    pub post: Post,
    /// Who decides whether its bot's posts go out.
    pub mode: ApprovalMode,
    /// What its bot may write, now.
    pub policy: Policy,
    /// That policy's fingerprint.
    pub policy_hash: PolicyHash,
    /// A rule of review wants a person to look, whatever the mode.
    pub needs_person: bool,
    /// What it found when the text came, likewise.
    pub because: Option<String>,
    /// It needs a person's approval and has none for exactly these bytes.
    pub is_unapproved: bool,
    /// An earlier send of it lost its answer.
    pub was_lost: bool,
    /// What was said of it, oldest first.
    pub approvals: Vec<Approval>,
}

/// A person's act about a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalAct {
    /// The post.
    pub post: PostId,
    /// The exact text that the person saw.
    pub seen: String,
    /// Who it is.
    pub who: String,
}

/// Another text for a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Whose act, and on which text.
    pub act: ApprovalAct,
    /// The new text, which review does not block.
    pub content: String,
    /// Hash of its normal form.
    pub content_hash: ContentHash,
    /// Why a rule of review wants a person to look; `None` where none does.
    pub because: Option<String>,
    /// The act is a yes to the new text as well.
    pub is_approved: bool,
    /// Why, where it was said.
    pub reason: Option<String>,
}

/// A no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Whose act, and on which text.
    pub act: ApprovalAct,
    /// Why; the bot's next prompt is told.
    pub reason: String,
}

/// What became of a person's act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It counts; the post is this now.
    Done(PostState),
    /// There is no such post.
    NoPost,
    /// The text or the policy is another one than the person saw, and nothing was written.
    Changed,
    /// It is too late for this: published, rejected, or on its way.
    TooLate(PostState),
    /// Its bot lost its history and has not read its timeline since: X may have the text already, and
    /// nothing would know it again if it were another one.
    InDoubt,
}

impl Said {
    /// The same, for a person who said it of post `id`.
    pub fn tell(&self, id: PostId) -> String {
        let id = id.0;
        match self {
            Self::Done(state) => format!("post {id} is {} now", state.as_str()),
            Self::NoPost => format!("there is no post {id}"),
            Self::Changed => {
                format!(
                    "post {id} or its bot's policy is not what you saw any more; look at it again"
                )
            }
            Self::InDoubt => format!(
                "post {id}: its bot lost its history, and X may have this text already; it stays as it is \
                 until the bot has read its timeline, before its next post"
            ),
            Self::TooLate(state) => {
                let why = match state {
                    PostState::Published => "X has it already",
                    PostState::DryRun => "it was rehearsed already",
                    PostState::Rejected => "it was rejected already",
                    PostState::Draft | PostState::Queued | PostState::Assigned => {
                        "it is on its way to X, or was once and may still turn up there"
                    }
                };
                format!("post {id}: too late, {why}")
            }
        }
    }
}

/// What became of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// As with every other act.
    Said(Said),
    /// Another post has this text already.
    Duplicate {
        /// That post.
        of: PostId,
        /// Whose it is.
        bot: BotId,
    },
}

/// Approvals. Every act is one transaction and one more row; the newest row of a post is the one that
/// counts. On the way to X the database itself refuses what needs an approval and has none.
#[async_trait]
pub trait ApprovalStore: Send + Sync {
    /// Posts that wait for a person, of one bot or of all, oldest first.
    async fn list_drafts(&self, bot: Option<&BotId>, max: u32) -> Result<Vec<Draft>, StoreError>;

    /// How many posts wait for a person, by bot, for bots that have any.
    async fn count_drafts(&self, max: u32) -> Result<Vec<(BotId, u64)>, StoreError>;

    /// A post with all that was said of it.
    async fn find_reviewed(&self, id: PostId) -> Result<Option<ReviewedPost>, StoreError>;

    /// A person's yes to exactly the text seen, under the policy seen: a draft is queued, and slots that
    /// wait for content wake.
    async fn approve_post(
        &self,
        act: &ApprovalAct,
        policy: &PolicyHash,
        now: Timestamp,
    ) -> Result<Said, StoreError>;

    /// Other words for a post that X was never sent. Its bands are those of the new text, and an
    /// approval of the old one is undone: where the post needs one, it is a draft again, or loses its
    /// slot when that is due. Too late once the bytes may be on their way.
    async fn edit_post(&self, edit: &Edit, now: Timestamp) -> Result<Edited, StoreError>;

    /// A person's no. Its text stays known, so that it never comes back; but no text is nearly the same
    /// as it any more, since X never had it and the person may want it in better words.
    async fn reject_post(&self, rejection: &Rejection, now: Timestamp) -> Result<Said, StoreError>;

    /// Rejects drafts last touched before `before`, oldest first, each with `reason`. Returns how many.
    async fn expire_drafts(
        &self,
        before: Timestamp,
        reason: &str,
        max: u32,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// The reasons why people rejected the bot's newest posts, newest first, each once, at most
    /// [`REJECTIONS_MAX`].
    async fn list_rejections(&self, bot: &BotId) -> Result<Vec<String>, StoreError>;
}
