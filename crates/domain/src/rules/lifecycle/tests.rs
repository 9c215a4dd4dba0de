//! Every (state × event) pair against a table written out by hand: one row a state, one letter an
//! event, in the order of [`events`].

use super::*;
use crate::model::{AttentionReason as A, FailReason as F, SkipReason as S, SlotState as St};

fn events() -> [Event; 19] {
    [
        Event::Assign,
        Event::Unassign,
        Event::Claim,
        Event::Release,
        Event::Skip(S::Late),
        Event::Intend,
        Event::Posted,
        Event::RefusedForNow,
        Event::Refused(F::RefusedByX),
        Event::CallPerson(A::OutcomeUnknown),
        Event::AnswerLost,
        Event::RetryDue,
        Event::Look,
        Event::NotYet,
        Event::ProvenAbsent,
        Event::NodeLost,
        Event::SendNow,
        Event::CallPerson(A::Poison),
        Event::TakeBack,
    ]
}

/// `.` ignore, `!` violation, else a letter for the new state: n planned, a assigned, c claimed,
/// s sending, w waits to retry, u unknown, r reconciling, P posted, K skipped, F failed, N needs a
/// person.
const TABLE: [(St, &str); 15] = [
    (St::Planned, "a.!!K!P!!!!!!!!.!!."),
    (St::Assigned, "!nc.K!P!!!!.!!!..!."),
    (St::Claimed, "!!.aKsP!!!!.!!!a.N."),
    (St::Sending, "!!.!!.PwFNu!!!!u.N."),
    (St::RetryWait, "!!!!K!P.!!!a!!...!."),
    (St::Unknown, "!!!!!!P!!N.!r.!..N."),
    (St::Reconciling, "!!!!K!P!FN.!.uwu.N."),
    (St::Posted, "!....!.!!!!...!..!."),
    (St::Skipped(S::Late), "!....!.!!!!...!..!."),
    (St::Skipped(S::Operator), "!....!.!!!!...!..!n"),
    (St::Failed(F::RefusedByX), "!....!.!!!!...!..!."),
    (St::NeedsAttention(A::OutcomeUnknown), "!!!!!!P!!..!..!.a!."),
    (St::NeedsAttention(A::Auth), "!!!!!!P!!!.a..!.a!."),
    (St::NeedsAttention(A::Poison), "!!!!!!P!!!.!..!.a.."),
    (St::NeedsAttention(A::Billing), "!!!!!!P!!!.a..!.a!."),
];

fn letter(transition: Transition) -> char {
    match transition {
        Transition::Ignore => '.',
        Transition::Violation => '!',
        Transition::To(St::Planned) => 'n',
        Transition::To(St::Assigned) => 'a',
        Transition::To(St::Claimed) => 'c',
        Transition::To(St::Sending) => 's',
        Transition::To(St::RetryWait) => 'w',
        Transition::To(St::Unknown) => 'u',
        Transition::To(St::Reconciling) => 'r',
        Transition::To(St::Posted) => 'P',
        Transition::To(St::Skipped(_)) => 'K',
        Transition::To(St::Failed(_)) => 'F',
        Transition::To(St::NeedsAttention(_)) => 'N',
    }
}

#[test]
fn every_pair_of_state_and_event_is_as_the_table_says() {
    for (state, row) in TABLE {
        let found: String = events().into_iter().map(|event| letter(next(state, event))).collect();
        assert_eq!(found, row, "{state:?}");
    }
}

#[test]
fn a_crash_while_sending_is_unknown_and_never_goes_back_to_the_queue() {
    assert_eq!(next(St::Sending, Event::NodeLost), Transition::To(St::Unknown));
    for event in events() {
        let to = next(St::Sending, event);
        assert!(
            !matches!(to, Transition::To(St::Assigned | St::Planned | St::Claimed)),
            "{event:?}"
        );
    }
}

#[test]
fn reasons_are_carried_into_the_new_state() {
    for &reason in S::ALL {
        assert_eq!(next(St::Claimed, Event::Skip(reason)), Transition::To(St::Skipped(reason)));
    }
    for &reason in F::ALL {
        assert_eq!(next(St::Sending, Event::Refused(reason)), Transition::To(St::Failed(reason)));
    }
    for &reason in A::ALL {
        assert_eq!(
            next(St::Sending, Event::CallPerson(reason)),
            Transition::To(St::NeedsAttention(reason))
        );
    }
}

#[test]
fn what_needs_a_person_ends_only_by_proof_or_by_a_person() {
    for &reason in A::ALL {
        for event in events() {
            let to = next(St::NeedsAttention(reason), event);
            let ends = matches!(to, Transition::To(_));
            let is_certain = reason != A::OutcomeUnknown && reason != A::Poison;
            let may = matches!(event, Event::Posted | Event::SendNow)
                || (matches!(event, Event::RetryDue) && is_certain);
            assert_eq!(ends, may, "{reason:?} {event:?}");
        }
        assert_eq!(
            next(St::NeedsAttention(reason), Event::Skip(S::Operator)),
            Transition::To(St::Skipped(S::Operator))
        );
    }
}

#[test]
fn a_skipped_slot_gives_its_post_back_unless_x_has_it() {
    let keep = OnMiss::Skip;
    assert_eq!(post_move(St::Skipped(S::Late), keep), PostMove::BackToQueue);
    assert_eq!(post_move(St::Skipped(S::Late), OnMiss::NextFreeSlot), PostMove::ToFront);
    assert_eq!(post_move(St::Skipped(S::Duplicate), keep), PostMove::Rejected);
    assert_eq!(post_move(St::Skipped(S::DryRun), keep), PostMove::Rehearsed);
    assert_eq!(post_move(St::Posted, keep), PostMove::Published);
    assert_eq!(post_move(St::Unknown, keep), PostMove::Keep);
    assert_eq!(post_move(St::NeedsAttention(A::Auth), keep), PostMove::Keep);
}
