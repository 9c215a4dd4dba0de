//! What the auditor asks, and where it keeps what it finds.

use domain::model::{BotId, BotState, Finding, FindingKind, Fold, StateReason};
use domain::ports::store::{
    AuditStore, BotChange, BotStore, ComparisonNote, NodeStore, Position, SlotStore, SlotsAsked,
    Spend, SpendKind, Sweep,
};
use domain::rules::audit::orphans::Table;
use domain::rules::audit::{Checked, Covered, Stretch};
use domain::rules::review::content_hash;
use jiff::Timestamp;
use jiff::civil::date;

use crate::steps::{
    claimed, declare, id, intent, lost, nine, plan, posted, queue, secs, sending, settle, start,
    wanted, x_id,
};
use crate::world::{World, on_both};

fn finding(kind: FindingKind, subject: &str, place: i64, at: Timestamp) -> Finding {
    Finding {
        kind,
        subject: subject.to_owned(),
        bot: Some(id("ada")),
        slot: None,
        place,
        at,
        detail: format!("{subject} is not as it should be"),
    }
}

fn checked(covered: Covered, found: Vec<Finding>) -> Checked {
    Checked { kinds: &[FindingKind::MissingSlot, FindingKind::CounterDrift], covered, found }
}

async fn open(world: &World) -> Vec<String> {
    let findings = world.db.list_findings(100).await.unwrap();
    findings.into_iter().map(|found| found.subject).collect()
}

async fn a_finding_is_one_row_until_it_ends(world: &World) {
    let found = || vec![finding(FindingKind::MissingSlot, "a", 5, start())];
    let everything = || checked(Covered::everything(), found());
    let first = world.db.note_findings(&everything(), None, start()).await.unwrap();
    assert_eq!((first.opened.len(), first.resolved), (1, 0));
    let again = world.db.note_findings(&everything(), None, start() + secs(60)).await.unwrap();
    assert_eq!((again.opened.len(), again.resolved), (0, 0), "it is no news");
    let findings = world.db.list_findings(10).await.unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].first_seen, findings[0].last_seen), (start(), start() + secs(60)));
    let counts = world.db.count_findings().await.unwrap();
    assert_eq!((counts[0].kind, counts[0].count), (FindingKind::MissingSlot, 1));

    let none = checked(Covered::everything(), Vec::new());
    let ended = world.db.note_findings(&none, None, start() + secs(120)).await.unwrap();
    assert_eq!((ended.opened.len(), ended.resolved), (0, 1));
    assert!(open(world).await.is_empty());
    let back = world.db.note_findings(&everything(), None, start() + secs(180)).await.unwrap();
    assert_eq!(back.opened.len(), 1, "what comes back is news");
    let told = "SELECT kind FROM events WHERE kind LIKE 'finding.%' ORDER BY id";
    assert_eq!(world.words(told).await, ["finding.opened", "finding.ended", "finding.opened"]);

    let late = start() + secs(300);
    assert_eq!(world.db.forget_findings(start() + secs(120), 10).await.unwrap(), 0);
    assert_eq!(world.db.forget_findings(late, 10).await.unwrap(), 1, "only what has ended");
    assert_eq!(open(world).await, ["a"]);
}

async fn only_what_was_looked_at_ends(world: &World) {
    let kind = FindingKind::MissingSlot;
    let found = vec![
        finding(kind, "early", 5, start()),
        finding(kind, "late", 5, nine()),
        finding(kind, "other row", 6, start()),
        finding(FindingKind::DuplicateOnX, "other kind", 5, start()),
    ];
    world.db.note_findings(&checked(Covered::everything(), found), None, start()).await.unwrap();
    let stretch = Stretch { until: nine(), ..Stretch::rows(4, 5) };
    let rows = checked(Covered::Rows(vec![stretch]), Vec::new());
    let now = start() + secs(60);
    assert_eq!(world.db.note_findings(&rows, None, now).await.unwrap().resolved, 1);
    let mut left = open(world).await;
    left.sort();
    assert_eq!(left, ["late", "other kind", "other row"]);

    let nothing = checked(Covered::Rows(Vec::new()), Vec::new());
    assert_eq!(world.db.note_findings(&nothing, None, now).await.unwrap().resolved, 0);
    for (after, upto, ends) in [("ada", None, 0), ("a", Some("ac"), 0), ("a", Some("ada"), 2)] {
        let covered = Covered::Bots { after: Some(id(after)), upto: upto.map(id) };
        let bots = checked(covered, Vec::new());
        let ended = world.db.note_findings(&bots, None, now).await.unwrap().resolved;
        assert_eq!(ended, ends, "{after} {upto:?}");
    }
    let bot = Checked {
        kinds: &[FindingKind::DuplicateOnX],
        covered: Covered::Bot(id("ada")),
        found: Vec::new(),
    };
    assert_eq!(world.db.note_findings(&bot, None, now).await.unwrap().resolved, 1);
}

