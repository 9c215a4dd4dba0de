//! What an outcome does to the money that its attempt reserved: spent if X has the post, given back if it
//! is known not to have it, and kept while nobody knows.

use std::collections::HashMap;

use domain::model::{AttemptState, MicroUsd};
use domain::ports::store::{Settlement, Spend, SpendKind};

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::ledger::{self, Entry, Line};

/// Attempts that count for another amount than they should. Mostly there are none: what is reserved is
/// what X charges.
static OTHERS: Sql = Sql::new(
    "attempts",
    "{each attempt:int slot:int price:int}
     SELECT a.id, a.charged_micro_usd, a.intent_at {from,} attempts a
     WHERE a.id = r.attempt AND a.slot_id = r.slot AND a.charged_micro_usd <> r.price",
);

static CHARGE: Sql = Sql::new(
    "attempts",
    "{each attempt:int slot:int price:int}
     UPDATE attempts SET charged_micro_usd = r.price {from}
     WHERE attempts.id = r.attempt AND attempts.slot_id = r.slot",
);

/// What the attempts of these slots that are on their way have reserved.
static OPEN: Sql = Sql::new(
    "attempts",
    "WITH {rows slot:int}
     SELECT a.slot_id, CAST(sum(a.charged_micro_usd) AS BIGINT) FROM r
     JOIN attempts a ON a.slot_id = r.slot
     WHERE {judged a.state IN ('sending', 'unknown')} GROUP BY a.slot_id",
);

pub(crate) static TEXTS: [&Sql; 3] = [&OTHERS, &CHARGE, &OPEN];

batch_row! {
    #[derive(Clone)]
    struct PriceRow {
        attempt: i64,
        slot: i64,
        price: i64,
    }
}

#[derive(serde::Serialize)]
struct SlotKey {
    slot: i64,
}

/// The lines that settle the reservations of these outcomes.
pub(super) async fn settle<'a>(
    tx: &mut Tx,
    won: &[&'a Settlement],
) -> Result<Vec<Line<'a>>, Fault> {
    let of_attempt: HashMap<i64, (&Settlement, PriceRow)> = won
        .iter()
        .filter_map(|one| {
            let row = PriceRow::of(one)?;
            Some((row.attempt, (*one, row)))
        })
        .collect();
    let mut rows: Vec<PriceRow> = of_attempt.values().map(|(_, row)| row.clone()).collect();
    rows.sort_by_key(|row| row.attempt);
    let others: Vec<(i64, i64, i64)> = tx.find_each(&OTHERS, &rows, &[]).await?;
    let (mut lines, mut charged) = (Vec::new(), Vec::new());
    for (attempt, before, intent_at) in others {
        let Some((one, row)) = of_attempt.get(&attempt) else { continue };
        let amount = MicroUsd(row.price) - MicroUsd(before);
        let entry = if row.price == 0 { Entry::Release } else { Entry::Settle };
        charged.push(row.clone());
        lines.push(Line {
            bot: one.change.bot.as_str(),
            slot: Some(row.slot),
            spend: Spend { kind: SpendKind::Post, amount },
            entry,
            day: ledger::day_of(intent_at)?,
            attempt: Some(attempt),
            reservation: None,
        });
    }
    tx.run_each(&CHARGE, &charged, &args![]).await?;
    Ok(lines)
}

/// Whether the spend of a settlement is what its attempt reserved, and so is no line of its own.
pub(super) fn is_reserved(one: &Settlement, spend: &Spend) -> bool {
    spend.kind == SpendKind::Post && PriceRow::of(one).is_some()
}

/// By slot, what its attempts have reserved that are on their way.
pub(super) async fn open(
    tx: &mut Tx,
    slots: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, i64>, Fault> {
    let keys: Vec<SlotKey> = slots.map(|slot| SlotKey { slot }).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let open: Vec<(i64, i64)> = tx.all(&OPEN, &args![&json(&keys)]).await?;
    Ok(open.into_iter().collect())
}

impl PriceRow {
    /// What the attempt should count for from here on; `None` where that does not change.
    fn of(one: &Settlement) -> Option<Self> {
        let verdict = one.attempt.as_ref()?;
        let price = match verdict.state {
            AttemptState::Refused | AttemptState::Absent => 0,
            AttemptState::Posted => {
                let prices = one.spend.iter().filter(|spend| spend.kind == SpendKind::Post);
                prices.map(|spend| spend.amount).reduce(|sum, more| sum + more)?.0
            }
            AttemptState::Sending | AttemptState::Unknown => return None,
        };
        Some(Self { attempt: verdict.attempt.0, slot: one.change.slot.0, price })
    }
}
