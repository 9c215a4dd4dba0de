//! Each reason to wait or to skip, and which of two comes first.

use super::*;
use crate::model::{BotId, Fence, PostId, QuietHours, SlotId, StateReason};
use crate::ports::store::{BotFacts, LiveFacts, SlotPolicy};
use jiff::civil::time;
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Due at 09:00 UTC, thirty minutes of catch-up, an active bot.
fn due() -> DueSlot {
    DueSlot {
        slot: SlotId(1),
        version: 3,
        fence: Fence(1),
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

fn skipped(gate: Gate) -> SkipReason {
    match gate {
        Gate::Skip { reason, .. } => reason,
        other => panic!("not skipped: {other:?}"),
    }
}

fn waits_until(gate: Gate) -> Timestamp {
    match gate {
        Gate::Wait { until, .. } => until,
        other => panic!("does not wait: {other:?}"),
    }
}

#[test]
fn a_slot_on_time_and_up_to_its_window_is_open() {
    for now in ["2026-11-23T09:00:00Z", "2026-11-23T09:29:59Z", "2026-11-23T09:30:00Z"] {
        assert_eq!(gate(&due(), at(now)), Gate::Open, "{now}");
    }
    assert_eq!(skipped(gate(&due(), at("2026-11-23T09:30:01Z"))), SkipReason::Late);
}

#[test]
fn a_bot_catches_up_with_one_post_but_slots_due_together_all_go() {
    let mut slot = due();
    slot.facts.has_newer_due = true;
    assert_eq!(gate(&slot, at("2026-11-23T09:00:30Z")), Gate::Open);
    assert_eq!(skipped(gate(&slot, at("2026-11-23T09:02:00Z"))), SkipReason::Late);
}

#[test]
fn latest_only_sends_the_newest_missed_slot_however_late() {
    let mut slot = due();
    slot.policy.on_miss = OnMiss::LatestOnly;
    assert_eq!(gate(&slot, at("2026-11-23T15:00:00Z")), Gate::Open);
    slot.facts.has_newer_due = true;
    assert_eq!(skipped(gate(&slot, at("2026-11-23T15:00:00Z"))), SkipReason::Late);
}

#[test]
fn a_paused_bot_waits_to_the_end_of_the_window_and_is_then_skipped_as_paused() {
    for state in [BotState::Paused, BotState::NeedsLogin, BotState::Closed] {
        let mut slot = due();
        slot.facts.state = state;
        slot.facts.state_reason = Some(StateReason::Operator);
        let end = at("2026-11-23T09:30:00Z");
        assert_eq!(waits_until(gate(&slot, at("2026-11-23T09:00:01Z"))), end);
        assert_eq!(skipped(gate(&slot, end)), SkipReason::Paused);
    }
}

#[test]
fn the_kill_switch_stops_everything() {
    let mut slot = due();
    slot.is_stopped = true;
    let until = waits_until(gate(&slot, at("2026-11-23T09:00:00Z")));
    assert_eq!(until, at("2026-11-23T09:00:30Z"));
}

#[test]
fn quiet_hours_may_cross_midnight() {
    let mut slot = due();
    slot.policy.quiet_hours = Some(QuietHours { from: time(23, 0, 0, 0), until: time(7, 0, 0, 0) });
    for (due_at, quiet) in [
        ("2026-11-23T22:59:59Z", false),
        ("2026-11-23T23:00:00Z", true),
        ("2026-11-24T06:59:59Z", true),
        ("2026-11-24T07:00:00Z", false),
    ] {
        slot.due_at = at(due_at);
        let found = gate(&slot, at(due_at));
        assert_eq!(matches!(found, Gate::Skip { reason: SkipReason::QuietHours, .. }), quiet);
    }
}

#[test]
fn an_exhausted_window_is_waited_for_only_within_the_catch_up_window() {
    let mut slot = due();
    slot.facts.blocked_until = Some(at("2026-11-23T09:10:00Z"));
    let now = at("2026-11-23T09:00:00Z");
    assert_eq!(waits_until(gate(&slot, now)), at("2026-11-23T09:10:00Z"));
    slot.facts.blocked_until = Some(at("2026-11-23T10:00:00Z"));
    assert_eq!(skipped(gate(&slot, now)), SkipReason::Late);
    slot.facts.blocked_until = Some(at("2026-11-23T08:00:00Z"));
    assert_eq!(gate(&slot, now), Gate::Open);
}

#[test]
fn a_slot_waits_for_the_one_in_flight_and_asks_less_often_the_longer_it_waits() {
    let mut slot = due();
    slot.facts.is_in_flight = true;
    slot.facts.state = BotState::Paused;
    slot.policy.on_miss = OnMiss::LatestOnly;
    for (now, until) in [
        ("2026-11-23T09:00:00Z", "2026-11-23T09:00:02Z"),
        ("2026-11-23T09:00:20Z", "2026-11-23T09:00:30Z"),
        ("2026-11-23T12:00:00Z", "2026-11-23T12:00:15Z"),
    ] {
        assert_eq!(waits_until(gate(&slot, at(now))), at(until));
    }
}

/// Found by the simulator: a post that was asked for waited behind a lost answer of a later slot for as long
/// as that one had to be found out, and neither went out nor ended in time.
#[test]
fn a_slot_behind_one_in_flight_ends_with_its_own_window() {
    let mut slot = due();
    slot.facts.is_in_flight = true;
    let window_end = slot.due_at + slot.policy.catch_up_window;
    assert!(matches!(gate(&slot, window_end), Gate::Wait { .. }));
    let after = window_end + SignedDuration::from_millis(1);
    assert_eq!(skipped(gate(&slot, after)), SkipReason::Late);
    slot.facts.state = BotState::Paused;
    assert_eq!(skipped(gate(&slot, after)), SkipReason::Paused);
}

#[test]
fn slots_that_pile_up_behind_one_in_flight_do_not_wait_for_it() {
    let mut slot = due();
    slot.facts.is_in_flight = true;
    slot.facts.has_newer_due = true;
    assert_eq!(skipped(gate(&slot, at("2026-11-23T09:02:00Z"))), SkipReason::Late);
}

#[test]
fn rehearsal_and_distrust_open_the_gate_their_own_way() {
    let now = at("2026-11-23T09:00:00Z");
    let mut slot = due();
    slot.facts.distrusted_since = Some(at("2026-11-22T09:00:00Z"));
    assert_eq!(gate(&slot, now), Gate::LookFirst);
    slot.facts.distrusted_since = None;
    slot.facts.looks_first = true;
    assert_eq!(gate(&slot, now), Gate::LookFirst);
    slot.facts.looks_first = false;
    slot.was_lost = true;
    assert_eq!(gate(&slot, now), Gate::LookFirst);
    slot.facts.is_rehearsal = true;
    assert_eq!(gate(&slot, now), Gate::Rehearse);
}

#[test]
fn a_slot_without_money_waits_in_its_window_and_is_skipped_after_it_with_the_reason() {
    let mut due = due();
    let shut = crate::model::BudgetShut {
        until: at("2026-11-24T00:00:00Z"),
        because: "the budget of @ada for X is at $1.00 of $1.00 today (UTC)".to_owned(),
    };
    due.facts.budget_shut = Some(shut.clone());
    let gate_at = |due: &DueSlot, now: &str| gate(due, at(now));
    assert_eq!(
        gate_at(&due, "2026-11-23T09:00:00Z"),
        Gate::Wait { until: at("2026-11-23T09:05:00Z"), because: shut.because.clone() }
    );
    assert_eq!(waits_until(gate_at(&due, "2026-11-23T09:29:00Z")), at("2026-11-23T09:30:00Z"));
    for now in ["2026-11-23T09:30:00Z", "2026-11-23T11:00:00Z"] {
        let skip = Gate::Skip { reason: SkipReason::Budget, because: shut.because.clone() };
        assert_eq!(gate_at(&due, now), skip, "{now}");
    }
    due.policy.on_miss = OnMiss::LatestOnly;
    assert_eq!(waits_until(gate_at(&due, "2026-11-23T23:58:00Z")), shut.until);
    due.facts.is_rehearsal = true;
    assert_eq!(gate_at(&due, "2026-11-23T09:00:00Z"), Gate::Rehearse);
}

fn live(unconfirmed: u32, posted_in_a_day: u32) -> DueSlot {
    let live = LiveFacts {
        unconfirmed,
        warms_up_since: Some(due().due_at),
        account: None,
        posted_in_a_day,
    };
    DueSlot { facts: BotFacts { live: Some(live), ..due().facts }, ..due() }
}

#[test]
fn a_bot_that_nobody_confirmed_waits_and_is_skipped_for_that() {
    let one = live(2, 0);
    let window_end = one.due_at + one.policy.catch_up_window;
    let Gate::Wait { until, because } = gate(&one, one.due_at) else { panic!("it may not send") };
    assert_eq!(until, window_end);
    assert!(because.contains("2 of 4"), "{because}");
    assert!(because.contains("`flockwork go-live"), "{because}");
    let at_the_end = gate(&one, window_end);
    assert!(matches!(at_the_end, Gate::Skip { reason: SkipReason::NotLive, .. }), "{at_the_end:?}");
    assert_eq!(gate(&live(0, 0), one.due_at), Gate::Open);
}

#[test]
fn a_new_account_posts_only_so_often() {
    let at = due().due_at;
    assert_eq!(gate(&live(0, 2), at), Gate::Open);
    let full = gate(&live(0, 3), at);
    assert!(matches!(full, Gate::Skip { reason: SkipReason::WarmUp, .. }), "{full:?}");
    let mut warm = live(0, 3);
    if let Some(live) = &mut warm.facts.live {
        live.warms_up_since = None;
    }
    assert_eq!(gate(&warm, at), Gate::Open);
}

#[test]
fn what_nobody_approved_gives_its_slot_up() {
    let closed = gate(&DueSlot { is_unapproved: true, ..due() }, due().due_at);
    assert!(matches!(closed, Gate::Skip { reason: SkipReason::Unapproved, .. }), "{closed:?}");
}