async fn a_sweep_goes_on_where_it_stopped(world: &World) {
    assert_eq!(world.db.sweep_position(Sweep::Bots).await.unwrap(), Position::default());
    for position in [
        Position { row: 7, bot: Some(id("ada")), at: Some(nine()) },
        Position { row: 8, ..Position::default() },
    ] {
        let none = checked(Covered::Rows(Vec::new()), Vec::new());
        let sweep = Some((Sweep::Rows(Table::Slots), &position));
        world.db.note_findings(&none, sweep, start()).await.unwrap();
        let sweep = Sweep::Rows(Table::Slots);
        assert_eq!(world.db.sweep_position(sweep).await.unwrap(), position);
    }
    assert_eq!(world.db.sweep_position(Sweep::Bots).await.unwrap(), Position::default());
}

async fn schedules_in_force_are_paged_with_the_moment_since_when(world: &World) {
    declare(world, &["ada", "bob", "carl", "dora"]).await;
    let bots = async |after, max| -> (Vec<String>, Option<i64>) {
        let page = world.db.list_audited_schedules(after, max).await.unwrap();
        assert!(page.schedules.iter().all(|one| one.since <= start() + secs(60)));
        (page.schedules.iter().map(|one| one.bot.as_str().to_owned()).collect(), page.upto)
    };
    let (first, upto) = bots(0, 3).await;
    assert_eq!(first.len(), 3);
    let (rest, end) = bots(upto.expect("a full page"), 3).await;
    assert_eq!((rest.len(), end), (1, None));

    // A closed bot's and one that nobody can read are left out; the page goes on after them.
    let closed = Some(StateReason::Undeclared);
    world.db.set_bot_state(&id("ada"), BotState::Closed, closed, start()).await.unwrap();
    world.execute("UPDATE schedules SET timezone = 'Mars/Base' WHERE bot_id = 'bob'").await;
    let (left, upto) = bots(0, 2).await;
    assert_eq!(left, ["carl"]);
    let page = world.db.list_audited_schedules(0, 10).await.unwrap();
    assert_eq!(page.unreadable.len(), 1, "{:?}", page.unreadable);
    assert!(upto.is_some());

    // A bot that is open again is judged from then on.
    let now = start() + secs(60);
    world.db.set_bot_state(&id("ada"), BotState::Active, None, now).await.unwrap();
    let page = world.db.list_audited_schedules(0, 10).await.unwrap();
    let ada = page.schedules.iter().find(|one| one.bot == id("ada")).unwrap();
    assert_eq!((ada.since, ada.planned_until), (now, now));
}

async fn the_rows_of_a_schedule_are_read_by_their_civil_time(world: &World) {
    declare(world, &["ada", "bob"]).await;
    plan(world, nine()).await;
    let page = world.db.list_audited_schedules(0, 10).await.unwrap();
    let asked: Vec<SlotsAsked> = page
        .schedules
        .iter()
        .map(|one| SlotsAsked {
            schedule: one.id,
            from: date(2026, 11, 23).at(9, 0, 0, 0),
            until: date(2026, 11, 23).at(9, 0, 1, 0),
        })
        .collect();
    let rows = world.db.list_slot_rows(&asked).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].due_at, rows[0].fold), (nine(), Fold::First));
    assert_eq!(rows[0].created_at, start());
    let later = SlotsAsked { from: asked[0].until, ..asked[0].clone() };
    assert!(world.db.list_slot_rows(&[later]).await.unwrap().is_empty());
}

async fn slots_without_an_outcome_are_listed_when_their_window_is_over(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    settle(world, &[lost(&sent[0], nine())]).await;
    let window = secs(30 * 60);
    let late = secs(20 * 60);
    let list = async |now| world.db.list_open_ended(late, 10, now).await.unwrap();
    assert!(list(nine() + window + late).await.is_empty());
    let open = list(nine() + window + late + secs(1)).await;
    assert_eq!(open.len(), 2);
    assert!(open.iter().all(|one| one.window_end == nine() + window));
    settle(world, &[posted(&sent[1], "101")]).await;
    assert_eq!(list(nine() + window * 3).await.len(), 1);
}

