//! Each answer against each state that a slot may be in when it is given.

use super::*;
use crate::model::{AttemptId, Fence, PostId};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

/// X's id of a post of that time.
fn id(made_at: &str) -> XPostId {
    let millis = at(made_at).as_millisecond() - 1_288_834_974_657;
    XPostId::try_from((millis << 22).to_string()).unwrap()
}

/// Sent at nine; the answer was lost.
fn asked(reason: AttentionReason, attempt: Option<AttemptState>) -> AskedSlot {
    let nine = at("2026-11-23T09:00:00Z");
    let bot = BotId::try_from("ada").unwrap();
    let sent = Attempt {
        id: AttemptId(5),
        slot: SlotId(7),
        bot: bot.clone(),
        post: PostId(3),
        number: 1,
        fence: Fence(1),
        payload: "hello".to_owned(),
        anchor: None,
        first_intent_at: nine,
        intent_at: nine,
        send_by: nine,
        closed_at: nine,
        is_duplicate_answer: false,
        absence_votes: 0,
        looks: 4,
        trace: None,
    };
    AskedSlot {
        slot: SlotId(7),
        bot,
        version: 9,
        state: SlotState::NeedsAttention(reason),
        text: Some("hello".to_owned()),
        attempt: attempt.map(|state| (sent, state)),
        bot_state: (BotState::Active, None),
        in_the_way: None,
        x_post_id: None,
    }
}

fn unknown() -> AskedSlot {
    asked(AttentionReason::OutcomeUnknown, Some(AttemptState::Unknown))
}

fn answer(asked: &AskedSlot, answer: &Answer) -> Result<Resolution, Refusal> {
    resolve(asked, answer, "eve@host", now())
}

#[test]
fn it_was_posted_ends_it_with_a_receipt() {
    let id = id("2026-11-23T09:00:03Z");
    let said = answer(&unknown(), &Answer::Posted(id.clone())).unwrap();
    let Settlement { change, attempt, receipt, spend, .. } = said.settlement;
    assert_eq!((change.to, change.post), (SlotState::Posted, PostMove::Published));
    assert_eq!((change.version, change.fence), (9, None));
    assert_eq!(change.detail, "eve@host found it on X");
    assert_eq!(attempt.unwrap().state, AttemptState::Posted);
    let receipt = receipt.unwrap();
    assert_eq!((receipt.x_post_id, receipt.is_adopted), (id, true));
    assert_eq!((spend.len(), said.due_at), (1, None));
}

#[test]
fn it_was_not_sends_the_same_bytes_now() {
    let said = answer(&unknown(), &Answer::SendNow).unwrap();
    let Settlement { change, attempt, receipt, .. } = said.settlement;
    assert_eq!((change.to, change.post), (SlotState::Assigned, PostMove::Keep));
    assert_eq!((change.wake_at, said.due_at), (Some(now()), Some(now())), "its window begins anew");
    assert_eq!((attempt.unwrap().state, receipt), (AttemptState::Absent, None));
}

#[test]
fn what_may_be_out_never_goes_back_to_the_queue() {
    use AttemptState as S;
    use AttentionReason as R;
    for (reason, attempt, expected) in [
        (R::OutcomeUnknown, Some(S::Unknown), PostMove::Rejected),
        (R::OutcomeUnknown, None, PostMove::Rejected),
        (R::Poison, Some(S::Unknown), PostMove::Rejected),
        (R::Poison, Some(S::Sending), PostMove::Rejected),
        (R::Poison, Some(S::Absent), PostMove::BackToQueue),
        (R::Poison, None, PostMove::BackToQueue),
        (R::Auth, Some(S::Refused), PostMove::BackToQueue),
        (R::UnknownRefusal, Some(S::Refused), PostMove::BackToQueue),
    ] {
        let said = answer(&asked(reason, attempt), &Answer::Skip).unwrap().settlement;
        assert_eq!(said.change.to, SlotState::Skipped(SkipReason::Operator));
        assert_eq!(said.change.post, expected, "{reason:?} {attempt:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_is_refused() {
    let posted = |made_at: &str| Answer::Posted(id(made_at));
    let in_time = || posted("2026-11-23T09:00:03Z");
    let mut duplicate = unknown();
    duplicate.attempt.as_mut().unwrap().0.is_duplicate_answer = true;
    let early = "2026-11-23T08:00:00Z";
    assert!(answer(&duplicate, &posted(early)).is_ok(), "X itself called it older");
    let mut anchored = unknown();
    anchored.attempt.as_mut().unwrap().0.anchor = Some(id("2026-11-23T07:00:00Z"));
    assert!(answer(&anchored, &posted(early)).is_ok(), "our clock may be an hour ahead");
    let cases: [(AskedSlot, Answer, Refusal); 7] = [
        (unknown(), posted(early), Refusal::MadeBefore(at(early))),
        (unknown(), posted("2026-11-25T13:00:00Z"), Refusal::MadeLater(at("2026-11-25T13:00:00Z"))),
        (AskedSlot { text: None, ..unknown() }, in_time(), Refusal::NoPost),
        (AskedSlot { text: None, ..unknown() }, Answer::SendNow, Refusal::NoPost),
        (
            AskedSlot { text: Some("other".to_owned()), ..unknown() },
            Answer::SendNow,
            Refusal::TextChanged,
        ),
        (
            AskedSlot { bot_state: (BotState::NeedsLogin, Some(StateReason::Auth)), ..unknown() },
            Answer::SendNow,
            Refusal::BotStopped(Some(StateReason::Auth)),
        ),
        (
            AskedSlot { in_the_way: Some(SlotId(8)), ..unknown() },
            Answer::SendNow,
            Refusal::InTheWay(SlotId(8)),
        ),
    ];
    for (asked, given, refusal) in cases {
        assert_eq!(answer(&asked, &given), Err(refusal), "{given:?}");
    }
}

#[test]
fn who_comes_second_is_told() {
    let id = id("2026-11-23T09:00:03Z");
    let posted = AskedSlot { state: SlotState::Posted, x_post_id: Some(id.clone()), ..unknown() };
    let skipped = AskedSlot { state: SlotState::Skipped(SkipReason::Operator), ..unknown() };
    let sending = AskedSlot { state: SlotState::Sending, ..unknown() };
    for (asked, given, refusal) in [
        (&posted, Answer::Posted(id.clone()), Refusal::AlreadySo),
        (&posted, Answer::Skip, Refusal::NotAsked(SlotState::Posted)),
        (&skipped, Answer::Skip, Refusal::AlreadySo),
        (&skipped, Answer::Posted(id), Refusal::NotAsked(skipped.state)),
        (&sending, Answer::SendNow, Refusal::NotAsked(SlotState::Sending)),
    ] {
        assert_eq!(answer(asked, &given), Err(refusal), "{given:?}");
    }
}

#[test]
fn every_reason_has_a_way_out() {
    let bot = BotId::try_from("ada").unwrap();
    for &reason in AttentionReason::ALL {
        let ways = ways_out(SlotId(7), &bot, reason);
        assert!(ways.len() >= 2, "{reason:?}");
        assert!(ways.iter().all(|way| way.contains("`flockwork ")), "{ways:?}");
        assert!(ways.last().unwrap().contains("resolve 7 --skip"), "{ways:?}");
    }
}
