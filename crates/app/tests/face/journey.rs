//! A post's way to X, step by step, as the engine goes it.

use domain::model::{
    AttemptState, BotId, PayloadHash, PostId, Receipt, Share, SlotPhase, SlotState, TraceId,
    XPostId,
};
use domain::ports::store::{
    Assignment, AttemptStore as _, AttemptVerdict, Begun, BotChange, DueSlot, Extension, Intent,
    NewLease, NodeStore as _, PostMove, Settlement, SlotChange, SlotStore as _, Unplanned,
};
use domain::rules::plan;
use jiff::SignedDuration;

use crate::house::House;

/// A slot that a person asked for has that post, and its intent is stored.
pub async fn set_out(house: &House, bot: &str, post: PostId) -> (DueSlot, Begun) {
    let (db, now) = (&house.db, house.now());
    let bot = BotId::try_from(bot).unwrap();
    db.ask_for_slot(&bot, now).await.unwrap().unwrap();
    let open = db.list_open_slots(now, Share::ALL, 10).await.unwrap();
    let slot = open.iter().find(|slot| slot.bot == bot).unwrap();
    let given = Assignment { slot: slot.slot, version: slot.version, post };
    assert_eq!(db.assign(&[given], now).await.unwrap(), [slot.slot]);
    let length = SignedDuration::from_hours(1);
    let wanted = NewLease { node: "node", declared: "", length };
    let fence = db.take_lease(&wanted, now).await.unwrap().fence;
    let intend = |due: &DueSlot| {
        Some(Intent {
            slot: due.slot,
            version: due.version,
            fence: due.fence,
            bot: due.bot.clone(),
            post: due.post,
            payload: due.text.clone(),
            payload_hash: PayloadHash::of(&due.text),
            anchor: None,
            send_by: now + SignedDuration::from_secs(25),
            trace: TraceId::of_slot(&due.bot, due.slot, due.due_at),
        })
    };
    let claimed = db.claim_due(now, fence, 10, &intend).await.unwrap().remove(0);
    (claimed.due, claimed.begun.unwrap())
}

/// X answers, with an id or with nothing.
pub async fn answered(house: &House, (due, begun): &(DueSlot, Begun), id: Option<&str>) {
    let at = house.now() + SignedDuration::from_millis(420);
    let (to, state, class) = match id {
        Some(_) => (SlotState::Posted, AttemptState::Posted, "posted"),
        None => (SlotState::Unknown, AttemptState::Unknown, "ambiguous"),
    };
    let settlement = Settlement {
        change: SlotChange {
            slot: due.slot,
            bot: due.bot.clone(),
            from: SlotPhase::Sending,
            version: begun.version,
            fence: Some(due.fence),
            to,
            wake_at: id.is_none().then_some(at + SignedDuration::from_secs(30)),
            post: if id.is_some() { PostMove::Published } else { PostMove::Keep },
            detail: "the line was cut".to_owned(),
        },
        attempt: Some(AttemptVerdict {
            attempt: begun.attempt,
            state,
            class,
            status: id.map(|_| 201),
            detail: "<b>the line was cut</b>".to_owned(),
            request_id: Some("request-4711".to_owned()),
            closed_at: at,
            is_duplicate_answer: false,
            absence_votes: 0,
            looks: 0,
        }),
        receipt: id.map(|id| Receipt {
            x_post_id: XPostId::try_from(id).unwrap(),
            posted_at: at,
            is_adopted: false,
        }),
        bot: BotChange::default(),
        spend: Vec::new(),
    };
    assert_eq!(house.db.settle(&[settlement], at).await.unwrap(), [due.slot]);
}

/// Plans what every schedule yields, as the scheduler does.
pub async fn plan_all(house: &House) {
    let (db, now) = (&house.db, house.now());
    let unplanned = db.list_unplanned(now, Share::ALL, 100).await.unwrap();
    let extend = |one: &Unplanned| {
        let plan = plan::plan(&one.bot, &one.schedule, one.planned_until, now);
        Extension {
            schedule: one.id,
            bot: one.bot.clone(),
            slots: plan.slots,
            planned_until: plan.planned_until,
            replan_at: plan.replan_at,
        }
    };
    let extensions: Vec<Extension> = unplanned.iter().map(extend).collect();
    db.extend_plans(&extensions, now).await.unwrap();
}