async fn counters_are_read_beside_what_they_count_and_set_right_once(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    settle(world, &[posted(&sent[0], "101")]).await;
    queue(world, "ada", "one more", None).await;
    let page = world.db.list_counters(None, 10).await.unwrap();
    assert_eq!(page.len(), 2);
    assert!(page.iter().all(|one| !one.have_drifted()), "{page:?}");
    assert_eq!((page[0].real.total, page[0].real.remaining), (1, 1));
    assert!(world.db.list_counters(Some(&id("bob")), 10).await.unwrap().is_empty());

    world.execute("UPDATE bot_stats SET remaining_posts = 7, last_post_at = 5").await;
    let drifted = world.db.list_counters(None, 1).await.unwrap();
    assert!(drifted[0].have_drifted());
    let compare_at = [(id("ada"), nine())];
    // A change that came between is not undone.
    queue(world, "ada", "and another", None).await;
    assert_eq!(world.db.mend_counters(&drifted, &compare_at, nine()).await.unwrap(), 0);
    let drifted = world.db.list_counters(None, 1).await.unwrap();
    assert_eq!(drifted[0].compare_at, Some(nine()));
    assert_eq!(world.db.mend_counters(&drifted, &[], nine()).await.unwrap(), 1);
    let ada = world.db.list_counters(None, 1).await.unwrap();
    assert!(!ada[0].have_drifted());
    assert_eq!(ada[0].counted.remaining, 2);
    let later = [(id("ada"), nine() + secs(5))];
    world.db.mend_counters(&[], &later, nine()).await.unwrap();
    let ada = world.db.list_counters(None, 1).await.unwrap();
    assert_eq!(ada[0].compare_at, Some(nine()), "it was decided already");
}

async fn rows_that_stand_alone_are_found(world: &World) {
    let sent = sending(world, &["ada", "bob", "carl"]).await;
    settle(world, &[posted(&sent[0], "101"), posted(&sent[1], "102")]).await;
    let orphans = async |table| world.db.list_orphans(table, 0, 100).await.unwrap().orphans;
    for table in Table::ALL {
        assert!(orphans(table).await.is_empty(), "{table:?}");
    }
    assert!(world.db.list_stray_posts(10).await.unwrap().is_empty());

    let [ada, bob, carl] = [0, 1, 2].map(|n: usize| sent[n].0.slot.0);
    world.execute(&format!("DELETE FROM receipts WHERE slot_id = {ada}")).await;
    world
        .execute(&format!(
            "UPDATE slots SET state = 'skipped', reason = 'late' WHERE id IN ({bob}, {carl})"
        ))
        .await;
    let rows = |orphans: Vec<domain::rules::audit::orphans::Orphan>| -> Vec<Option<i64>> {
        orphans.iter().map(|one| one.slot.map(|slot| slot.0)).collect()
    };
    assert_eq!(rows(orphans(Table::Slots).await), [Some(ada)]);
    assert_eq!(rows(orphans(Table::Receipts).await), [Some(bob)]);
    assert_eq!(rows(world.db.list_stray_posts(10).await.unwrap()), [Some(carl)]);

    // Tables are gone through in stretches.
    let mut in_order = [ada, bob, carl];
    in_order.sort_unstable();
    let first = world.db.list_orphans(Table::Slots, 0, 2).await.unwrap();
    assert_eq!(first.upto, Some(in_order[1]));
    let rest = world.db.list_orphans(Table::Slots, first.upto.unwrap(), 2).await.unwrap();
    assert_eq!(rest.upto, None);
}

async fn an_attempt_whose_slot_is_gone_is_found(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    // A shell without foreign keys can do this.
    let lose = format!("UPDATE attempts SET slot_id = 999 WHERE slot_id = {}", sent.0.slot.0);
    if world.is_sqlite() {
        world.execute(&format!("PRAGMA foreign_keys = OFF; {lose}")).await;
    } else {
        world.execute("ALTER TABLE attempts DROP CONSTRAINT attempts_slot_id_fkey").await;
        world.execute(&lose).await;
    }
    let gone = world.db.list_orphans(Table::Attempts, 0, 10).await.unwrap();
    assert_eq!(gone.orphans.len(), 1);
    assert_eq!(gone.orphans[0].slot.map(|slot| slot.0), Some(999));
}

