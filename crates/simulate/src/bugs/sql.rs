//! What defects do to rows that no port would let them do.

use domain::model::SlotPhase;
use domain::ports::store::{Intent, SlotChange};

use crate::place::Desk;

/// Sends that a crash left go back to where they were before the intent.
pub(super) fn put_sending_back(desk: &Desk) {
    desk.run(
        "UPDATE attempts SET state = 'refused', closed_at = send_by WHERE state = 'sending'",
        &[],
    );
    desk.run(
        "UPDATE slots SET state = 'assigned', fence = NULL, wake_at = updated_at,
            version = version + 1 WHERE state = 'sending'",
        &[],
    );
}

/// They are given up.
pub(super) fn give_sending_up(desk: &Desk) {
    desk.run(
        "UPDATE attempts SET state = 'absent', closed_at = send_by WHERE state = 'sending'",
        &[],
    );
    desk.run(
        "UPDATE slots SET state = 'skipped', reason = 'late', fence = NULL, wake_at = NULL,
            version = version + 1 WHERE state = 'sending'",
        &[],
    );
}

/// The rows of these slots as they are: whoever writes now wins.
pub(super) fn follow(desk: &Desk, change: &mut SlotChange) {
    let sql = "SELECT state, version FROM slots WHERE id = ?1";
    let rows: Vec<(String, i64)> = desk.rows(sql, &[change.slot.0]);
    if let Some((state, version)) = rows.first()
        && let Some(phase) = SlotPhase::from_word(state)
    {
        (change.from, change.version, change.fence) = (phase, *version, None);
    }
}

/// The kill switch is off while `step` runs.
pub(super) fn without_kill_switch<T>(desk: &Desk, step: impl FnOnce() -> T) -> T {
    let sql = "SELECT value FROM meta WHERE key = 'kill_switch'";
    let was: Vec<(String,)> = desk.rows(sql, &[]);
    desk.run("UPDATE meta SET value = 'off' WHERE key = 'kill_switch'", &[]);
    let done = step();
    if let Some((word,)) = was.first() {
        desk.run("UPDATE meta SET value = ?1 WHERE key = 'kill_switch'", &[word]);
    }
    done
}

/// No bot asks anybody while `step` runs.
pub(super) fn without_asking<T>(desk: &Desk, step: impl FnOnce() -> T) -> T {
    desk.run("UPDATE bot_configs SET mode = 'risk' WHERE mode = 'approval'", &[]);
    let done = step();
    desk.run("UPDATE bot_configs SET mode = 'approval' WHERE mode = 'risk'", &[]);
    done
}

/// No cap holds anything while `step` runs.
pub(super) fn without_caps<T>(desk: &Desk, step: impl FnOnce() -> T) -> T {
    desk.run(
        "CREATE TABLE IF NOT EXISTS lifted
            (purse TEXT, scope TEXT, name TEXT, day_cap INTEGER, month_cap INTEGER)",
        &[],
    );
    desk.run("INSERT INTO lifted SELECT purse, scope, name, day_cap, month_cap FROM budgets", &[]);
    desk.run("UPDATE budgets SET day_cap = NULL, month_cap = NULL", &[]);
    let done = step();
    desk.run(
        "UPDATE budgets SET day_cap = l.day_cap, month_cap = l.month_cap FROM lifted l
         WHERE l.purse = budgets.purse AND l.scope = budgets.scope AND l.name = budgets.name",
        &[],
    );
    desk.run("DELETE FROM lifted", &[]);
    done
}

/// One promise of seven was never written down.
pub(super) fn forget_spend(desk: &Desk) {
    desk.run("DELETE FROM ledger WHERE kind = 'post' AND entry = 'reserve' AND id % 7 = 3", &[]);
}

/// The posts read as they did at the claim while `step` runs.
pub(super) fn as_claimed<T>(desk: &Desk, intents: &[Intent], step: impl FnOnce() -> T) -> T {
    let sql = "SELECT content FROM posts WHERE id = ?1";
    let set = "UPDATE posts SET content = ?1 WHERE id = CAST(?2 AS INTEGER)";
    let mut edited = Vec::new();
    for intent in intents {
        let post = intent.post.0;
        let rows: Vec<(String,)> = desk.rows(sql, &[post]);
        if let Some((content,)) = rows.into_iter().next()
            && content != intent.payload
        {
            desk.run(set, &[&intent.payload, &post.to_string()]);
            edited.push((post, content));
        }
    }
    let done = step();
    for (post, content) in edited {
        desk.run(set, &[&content, &post.to_string()]);
    }
    done
}

/// Nothing seems to be in flight while `step` runs, and no index minds.
pub(super) fn blind_to_flights<T>(desk: &Desk, step: impl FnOnce() -> T) -> T {
    desk.run("DROP INDEX IF EXISTS slots_in_flight", &[]);
    desk.run("CREATE TABLE IF NOT EXISTS hidden (id INTEGER PRIMARY KEY, state TEXT)", &[]);
    desk.run(
        "INSERT INTO hidden SELECT id, state FROM slots
         WHERE state IN ('sending', 'unknown', 'reconciling')",
        &[],
    );
    desk.run(
        "UPDATE slots SET state = 'failed', reason = 'hidden'
         WHERE id IN (SELECT id FROM hidden)",
        &[],
    );
    let done = step();
    desk.run(
        "UPDATE slots SET state = hidden.state, reason = NULL
         FROM hidden WHERE hidden.id = slots.id",
        &[],
    );
    desk.run("DELETE FROM hidden", &[]);
    done
}

/// The intents of these slots never reached the disk.
pub(super) fn lose_intents(desk: &Desk, slots: impl Iterator<Item = i64>) {
    for slot in slots {
        let slot = slot.to_string();
        desk.run("DELETE FROM attempts WHERE slot_id = CAST(?1 AS INTEGER)", &[&slot]);
        desk.run(
            "UPDATE slots SET state = 'assigned', fence = NULL, attempts = 0,
                version = version + 1, wake_at = due_at
             WHERE id = CAST(?1 AS INTEGER)",
            &[&slot],
        );
    }
}
