//! Try-outs: texts that a person asks for to see what a persona writes. None of them is queued.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use crate::model::{BotForm, BotId, Fence, MicroUsd, Persona, TriedText, TryOutId, TryOutState};

/// Texts that are asked for at once.
pub const TRY_OUT_TEXTS: u32 = 5;
/// One that took longer than this is given up: the node that had it in its hands is gone, or its model.
pub const TRY_OUT_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How long what was written can be looked at.
pub const TRY_OUT_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTryOut {
    /// On whose money.
    pub bot: BotId,
    /// In whose voice.
    pub persona: Persona,
    /// The form as it stood, to go on with.
    pub form: BotForm,
    /// Who asks; each person has one at a time.
    pub asked_by: String,
}

/// What became of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TryOutAnswer {
    /// The texts; none where nothing came.
    pub texts: Vec<TriedText>,
    /// Who wrote them.
    pub model: Option<String>,
    /// What they cost.
    pub cost: MicroUsd,
    /// Why nothing came, in one sentence.
    pub error: Option<String>,
}

/// One that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TryOut {
    /// Its number.
    pub id: TryOutId,
    /// What was asked for.
    pub asked: NewTryOut,
    /// When.
    pub asked_at: Timestamp,
    /// How far it is.
    pub state: TryOutState,
    /// What came.
    pub answer: TryOutAnswer,
}

/// Try-outs.
#[async_trait]
pub trait TryOutStore: Send + Sync {
    /// Asks for one. `Err` is the one that the person has open already; nothing is asked for twice.
    async fn ask_try_out(
        &self,
        new: &NewTryOut,
        now: Timestamp,
    ) -> Result<Result<TryOutId, TryOutId>, StoreError>;

    /// Takes up to `max` that nobody has begun, the oldest first. They are this node's.
    async fn take_try_outs(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<TryOut>, StoreError>;

    /// What became of one that this node took. `false`: it was given up meanwhile.
    async fn end_try_out(
        &self,
        id: TryOutId,
        fence: Fence,
        answer: &TryOutAnswer,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// That one, as long as it is kept.
    async fn find_try_out(&self, id: TryOutId) -> Result<Option<TryOut>, StoreError>;

    /// Gives up those that took too long, and forgets those that are too old: at most `max` of each. How
    /// many were given up.
    async fn tidy_try_outs(&self, max: u32, now: Timestamp) -> Result<u64, StoreError>;
}
