//! The real store, but a call may fail before it reaches it: the database is away, full or broken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::model::{
    Bot, BotId, BotState, ContentHash, Fence, Lease, ManagedBy, Post, PostId, Share, SkipReason,
    SlotId, StateReason, XUserId,
};
use domain::ports::store::{
    Abandoned, Assignment, AttemptStore, Begun, BotLine, BotStore, Claimed, ClosedAt, Counts,
    Extension, History, Intend, Intent, NewLease, NewPost, NodeLine, NodeStore, OpenAttempt,
    OpenSlot, PostStore, ReadStore, Refill, RefillNote, SeenPost, Settlement, SlotLine, SlotStore,
    SlotView, StoreError, StoredPost, SyncReport, Unplanned,
};
use jiff::{SignedDuration, Timestamp};
use store::Db;

/// What is to fail.
#[derive(Clone, Default)]
pub struct StoreFaults(Arc<Mutex<HashMap<&'static str, Vec<StoreError>>>>);

impl StoreFaults {
    /// The next `times` calls of `method` fail with `error`.
    pub fn fail(&self, method: &'static str, times: usize, error: &StoreError) {
        let errors = std::iter::repeat_n(error.clone(), times);
        self.0.lock().unwrap().entry(method).or_default().extend(errors);
    }

    /// How many of them did not happen yet.
    pub fn left(&self, method: &str) -> usize {
        self.0.lock().unwrap().get(method).map_or(0, Vec::len)
    }

    fn met_by(&self, method: &str) -> Result<(), StoreError> {
        let mut faults = self.0.lock().unwrap();
        faults.get_mut(method).and_then(Vec::pop).map_or(Ok(()), Err)
    }
}

pub struct Faulty {
    pub db: Db,
    pub faults: StoreFaults,
}

macro_rules! forward {
    ($port:ident { $(fn $method:ident($($name:ident: $kind:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl $port for Faulty {
            $(async fn $method(&self, $($name: $kind),*) -> $answer {
                self.faults.met_by(stringify!($method))?;
                self.db.$method($($name),*).await
            })*
        }
    };
}

forward!(AttemptStore {
    fn begin_attempts(intents: &[Intent], now: Timestamp) -> Result<Vec<Begun>, StoreError>;
    fn settle(settlements: &[Settlement], now: Timestamp) -> Result<Vec<SlotId>, StoreError>;
    fn take_open_attempts(now: Timestamp, fence: Fence, max: u32) -> Result<Vec<OpenAttempt>, StoreError>;
    fn adopt_seen(bot: &BotId, seen: &[SeenPost], now: Timestamp) -> Result<Vec<PostId>, StoreError>;
});

forward!(BotStore {
    fn sync_bots(declared: &[Bot], places: &[ManagedBy], now: Timestamp) -> Result<SyncReport, StoreError>;
    fn find_bot(id: &BotId) -> Result<Option<(Bot, BotState, Option<StateReason>)>, StoreError>;
    fn list_bot_ids(after: Option<&BotId>, max: u32) -> Result<Vec<BotId>, StoreError>;
    fn set_bot_state(id: &BotId, state: BotState, reason: Option<StateReason>, now: Timestamp) -> Result<bool, StoreError>;
    fn set_x_user(id: &BotId, user: &XUserId, now: Timestamp) -> Result<(), StoreError>;
});

forward!(NodeStore {
    fn history() -> Result<History, StoreError>;
    fn take_lease(wanted: &NewLease<'_>, now: Timestamp) -> Result<Lease, StoreError>;
    fn renew_lease(lease: &Lease, now: Timestamp, length: SignedDuration) -> Result<Option<Lease>, StoreError>;
    fn end_lease(lease: &Lease, now: Timestamp) -> Result<(), StoreError>;
    fn database_time() -> Result<Option<Timestamp>, StoreError>;
    fn recover_abandoned(now: Timestamp, closed_at: ClosedAt) -> Result<Abandoned, StoreError>;
    fn distrust_history(since: Timestamp, now: Timestamp) -> Result<u64, StoreError>;
    fn set_kill_switch(is_on: bool, now: Timestamp) -> Result<(), StoreError>;
});

forward!(PostStore {
    fn store_posts(posts: &[NewPost], now: Timestamp) -> Result<Vec<StoredPost>, StoreError>;
    fn store_refill(posts: &[NewPost], note: &RefillNote, now: Timestamp) -> Result<Vec<StoredPost>, StoreError>;
    fn take_refills(now: Timestamp, fence: Fence, max: u32) -> Result<Vec<Refill>, StoreError>;
    fn find_hashes(hashes: &[ContentHash]) -> Result<Vec<(ContentHash, PostId, BotId)>, StoreError>;
    fn list_recent_texts(bot: &BotId, max: u32) -> Result<Vec<String>, StoreError>;
    fn list_queue(bot: &BotId, max: u32) -> Result<Vec<Post>, StoreError>;
    fn remove_post(id: PostId, now: Timestamp) -> Result<bool, StoreError>;
    fn find_post(id: PostId) -> Result<Option<Post>, StoreError>;
});

forward!(ReadStore {
    fn list_bots(after: Option<&BotId>, max: u32) -> Result<Vec<BotLine>, StoreError>;
    fn find_bot_line(bot: &BotId) -> Result<Option<BotLine>, StoreError>;
    fn list_slots(view: SlotView, bot: Option<&BotId>, max: u32) -> Result<Vec<SlotLine>, StoreError>;
    fn find_slot(slot: SlotId) -> Result<Option<SlotLine>, StoreError>;
    fn counts() -> Result<Counts, StoreError>;
    fn list_nodes(now: Timestamp) -> Result<Vec<NodeLine>, StoreError>;
    fn ping() -> Result<(), StoreError>;
});

forward!(SlotStore {
    fn list_unplanned(now: Timestamp, share: Share, max: u32) -> Result<Vec<Unplanned>, StoreError>;
    fn extend_plans(extensions: &[Extension], now: Timestamp) -> Result<u64, StoreError>;
    fn follow_zone_rules(now: Timestamp) -> Result<Vec<String>, StoreError>;
    fn list_open_slots(now: Timestamp, share: Share, max: u32) -> Result<Vec<OpenSlot>, StoreError>;
    fn assign(assignments: &[Assignment], now: Timestamp) -> Result<Vec<SlotId>, StoreError>;
    fn await_content(slots: &[(SlotId, i64, Timestamp)], now: Timestamp) -> Result<(), StoreError>;
    fn skip_planned(slots: &[(SlotId, i64, SkipReason)], now: Timestamp) -> Result<u64, StoreError>;
    fn claim_due(now: Timestamp, fence: Fence, max: u32, intend: Intend<'_>) -> Result<Vec<Claimed>, StoreError>;
    fn ask_for_slot(bot: &BotId, now: Timestamp) -> Result<Option<SlotId>, StoreError>;
    fn next_wake() -> Result<Option<Timestamp>, StoreError>;
});
