//! What the ledger must say, beside what X charged.

use domain::model::{Caps, MicroUsd};

use super::{DUE, TEXT, accepted, attempt, began, bot, ended, judge, rules, sent};
use crate::history::{Event, Told};
use crate::oracle::{CapsOver, Judge, LedgerRow, Protocol};

const I4: &str = "I4 (the budget)";

fn line(is_post: bool, is_promise: bool, amount: i64, day: &str) -> LedgerRow {
    LedgerRow { bot: bot(), is_post, is_promise, amount, day: day.to_owned() }
}

#[test]
fn a_promise_beyond_a_cap_is_objected_to_and_a_read_is_not() {
    let caps = Caps { day: Some(MicroUsd(30_000)), month: Some(MicroUsd(40_000)) };
    let over = CapsOver::from([(bot(), vec![("all bots".to_owned(), caps)])]);
    let audited = |rows: &[LedgerRow]| {
        let mut judge = Judge::new(Protocol::standard(false));
        judge.audit_money(DUE, rows, &over);
        rules(&judge)
    };
    let (monday, tuesday) = ("2026-06-01", "2026-06-02");
    let two = [line(true, true, 15_000, monday), line(true, true, 15_000, monday)];
    assert_eq!(audited(&two), [""; 0], "to the last cent");
    let read = line(false, false, 1_000, monday);
    assert_eq!(audited(&[two[0].clone(), two[1].clone(), read.clone()]), [""; 0], "a look");
    assert_eq!(audited(&[two[0].clone(), read.clone(), two[1].clone()]), [I4], "one cent more");
    let released = line(true, false, -15_000, monday);
    let again = [two[0].clone(), two[1].clone(), released, two[0].clone()];
    assert_eq!(audited(&again), [""; 0], "what was given back may be promised again");
    let next = [two[0].clone(), two[1].clone(), line(true, true, 15_000, tuesday)];
    assert_eq!(audited(&next), [I4], "the month is full");
    let other = LedgerRow { bot: "bob".to_owned(), ..line(true, true, 90_000, monday) };
    assert_eq!(audited(&[other]), [""; 0], "nobody capped that one");
}

#[test]
fn what_x_charged_for_posts_stands_in_the_ledger() {
    let compared = |billed: i64, protocol: Protocol| {
        let mut judge = Judge::new(protocol);
        judge.compare_bill(DUE, billed, &[line(true, true, 15_000, "2026-06-01")]);
        rules(&judge)
    };
    let standard = Protocol::standard(false);
    assert_eq!(compared(15_000, standard), [""; 0]);
    assert_eq!(compared(15_001, standard), [I4]);
    let blind = Protocol { shows_in_time: false, ..standard };
    assert_eq!(compared(200_000, blind), [""; 0], "X may have what nobody can see");
}

#[test]
fn what_a_person_took_away_before_anybody_saw_it_is_on_no_bill() {
    let mut judge = Judge::new(Protocol::standard(false));
    for (id, text) in [("60", "seen"), ("61", "unseen"), ("62", "stands")] {
        judge.accepted(DUE, id, (&"ada".to_owned(), &text.to_owned()));
    }
    judge.removed(DUE + 5, "60");
    judge.removed(DUE + 5, "61");
    let receipts = ["60".to_owned()].into();
    assert_eq!(judge.never_seen(&receipts).collect::<Vec<_>>(), ["unseen"]);
}

#[test]
fn that_another_try_was_told_says_nothing_of_the_first() {
    let mut news = sent(0, Told::Lost);
    news.extend([(0, accepted("60")), (5, Event::Removed { id: "60".to_owned() })]);
    news.push((9, Event::Intended(attempt(2, 2, TEXT))));
    news.extend([(9, began()), (9, ended(Told::Posted)), (9, accepted("61"))]);
    let judge = judge(false, news);
    let receipts = ["61".to_owned()].into();
    assert_eq!(judge.never_seen(&receipts).collect::<Vec<_>>(), [TEXT]);
}
