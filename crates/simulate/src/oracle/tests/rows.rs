//! What the rows of the database must say.

use super::{DUE, TEXT, accepted, attempt, bot, judge, rules, sent};
use crate::history::{Event, Told};
use crate::oracle::{Books, ExpectedSlot, SlotRow};

fn row(state: &str) -> SlotRow {
    SlotRow {
        id: 7,
        bot: bot(),
        due_at: DUE,
        catch_up_ms: 1_800_000,
        is_latest_only: false,
        is_asked_for: false,
        state: state.to_owned(),
        reason: None,
        version: 9,
        text: Some(TEXT.to_owned()),
        x_post: None,
    }
}

fn audited(after: i64, row: SlotRow) -> Vec<&'static str> {
    let mut judge = judge(false, vec![(0, accepted("60"))]);
    let receipts = row.x_post.clone().into_iter().collect();
    let books = Books { slots: vec![row], receipts, doubted: Vec::new() };
    judge.audit(DUE + after, DUE, DUE + after, &books);
    judge.close(DUE + after, &books);
    rules(&judge)
}

#[test]
fn a_slot_is_settled_in_time_and_what_x_has_is_known() {
    const LATE: i64 = 4_000_000;
    const I2: &str = "I2 (no silent loss)";
    let posted = SlotRow { x_post: Some("60".to_owned()), ..row("posted") };
    assert_eq!(audited(LATE, posted.clone()), [""; 0]);
    assert_eq!(audited(LATE, row("needs_attention")), [""; 0]);
    assert_eq!(audited(LATE, row("unknown")), [I2, I2], "stuck, and X has it");
    assert_eq!(audited(0, row("skipped")), [I2], "X has it");
    assert_eq!(audited(0, row("posted")), ["receipts", I2]);
    let others = SlotRow { text: Some("other words".to_owned()), ..posted.clone() };
    assert_eq!(audited(0, others), ["receipts"]);
    let invented = SlotRow { x_post: Some("99".to_owned()), ..posted };
    assert_eq!(audited(0, invented), ["receipts", "receipts", I2]);
}

#[test]
fn the_latest_of_missed_slots_may_wait_and_then_has_the_time_of_any_other() {
    const LATE: i64 = 4_000_000;
    let latest = |state: &str| SlotRow { is_latest_only: true, ..row(state) };
    let overdue = |sent_at: Option<i64>, row: SlotRow| {
        let sends = sent_at.map_or_else(Vec::new, |at| sent(at, Told::Lost));
        let mut judge = judge(false, sends);
        let objected = judge.violations().len();
        let books = Books { slots: vec![row], ..Books::default() };
        judge.audit(DUE + LATE, DUE, DUE + LATE, &books);
        judge.violations().len() > objected
    };
    assert!(!overdue(None, latest("retry_wait")));
    assert!(overdue(None, row("retry_wait")));
    assert!(!overdue(Some(LATE - 60_000), latest("unknown")));
    assert!(overdue(Some(LATE - 60_000), row("unknown")));
    assert!(overdue(Some(0), latest("unknown")));
}

#[test]
fn a_receipt_of_either_of_two_equal_texts_says_that_it_is_out() {
    let by_hand = Event::ByHand { bot: bot(), id: "59".to_owned() };
    let judged = |receipt: &str| {
        let news = vec![(0, by_hand.clone()), (0, accepted("59")), (0, accepted("60"))];
        let mut judge = judge(false, news);
        judge.close(DUE, &Books { receipts: vec![receipt.to_owned()], ..Books::default() });
        rules(&judge)
    };
    assert_eq!(judged("59"), [""; 0]);
    assert_eq!(judged("60"), [""; 0]);
    assert_eq!(judged("58"), ["I2 (no silent loss)"]);
}

#[test]
fn a_text_that_was_taken_away_is_not_the_slots_any_more() {
    let other = "other words";
    let judged = |removed: Vec<(i64, Event)>| {
        let mut news = sent(0, Told::Posted);
        news.push((0, accepted("60")));
        news.extend(removed);
        news.push((9, Event::Restored));
        news.push((9, Event::Intended(attempt(2, 1, other))));
        let text = other.to_owned();
        news.push((9, Event::Accepted { id: "61".to_owned(), bot: bot(), text }));
        rules(&judge(false, news))
    };
    assert_eq!(judged(Vec::new()), ["I1 (no double)"]);
    assert_eq!(judged(vec![(5, Event::Removed { id: "60".to_owned() })]), [""; 0]);
}

#[test]
fn every_slot_of_a_schedule_has_one_row_and_no_other_has() {
    const I2: &str = "I2 (every slot has a row)";
    let expected = [ExpectedSlot { bot: bot(), due_at: DUE }].into();
    let compared = |slots: Vec<SlotRow>| {
        let mut judge = judge(false, Vec::new());
        let books = Books { slots, ..Books::default() };
        judge.compare_plan(DUE, &expected, &books);
        rules(&judge)
    };
    assert_eq!(compared(vec![row("posted")]), [""; 0]);
    assert_eq!(compared(Vec::new()), [I2]);
    assert_eq!(compared(vec![row("posted"), SlotRow { id: 8, ..row("planned") }]), [I2]);
    let other = SlotRow { due_at: DUE + 60_000, ..row("planned") };
    assert_eq!(compared(vec![row("posted"), other.clone()]), [I2]);
    let asked = SlotRow { is_asked_for: true, ..other };
    assert_eq!(compared(vec![row("posted"), asked]), [""; 0]);
}
