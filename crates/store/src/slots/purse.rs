//! Which of the due slots there is money for: the first come first, and what one takes is not there for
//! the next.

use domain::model::Purse;
use domain::ports::store::Intend;

use super::tries::Due;
use crate::attempts::begin::wish;
use crate::budgets::book::Book;
use crate::db::Tx;
use crate::fault::Fault;
use crate::ledger;

/// Says of each slot whether its post can be paid; those that would send take the money.
pub(super) async fn look_in(
    tx: &mut Tx,
    due: &mut [Due],
    now: i64,
    intend: Intend<'_>,
) -> Result<(), Fault> {
    if due.is_empty() {
        return Ok(());
    }
    let at = ledger::moment(now)?;
    let bots = due.iter().map(|due| (&due.slot.bot, due.slot.facts.app.as_str()));
    let mut book = Book::open(tx, Purse::X, bots, at).await?;
    if book.is_open() {
        return Ok(());
    }
    for Due { slot, .. } in due {
        let sends = intend(slot).is_some();
        let whose = (&slot.bot, slot.facts.app.as_str());
        slot.facts.budget_shut = book.admit(whose, wish(&slot.text, at), sends).err();
    }
    Ok(())
}
