//! The life of a post, step by step, for tests that begin somewhere in it.

use domain::model::{
    AttemptState, AttentionReason, BotId, ContentHash, Fence, Fold, Lease, MicroUsd, PayloadHash,
    PostId, Receipt, Share, SlotId, SlotPhase, SlotState, TraceId, XPostId,
};
use domain::ports::store::{
    Assignment, AttemptStore, AttemptVerdict, Begun, BotChange, BotStore, DueSlot, Extension,
    Intent, NewLease, NewPost, NodeStore, PlannedSlot, PostMove, PostOrigin, PostStore, Settlement,
    SlotChange, SlotStore, StoredPost, SweepLook, Writing,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::Db;
use testkit::at;

use crate::world::World;

/// When tests begin.
pub(crate) fn start() -> Timestamp {
    at("2026-11-23T08:00:00Z")
}

/// When the first slot is due.
pub(crate) fn nine() -> Timestamp {
    at("2026-11-23T09:00:00Z")
}

pub(crate) fn secs(secs: i64) -> SignedDuration {
    SignedDuration::from_secs(secs)
}

pub(crate) fn id(name: &str) -> BotId {
    BotId::try_from(name).expect("a bot name")
}

pub(crate) fn x_id(text: &str) -> XPostId {
    XPostId::try_from(text).expect("digits")
}

/// Declares bots in files.
pub(crate) async fn declare(world: &World, names: &[&str]) {
    let bots: Vec<_> = names.iter().map(|name| testkit::bot(name)).collect();
    world.db.sync_bots(&bots, &[], start()).await.expect("the bots are declared");
}

/// Plans one slot for every schedule that has none.
pub(crate) async fn plan(world: &World, due_at: Timestamp) -> u64 {
    let schedules = world.db.list_unplanned(due_at, Share::ALL, 10_000).await.expect("schedules");
    let extensions: Vec<Extension> = schedules
        .iter()
        .map(|unplanned| Extension {
            schedule: unplanned.id,
            bot: unplanned.bot.clone(),
            slots: vec![planned_slot(due_at)],
            planned_until: due_at + secs(1),
            replan_at: due_at + secs(86_400),
        })
        .collect();
    world.db.extend_plans(&extensions, start()).await.expect("planned")
}

pub(crate) fn planned_slot(due_at: Timestamp) -> PlannedSlot {
    let local_time = due_at.to_zoned(TimeZone::UTC).datetime();
    PlannedSlot { local_time, fold: Fold::First, due_at }
}

pub(crate) fn new_post(bot: &str, text: &str, topic: Option<&str>) -> NewPost {
    NewPost {
        bot: id(bot),
        content: text.to_owned(),
        topic: topic.map(str::to_owned),
        content_hash: ContentHash::of_normal_form(text),
        consent: domain::model::Consent::ByMode,
        origin: PostOrigin::Generated {
            model: "grammar".to_owned(),
            tokens: 7,
            cost: MicroUsd(400),
            writing: Writing {
                persona_version: 1,
                prompt: None,
                seed: 5,
                angle: None,
                format: None,
            },
        },
    }
}

/// Queues a text; it must be new.
pub(crate) async fn queue(world: &World, bot: &str, text: &str, topic: Option<&str>) -> PostId {
    let stored =
        world.db.store_posts(&[new_post(bot, text, topic)], start()).await.expect("stored");
    match &stored[..] {
        [StoredPost::Queued(id)] => *id,
        other => panic!("{text} is not new: {other:?}"),
    }
}

/// Gives every open slot the first post of its bot.
pub(crate) async fn assign_all(world: &World, now: Timestamp) -> Vec<SlotId> {
    let open = world.db.list_open_slots(now, Share::ALL, 10_000).await.expect("open slots");
    let assignments: Vec<Assignment> = open
        .iter()
        .filter_map(|slot| {
            let post = slot.stock.front.or(slot.stock.topics.first().map(|topic| topic.next))?;
            Some(Assignment { slot: slot.slot, version: slot.version, post })
        })
        .collect();
    world.db.assign(&assignments, now).await.expect("assigned")
}

/// What a node of this name asks for.
pub(crate) fn wanted(node: &str) -> NewLease<'_> {
    NewLease { node, declared: "", length: secs(60) }
}

pub(crate) async fn lease(world: &World, now: Timestamp) -> Lease {
    let wanted = NewLease { length: secs(3600), ..wanted("node") };
    world.db.take_lease(&wanted, now).await.expect("a lease")
}

/// Claims, and sends none.
pub(crate) async fn claim_all(db: &Db, now: Timestamp, fence: Fence, max: u32) -> Vec<DueSlot> {
    let claimed = db.claim_due(now, fence, max, &|_| None).await.expect("claimed");
    assert!(claimed.iter().all(|one| one.begun.is_none()), "nobody intended anything");
    claimed.into_iter().map(|one| one.due).collect()
}

/// Claims, and stores an intent for each in the same step.
pub(crate) async fn send_all(
    db: &Db,
    now: Timestamp,
    fence: Fence,
    max: u32,
) -> Vec<(DueSlot, Begun)> {
    let claimed = db.claim_due(now, fence, max, &|due| Some(intent(due, now))).await;
    let claimed = claimed.expect("claimed");
    claimed.into_iter().map(|one| (one.due, one.begun.expect("its intent is stored"))).collect()
}

