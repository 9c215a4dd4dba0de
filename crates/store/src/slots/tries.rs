//! Where X does not answer an app, one of its slots may try in a while; the others wait.

use std::collections::BTreeSet;

use domain::ports::store::{BotFacts, DueSlot, Intend};
use jiff::Timestamp;

use crate::breakers::{self, Shut};
use crate::db::Tx;
use crate::fault::Fault;

/// A due slot, and the open breaker of its app.
pub(super) struct Due {
    pub(super) slot: DueSlot,
    pub(super) shut: Option<Shut>,
}

/// Lets one slot through of each app whose time to try has come, if no other node did: the first that
/// would send.
pub(super) async fn let_through(
    tx: &mut Tx,
    due: &mut [Due],
    now: i64,
    intend: Intend<'_>,
) -> Result<(), Fault> {
    let Ok(at) = Timestamp::from_millisecond(now) else { return Ok(()) };
    let ready: BTreeSet<String> = due
        .iter()
        .filter(|due| due.shut.is_some_and(|shut| shut.may_be_tried(at)))
        .map(|due| due.slot.facts.app.clone())
        .collect();
    for app in breakers::take_tries(tx, ready.iter().map(String::as_str), now).await? {
        let of_app = |due: &Due| due.slot.facts.app == app;
        let first = due
            .iter()
            .position(|due| of_app(due) && intend(&freed(&due.slot)).is_some())
            .or_else(|| due.iter().position(of_app));
        if let Some(first) = first {
            due[first].slot.facts.silent_until = None;
        }
    }
    Ok(())
}

fn freed(slot: &DueSlot) -> DueSlot {
    DueSlot { facts: BotFacts { silent_until: None, ..slot.facts.clone() }, ..slot.clone() }
}
