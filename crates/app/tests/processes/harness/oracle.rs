//! Compares what X really took with what the database says. Pure, so that it can be shown to object.

use std::collections::BTreeMap;

use super::record::{Record, Slot};
use super::sandbox::Truth;

/// Everything that speaks against "each slot exactly once"; nothing when all is well. Slots due up
/// to `settled_by` (milliseconds) must have an outcome.
pub fn objections(truth: &[Truth], record: &Record, settled_by: i64) -> Vec<String> {
    let mut found = Vec::new();
    doubles(truth, &mut found);
    receipts(truth, record, &mut found);
    slots(record, settled_by, &mut found);
    found
}

/// I1: X holds no text of ours twice. Texts in the queue are unique, so a double is a slot sent
/// twice.
fn doubles(truth: &[Truth], found: &mut Vec<String>) {
    let mut times: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for post in truth {
        *times.entry((&post.account, &post.text)).or_default() += 1;
    }
    for ((account, text), times) in times.into_iter().filter(|(_, times)| *times > 1) {
        found.push(format!("@{account} posted {text:?} {times} times"));
    }
}

/// Every post on X has one receipt of its bot, with its words; every receipt is of a post on X.
fn receipts(truth: &[Truth], record: &Record, found: &mut Vec<String>) {
    let mut of_post: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for receipt in &record.receipts {
        of_post.entry(&receipt.x_post_id).or_default().push(receipt);
    }
    for post in truth {
        match of_post.remove(post.id.as_str()).as_deref() {
            Some([one]) if one.bot_id == post.account && one.content == post.text => {}
            Some([one]) => found.push(format!("{one:?} is not of {post:?}")),
            Some(many) => found.push(format!("{post:?} has {} receipts", many.len())),
            None => found.push(format!("{post:?} has no receipt")),
        }
    }
    for (id, _) in of_post {
        found.push(format!("X never had {id}, and there is a receipt of it"));
    }
}

/// I2 and I5: what was due has an outcome, `posted` and a receipt are the same thing, a bot has one
/// post on its way at most, and no moment of a bot has two slots.
fn slots(record: &Record, settled_by: i64, found: &mut Vec<String>) {
    let mut receipts: BTreeMap<i64, u32> = BTreeMap::new();
    for receipt in &record.receipts {
        if let Some(slot) = receipt.slot_id {
            *receipts.entry(slot).or_default() += 1;
        }
    }
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut before: Option<&Slot> = None;
    for slot in &record.slots {
        if slot.due_at <= settled_by && !slot.has_outcome() {
            found.push(format!("{slot:?} was due and has no outcome"));
        }
        if slot.is_open() {
            *open.entry(&slot.bot_id).or_default() += 1;
        }
        let receipts = receipts.get(&slot.id).copied().unwrap_or(0);
        if receipts != u32::from(slot.state == "posted") {
            found.push(format!("{slot:?} has {receipts} receipts"));
        }
        if before.is_some_and(|b| b.bot_id == slot.bot_id && b.due_at == slot.due_at) {
            found.push(format!("{slot:?} stands there twice"));
        }
        before = Some(slot);
    }
    for (bot, open) in open.into_iter().filter(|(_, open)| *open > 1) {
        found.push(format!("@{bot} has {open} posts on their way"));
    }
}

/// I2: a bot's schedule fires every so many milliseconds, so between its first slot and `settled_by`
/// each such moment has one.
pub fn gaps(record: &Record, bot: &str, every: i64, settled_by: i64) -> Vec<String> {
    let due: Vec<i64> = record
        .slots
        .iter()
        .filter(|slot| slot.bot_id == bot && slot.due_at <= settled_by)
        .map(|slot| slot.due_at)
        .collect();
    let is_gap = |pair: &&[i64]| pair[1] - pair[0] != every;
    let mut gaps: Vec<String> = due
        .windows(2)
        .filter(is_gap)
        .map(|pair| format!("@{bot} has no slot between {} and {}", pair[0], pair[1]))
        .collect();
    if due.last().is_none_or(|last| settled_by - last >= every) {
        gaps.push(format!("@{bot} has no slot up to {settled_by}: {:?}", due.last()));
    }
    gaps
}