/// Bots with a slot at nine that this node has claimed at nine.
pub(crate) async fn claimed(world: &World, names: &[&str]) -> Vec<DueSlot> {
    declare(world, names).await;
    plan(world, nine()).await;
    for name in names {
        queue(world, name, &format!("{name} says hello"), Some("ships")).await;
    }
    assign_all(world, nine()).await;
    let fence = lease(world, nine()).await.fence;
    claim_all(&world.db, nine(), fence, 10_000).await
}

pub(crate) fn intent(due: &DueSlot, now: Timestamp) -> Intent {
    Intent {
        slot: due.slot,
        version: due.version,
        fence: due.fence,
        bot: due.bot.clone(),
        post: due.post,
        payload: due.text.clone(),
        payload_hash: PayloadHash::of(&due.text),
        anchor: due.facts.anchor.clone(),
        send_by: now + secs(25),
        trace: TraceId::of_slot(&due.bot, due.slot, due.due_at),
    }
}

/// Every history comes into doubt; returns a look of that node which finds out all about it.
pub(crate) async fn doubted(world: &World, fence: Fence) -> SweepLook {
    world.db.distrust_history(start(), nine()).await.expect("doubted");
    SweepLook { doubt: start(), fence, is_over: true }
}

/// Bots whose posts are on their way.
pub(crate) async fn sending(world: &World, names: &[&str]) -> Vec<(DueSlot, Begun)> {
    let due = claimed(world, names).await;
    let intents: Vec<Intent> = due.iter().map(|due| intent(due, nine())).collect();
    let begun = world.db.begin_attempts(&intents, nine()).await.expect("begun");
    due.into_iter()
        .map(|due| {
            let begun = begun.iter().find(|one| one.slot == due.slot).expect("stored").clone();
            (due, begun)
        })
        .collect()
}

pub(crate) fn change(due: &DueSlot, from: SlotPhase, version: i64, to: SlotState) -> SlotChange {
    SlotChange {
        slot: due.slot,
        bot: due.bot.clone(),
        from,
        version,
        fence: Some(due.fence),
        to,
        wake_at: None,
        post: PostMove::Keep,
        detail: "so it went".to_owned(),
    }
}

pub(crate) fn verdict(begun: &Begun, state: AttemptState) -> AttemptVerdict {
    AttemptVerdict {
        attempt: begun.attempt,
        state,
        class: "posted",
        status: Some(201),
        detail: "so it went".to_owned(),
        request_id: Some("request".to_owned()),
        closed_at: nine() + secs(2),
        is_duplicate_answer: false,
        absence_votes: 0,
        looks: 0,
    }
}

pub(crate) fn receipt(x_post_id: &str) -> Receipt {
    Receipt { x_post_id: x_id(x_post_id), posted_at: nine() + secs(1), is_adopted: false }
}

pub(crate) fn posted((due, begun): &(DueSlot, Begun), x_post_id: &str) -> Settlement {
    let mut change = change(due, SlotPhase::Sending, begun.version, SlotState::Posted);
    change.post = PostMove::Published;
    Settlement {
        change,
        attempt: Some(verdict(begun, AttemptState::Posted)),
        receipt: Some(receipt(x_post_id)),
        bot: BotChange::default(),
        spend: Vec::new(),
    }
}

/// The answer was lost; look again at `wake_at`.
pub(crate) fn lost((due, begun): &(DueSlot, Begun), wake_at: Timestamp) -> Settlement {
    let mut change = change(due, SlotPhase::Sending, begun.version, SlotState::Unknown);
    change.wake_at = Some(wake_at);
    Settlement {
        change,
        attempt: Some(verdict(begun, AttemptState::Unknown)),
        receipt: None,
        bot: BotChange::default(),
        spend: Vec::new(),
    }
}

/// A claimed slot that moves without an attempt.
pub(crate) fn moved(due: &DueSlot, to: SlotState, post: PostMove) -> Settlement {
    let mut change = change(due, SlotPhase::Claimed, due.version, to);
    change.post = post;
    Settlement {
        change,
        attempt: None,
        receipt: None,
        bot: BotChange::default(),
        spend: Vec::new(),
    }
}

pub(crate) fn outcome_unknown() -> SlotState {
    SlotState::NeedsAttention(AttentionReason::OutcomeUnknown)
}

pub(crate) async fn settle(world: &World, settlements: &[Settlement]) -> Vec<SlotId> {
    world.db.settle(settlements, nine() + secs(3)).await.expect("settled")
}

/// `state` of a slot, or `state/reason`.
pub(crate) async fn state(world: &World, slot: SlotId) -> String {
    world
        .words(&format!(
            "SELECT state || COALESCE('/' || reason, '') FROM slots WHERE id = {}",
            slot.0
        ))
        .await
        .join(" ")
}

pub(crate) async fn post_state(world: &World, post: PostId) -> String {
    world.words(&format!("SELECT state FROM posts WHERE id = {}", post.0)).await.join(" ")
}

pub(crate) async fn remaining(world: &World, bot: &str) -> i64 {
    let counted = world
        .number(&format!("SELECT remaining_posts FROM bot_stats WHERE bot_id = '{bot}'"))
        .await;
    let real = world
        .number(&format!("SELECT count(*) FROM posts WHERE bot_id = '{bot}' AND state = 'queued'"))
        .await;
    assert_eq!(counted, real, "the counter of {bot} has drifted");
    counted
}