async fn leases_are_listed_newest_first_and_what_dead_nodes_hold(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let lease = world.db.take_lease(&wanted("other"), nine()).await.unwrap();
    let leases = world.db.list_leases(10).await.unwrap();
    assert_eq!((leases[0].fence, leases[0].node.as_str()), (lease.fence, "other"));
    assert_eq!(leases.len(), 2);
    let now = nine() + secs(600);
    let held = async |before| world.db.list_held(before, 10, now).await.unwrap();
    // On SQLite the second lease ended the first.
    let is_dead = world.is_sqlite();
    assert_eq!(held(now).await.len(), usize::from(is_dead));
    world.execute("UPDATE nodes SET expires_at = 5").await;
    let found = held(now).await;
    assert_eq!((found[0].slot, found[0].fence), (due.slot, Some(due.fence)));
    assert!(held(nine()).await.is_empty(), "not for so long yet");
}

fn note(bot: BotId, checked: Option<Checked>) -> ComparisonNote {
    ComparisonNote {
        bot,
        next_at: nine() + secs(86_400),
        is_compared: true,
        change: BotChange::default(),
        distrust_since: None,
        checked,
        removed: Vec::new(),
        returned: Vec::new(),
        spend: Vec::new(),
    }
}

async fn bots_are_compared_when_it_is_time_and_x_may_be_asked(world: &World) {
    let sent = sending(world, &["ada", "bob", "carl", "dora"]).await;
    settle(world, &[posted(&sent[0], "101")]).await;
    let at = |bot: &str| (id(bot), nine());
    let all = ["ada", "bob", "carl", "dora"].map(at);
    world.db.mend_counters(&[], &all, start()).await.unwrap();
    world.db.set_bot_state(&id("bob"), BotState::Paused, None, start()).await.unwrap();
    let blocked = format!("UPDATE bots SET blocked_until = {}", i64::MAX / 2);
    world.execute(&format!("{blocked} WHERE bot_id = 'carl'")).await;
    world.execute("UPDATE bot_configs SET is_rehearsal = 1 WHERE bot_id = 'dora'").await;
    let take = async |now| {
        let mut due = world.db.take_comparisons(now + secs(3600), 10, now).await.unwrap();
        due.sort_by(|a, b| a.bot.cmp(&b.bot));
        due
    };
    assert!(take(nine() - secs(1)).await.is_empty());
    let due = take(nine()).await;
    let names: Vec<&str> = due.iter().map(|one| one.bot.as_str()).collect();
    assert_eq!(names, ["ada", "dora"]);
    assert_eq!(due[0].receipts[0].x_post_id, x_id("101"));
    assert!(due[1].receipts.is_empty(), "who rehearses has nothing on X");
    assert!(take(nine() + secs(1)).await.is_empty(), "another node leaves them alone");
    assert_eq!(take(nine() + secs(3600)).await.len(), 2, "until this one must be dead");

    world.db.note_comparison(&note(id("ada"), None), nine() + secs(3600)).await.unwrap();
    let due = take(nine() + secs(86_400)).await;
    assert_eq!(due[0].compared_at, Some(nine() + secs(3600)));
}

async fn a_new_duplicate_pauses_its_bot_and_a_known_one_does_not(world: &World) {
    declare(world, &["ada"]).await;
    let found = || Checked {
        kinds: &[FindingKind::DuplicateOnX],
        covered: Covered::Bot(id("ada")),
        found: vec![finding(FindingKind::DuplicateOnX, "x 102", 0, Timestamp::UNIX_EPOCH)],
    };
    let state = async || {
        let (_, state, reason) = world.db.find_bot(&id("ada")).await.unwrap().unwrap();
        (state, reason)
    };
    world.db.note_comparison(&note(id("ada"), Some(found())), nine()).await.unwrap();
    assert_eq!(state().await, (BotState::Paused, Some(StateReason::DuplicateObserved)));
    // A person looked, and lets it post on.
    world.db.set_bot_state(&id("ada"), BotState::Active, None, nine()).await.unwrap();
    world.db.note_comparison(&note(id("ada"), Some(found())), nine() + secs(60)).await.unwrap();
    assert_eq!(state().await, (BotState::Active, None));
    assert_eq!(open(world).await, ["x 102"]);
}

