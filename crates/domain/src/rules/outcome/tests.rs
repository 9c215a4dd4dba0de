//! One test for each row of the protocol's classifier table: what it does to slot, attempt and bot.

use super::*;
use crate::model::{
    BotId, Fence, OnMiss, PostId, RateLimits, RateWindow, SkipReason, SlotId, XPostId,
};
use crate::ports::store::{BotFacts, PostMove, SlotPolicy};
use crate::ports::{HttpAnswer, LostBecause};
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-23T09:00:01Z")
}

fn due() -> DueSlot {
    DueSlot {
        slot: SlotId(1),
        version: 3,
        fence: Fence(9),
        bot: BotId::try_from("ada").unwrap(),
        due_at: at("2026-11-23T09:00:00Z"),
        post: PostId(1),
        text: "hello".to_owned(),
        was_lost: false,
        attempts: 0,
        ambiguous_rounds: 0,
        policy: SlotPolicy {
            catch_up_window: SignedDuration::from_mins(30),
            on_miss: OnMiss::Skip,
            quiet_hours: None,
            zone: TimeZone::UTC,
        },
        facts: BotFacts {
            state: BotState::Active,
            state_reason: None,
            is_rehearsal: false,
            looks_first: false,
            distrusted_since: None,
            blocked_until: None,
            silent_until: None,
            is_stranger: false,
            refusals_in_row: 0,
            is_in_flight: false,
            has_newer_due: false,
            anchor: None,
            x_user: None,
            app: "app".to_owned(),
            budget_shut: None,
            live: None,
        },
        is_stopped: false,
        is_unapproved: false,
    }
}

fn settle(due: &DueSlot, answer: Answer, limits: RateLimits) -> Settlement {
    let report =
        SendReport { answer, limits, request_id: Some("tx-1".to_owned()), server_date: None };
    let sent =
        Sent { due, version: 4, attempt: AttemptId(5), report: &report, price: MicroUsd(15_000) };
    outcome(&sent, &Profile::STANDARD, now())
}

fn http(status: u16, problem: Problem) -> Answer {
    Answer::Http(HttpAnswer { status, post_id: None, text: None, problem })
}

fn refused(status: u16) -> Settlement {
    settle(&due(), http(status, Problem::default()), RateLimits::default())
}

fn attempt_state(settlement: &Settlement) -> AttemptState {
    settlement.attempt.as_ref().unwrap().state
}

#[test]
fn a_post_has_a_receipt_a_price_and_becomes_the_anchor() {
    let id = XPostId::try_from("1445880548472328192").unwrap();
    let answer = Answer::Http(HttpAnswer {
        status: 201,
        post_id: Some(id.clone()),
        text: Some("hello".to_owned()),
        problem: Problem::default(),
    });
    let settlement = settle(&due(), answer, RateLimits::default());
    assert_eq!(settlement.change.to, SlotState::Posted);
    assert_eq!(settlement.change.post, PostMove::Published);
    assert_eq!(settlement.change.wake_at, None);
    assert_eq!(settlement.receipt.as_ref().unwrap().x_post_id, id);
    assert_eq!(settlement.bot.anchor, Some(id));
    assert_eq!(settlement.bot.refusals_in_row, Some(0));
    assert_eq!(settlement.spend[0].amount, MicroUsd(15_000));
    assert_eq!(settlement.change.detail, "");
    let change = &settlement.change;
    assert_eq!((change.version, change.fence), (4, Some(Fence(9))));
}

#[test]
fn another_text_in_the_echo_is_posted_and_said() {
    let answer = Answer::Http(HttpAnswer {
        status: 201,
        post_id: Some(XPostId::try_from("1445880548472328192").unwrap()),
        text: Some("something else".to_owned()),
        problem: Problem::default(),
    });
    let settlement = settle(&due(), answer, RateLimits::default());
    assert_eq!(settlement.change.to, SlotState::Posted);
    assert!(settlement.change.detail.contains("another text"), "{}", settlement.change.detail);
}

#[test]
fn a_lost_answer_is_unknown_and_looked_for_after_three_seconds() {
    for answer in [
        Answer::Lost(LostBecause::TimedOut, "no answer in 25 s".to_owned()),
        Answer::Lost(LostBecause::Disconnected, "reset".to_owned()),
        Answer::Lost(LostBecause::BrokenBody, "cut".to_owned()),
        http(500, Problem::default()),
        http(503, Problem::default()),
        http(302, Problem::default()),
        http(409, Problem::default()),
        http(201, Problem::default()),
    ] {
        let settlement = settle(&due(), answer.clone(), RateLimits::default());
        assert_eq!(settlement.change.to, SlotState::Unknown, "{answer:?}");
        assert_eq!(settlement.change.wake_at, Some(at("2026-11-23T09:00:04Z")));
        assert_eq!(settlement.change.post, PostMove::Keep);
        assert_eq!(attempt_state(&settlement), AttemptState::Unknown);
        assert_eq!(settlement.attempt.as_ref().unwrap().closed_at, now());
        assert!(settlement.spend.is_empty());
    }
}

