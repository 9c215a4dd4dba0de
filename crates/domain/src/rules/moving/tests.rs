//! What may be moved, and what clashes.

use jiff::tz::TimeZone;

use super::*;
use crate::model::{BotId, Caps, OnMiss, QuietHours, Scope};
use crate::ports::store::SlotPolicy;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn held(due_at: &str) -> HeldSlot {
    HeldSlot {
        slot: SlotId(7),
        bot: BotId::try_from("ada").unwrap(),
        version: 1,
        state: SlotState::Planned,
        due_at: at(due_at),
        moved_from: None,
        attempts: 0,
        schedule: None,
        policy: SlotPolicy {
            catch_up_window: SignedDuration::from_mins(30),
            on_miss: OnMiss::Skip,
            quiet_hours: Some(QuietHours {
                from: jiff::civil::time(23, 0, 0, 0),
                until: jiff::civil::time(7, 0, 0, 0),
            }),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        },
    }
}

fn other(slot: i64, due_at: &str, state: SlotState) -> SlotLine {
    SlotLine {
        slot: SlotId(slot),
        bot: BotId::try_from("ada").unwrap(),
        post: None,
        due_at: at(due_at),
        moved_from: None,
        state,
        wake_at: None,
        updated_at: at(due_at),
        detail: None,
        text: None,
        topic: None,
        x_post_id: None,
        posted_at: None,
        attempts: 0,
    }
}

#[test]
fn a_slot_is_moved_while_nobody_has_it_and_only_into_the_near_future() {
    let now = at("2026-11-23T09:00:00Z");
    let free = held("2026-11-23T12:00:00Z");
    for (to, expected) in [
        ("2026-11-23T09:00:59Z", Err(Unmovable::Past)),
        ("2026-11-23T08:00:00Z", Err(Unmovable::Past)),
        ("2026-11-23T09:01:00Z", Ok(())),
        ("2026-11-24T01:30:00Z", Ok(())),
        ("2026-11-23T12:00:00Z", Err(Unmovable::Same)),
        ("2027-01-22T09:00:00Z", Ok(())),
        ("2027-01-22T09:00:01Z", Err(Unmovable::TooFar)),
    ] {
        assert_eq!(may_move(&free, at(to), now), expected, "{to}");
    }
    let to = at("2026-11-23T15:00:00Z");
    for state in [
        SlotState::Claimed,
        SlotState::Sending,
        SlotState::RetryWait,
        SlotState::Unknown,
        SlotState::Reconciling,
        SlotState::Posted,
        SlotState::Skipped(SkipReason::Late),
    ] {
        let taken = HeldSlot { state, ..free.clone() };
        assert_eq!(may_move(&taken, to, now), Err(Unmovable::Taken(state)));
    }
    let assigned = HeldSlot { state: SlotState::Assigned, ..free.clone() };
    assert_eq!(may_move(&assigned, to, now), Ok(()));
    let tried = HeldSlot { attempts: 1, ..assigned };
    assert_eq!(may_move(&tried, to, now), Err(Unmovable::Taken(SlotState::Assigned)));
    assert_eq!(may_move(&free, to, at("2026-11-23T12:00:00Z")), Err(Unmovable::Due));
}

#[test]
fn only_a_persons_skip_is_taken_back() {
    let now = at("2026-11-23T09:00:00Z");
    let state = SlotState::Skipped(SkipReason::Operator);
    let skipped = HeldSlot { state, ..held("2026-11-23T12:00:00Z") };
    assert!(is_taken_back(&skipped, now));
    assert!(!is_taken_back(&skipped, at("2026-11-23T12:00:00Z")));
    assert!(!is_taken_back(&HeldSlot { attempts: 1, ..skipped.clone() }, now));
    let late = SlotState::Skipped(SkipReason::Late);
    assert!(!is_taken_back(&HeldSlot { state: late, ..skipped }, now));
}

#[test]
fn what_clashes_is_said() {
    let slot = held("2026-11-23T12:00:00Z");
    let cap = |cap: i64| Budget {
        scope: Scope::All,
        purse: Purse::X,
        caps: Caps { day: Some(MicroUsd(cap)), month: None },
        day: jiff::civil::date(2026, 11, 23),
        gone_today: MicroUsd::ZERO,
        gone_this_month: MicroUsd::ZERO,
    };
    let slots = [
        other(7, "2026-11-23T12:00:00Z", SlotState::Planned),
        other(8, "2026-11-23T15:00:00Z", SlotState::Planned),
        other(9, "2026-11-23T18:00:00Z", SlotState::Skipped(SkipReason::Operator)),
        other(10, "2026-11-24T05:55:00Z", SlotState::Planned),
    ];
    let said = |to: &str, budgets: &[Budget]| {
        let around = Around { slots: &slots, budgets, price: MicroUsd(10_000) };
        clashes(&slot, at(to), &around).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(said("2026-11-23T13:00:00Z", &[]), [""; 0]);
    assert_eq!(said("2026-11-23T18:02:00Z", &[]), [""; 0], "that one is skipped");
    assert_eq!(
        said("2026-11-23T15:09:59Z", &[]),
        ["slot 8 of the same bot is due at 15:00 UTC, less than 10 min away"]
    );
    // Eleven in the evening and seven in the morning in Berlin.
    assert_eq!(said("2026-11-23T22:00:00Z", &[]), ["quiet hours until 07:00: it would be skipped"]);
    assert_eq!(said("2026-11-24T05:50:00Z", &[]).len(), 2);
    assert_eq!(said("2026-11-23T13:00:00Z", &[cap(20_000)]), [""; 0]);
    assert_eq!(
        said("2026-11-23T13:00:00Z", &[cap(19_999), cap(50_000)]),
        ["the slots of that day cost $0.02, and the cap is $0.019999 a day"]
    );
}