async fn a_comparison_writes_what_it_found_and_what_it_cost(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[posted(&sent, "101")]).await;
    let price = Spend { kind: SpendKind::Read, amount: domain::model::MicroUsd(700) };
    let gone = ComparisonNote {
        removed: vec![x_id("101")],
        distrust_since: Some(start()),
        spend: vec![price],
        ..note(id("ada"), None)
    };
    world.db.note_comparison(&gone, nine()).await.unwrap();
    let removed = "SELECT count(*) FROM receipts WHERE removed_at IS NOT NULL";
    assert_eq!(world.number(removed).await, 1);
    assert_eq!(crate::steps::state(world, sent.0.slot).await, "posted", "and stays so");
    assert_eq!(world.number("SELECT spend_micro_usd FROM bot_stats").await, 700);
    let read = "SELECT CAST(sum(amount_micro_usd) AS BIGINT) FROM ledger WHERE kind = 'read'";
    assert_eq!(world.number(read).await, 700);
    let doubted = "SELECT distrusted_since FROM bots";
    assert_eq!(world.number(doubted).await, start().as_millisecond());
    // A doubt that reaches further back stays.
    let later = ComparisonNote { distrust_since: Some(nine()), ..note(id("ada"), None) };
    world.db.note_comparison(&later, nine()).await.unwrap();
    assert_eq!(world.number(doubted).await, start().as_millisecond() - 1);
    let back = ComparisonNote { returned: vec![x_id("101")], ..note(id("ada"), None) };
    world.db.note_comparison(&back, nine()).await.unwrap();
    assert_eq!(world.number(removed).await, 0);
    assert_eq!(world.number(doubted).await, start().as_millisecond() - 1, "it doubts nothing");
}

async fn our_texts_are_found_by_their_hash(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    queue(world, "ada", "in the queue", None).await;
    // Tests give posts the hash of their text as it is.
    let hash = |text: &str| domain::model::ContentHash::of_normal_form(text);
    let hashes = [hash("ada says hello"), hash("in the queue"), content_hash("nobody's")];
    let find = async |bot: &str| {
        let mut ours = world.db.list_our_texts(&id(bot), &hashes).await.unwrap();
        ours.sort_by_key(|one| one.post);
        ours
    };
    let ours = find("ada").await;
    let seen: Vec<_> = ours.iter().map(|one| (one.content.as_str(), one.is_open)).collect();
    assert_eq!(seen, [("ada says hello", true), ("in the queue", false)]);
    settle(world, &[posted(&sent, "101")]).await;
    let ours = find("ada").await;
    let receipt = ours[0].receipt.as_ref().expect("it is posted");
    assert_eq!((&receipt.x_post_id, ours[0].is_open), (&x_id("101"), false));
    assert_eq!((ours[0].send_by, ours[1].send_by), (Some(intent(&sent.0, nine()).send_by), None));
    assert!(find("bob").await.is_empty());
}

async fn a_changed_schedule_is_judged_from_then_on(world: &World) {
    declare(world, &["ada"]).await;
    let since = async || world.db.list_audited_schedules(0, 1).await.unwrap().schedules[0].since;
    assert_eq!(since().await, start());
    let mut changed = testkit::bot("ada");
    changed.schedules = vec![testkit::schedule("0 10 * * *")];
    let now = start() + secs(3600);
    world.db.sync_bots(&[changed], &[], now).await.unwrap();
    assert_eq!(since().await, now);
    // Planning further changes nothing of it; other rules of its zone do.
    plan(world, nine()).await;
    assert_eq!(since().await, now);
    world.execute("UPDATE meta SET value = 'others' WHERE key LIKE 'zone_rules:%'").await;
    let later = now + secs(60);
    world.db.follow_zone_rules(later).await.unwrap();
    assert_eq!(since().await, later);
}

on_both! {
    a_finding_is_one_row_until_it_ends,
    only_what_was_looked_at_ends,
    a_sweep_goes_on_where_it_stopped,
    schedules_in_force_are_paged_with_the_moment_since_when,
    the_rows_of_a_schedule_are_read_by_their_civil_time,
    slots_without_an_outcome_are_listed_when_their_window_is_over,
    counters_are_read_beside_what_they_count_and_set_right_once,
    rows_that_stand_alone_are_found,
    an_attempt_whose_slot_is_gone_is_found,
    leases_are_listed_newest_first_and_what_dead_nodes_hold,
    bots_are_compared_when_it_is_time_and_x_may_be_asked,
    a_new_duplicate_pauses_its_bot_and_a_known_one_does_not,
    a_comparison_writes_what_it_found_and_what_it_cost,
    our_texts_are_found_by_their_hash,
    a_changed_schedule_is_judged_from_then_on,
}