#[test]
fn what_never_left_goes_again_after_a_back_off() {
    for because in [NotSentBecause::Dns, NotSentBecause::Connect, NotSentBecause::Tls] {
        let settlement =
            settle(&due(), Answer::NotSent(because, "x".to_owned()), RateLimits::default());
        assert_eq!(settlement.change.to, SlotState::RetryWait);
        assert!(settlement.change.wake_at.unwrap() > now());
        assert_eq!(attempt_state(&settlement), AttemptState::Refused);
        assert_eq!(settlement.change.post, PostMove::Keep);
    }
}

#[test]
fn a_rate_limit_blocks_the_bot_until_the_reset() {
    let reset = at("2026-11-23T09:12:00Z");
    let limits = RateLimits {
        quarter_hour: Some(RateWindow {
            limit: Some(100),
            remaining: Some(0),
            resets_at: Some(reset),
        }),
        ..RateLimits::default()
    };
    let settlement = settle(&due(), http(429, Problem::default()), limits);
    let wake_at = settlement.change.wake_at.unwrap();
    assert_eq!(settlement.change.to, SlotState::RetryWait);
    assert!(wake_at >= reset && wake_at < reset + SignedDuration::from_secs(5));
    assert_eq!(settlement.bot.blocked_until, Some(wake_at));
}

#[test]
fn a_dead_token_calls_a_person_and_stops_the_bot() {
    let no_credentials = Answer::NotSent(NotSentBecause::NoCredentials, "none".to_owned());
    for settlement in [refused(401), settle(&due(), no_credentials, RateLimits::default())] {
        assert_eq!(settlement.change.to, SlotState::NeedsAttention(AttentionReason::Auth));
        assert_eq!(settlement.bot.state, Some((BotState::NeedsLogin, StateReason::Auth)));
        assert_eq!(settlement.change.post, PostMove::Keep);
    }
}

#[test]
fn no_credit_stops_every_bot_of_the_app() {
    let cap = Problem { title: Some("SpendCapReached".to_owned()), ..Problem::default() };
    for settlement in [refused(402), settle(&due(), http(403, cap), RateLimits::default())] {
        assert_eq!(settlement.change.to, SlotState::NeedsAttention(AttentionReason::Billing));
        assert_eq!(settlement.bot.pause_app, Some(StateReason::Billing));
    }
}

#[test]
fn a_usage_cap_is_not_a_window() {
    let cap = Problem { kind: Some("usage-capped".to_owned()), ..Problem::default() };
    let settlement = settle(&due(), http(429, cap), RateLimits::default());
    assert_eq!(settlement.change.to, SlotState::NeedsAttention(AttentionReason::UsageCap));
    assert_eq!(settlement.bot.state, Some((BotState::Paused, StateReason::UsageCap)));
}

#[test]
fn a_duplicate_is_looked_for_at_once_and_never_reworded() {
    let duplicate = Problem { codes: vec![187], ..Problem::default() };
    let settlement = settle(&due(), http(403, duplicate), RateLimits::default());
    assert_eq!(settlement.change.to, SlotState::Unknown);
    assert_eq!(settlement.change.wake_at, Some(now()));
    assert!(settlement.attempt.as_ref().unwrap().is_duplicate_answer);
    assert_eq!(settlement.change.post, PostMove::Keep);
}

#[test]
fn refused_content_is_failed_and_three_in_a_row_pause_the_bot() {
    for status in [400, 404, 413, 415, 422] {
        let settlement = refused(status);
        assert_eq!(settlement.change.to, SlotState::Failed(FailReason::RefusedByX));
        assert_eq!(settlement.change.post, PostMove::Rejected);
        assert_eq!((settlement.bot.refusals_in_row, settlement.bot.state), (Some(1), None));
    }
    let mut third = due();
    third.facts.refusals_in_row = 2;
    let settlement = settle(&third, http(400, Problem::default()), RateLimits::default());
    assert_eq!(settlement.bot.state, Some((BotState::Paused, StateReason::RefusedInRow)));
}

#[test]
fn an_account_that_may_not_post_is_paused_and_its_post_kept() {
    let read_only = Problem { kind: Some("oauth1-permissions".to_owned()), ..Problem::default() };
    let settlement = settle(&due(), http(403, read_only), RateLimits::default());
    assert_eq!(settlement.change.to, SlotState::NeedsAttention(AttentionReason::NotPermitted));
    assert_eq!(settlement.bot.state, Some((BotState::Paused, StateReason::NotPermitted)));
    assert_eq!(settlement.change.post, PostMove::Keep);
}

#[test]
fn an_unknown_refusal_calls_a_person() {
    let settlement = refused(403);
    assert_eq!(settlement.change.to, SlotState::NeedsAttention(AttentionReason::UnknownRefusal));
    assert_eq!((settlement.bot.refusals_in_row, settlement.bot.state), (Some(1), None));
    assert_ne!(settlement.change.to, SlotState::Skipped(SkipReason::Policy));
}

#[test]
fn details_are_short_and_hold_no_control_characters() {
    let loud =
        Problem { detail: Some(format!("a\u{1b}[31m{}", "x".repeat(2_000))), ..Problem::default() };
    let settlement = settle(&due(), http(400, loud), RateLimits::default());
    assert!(settlement.change.detail.chars().count() <= 500);
    assert!(!settlement.change.detail.contains('\u{1b}'));
}
