//! Every SQL text, so that a test can ask both engines about each: does it mean anything, and does
//! an index serve it?

use crate::dialect::Sql;

/// One SQL text as each engine reads it.
pub struct SqlText {
    /// The table it is about.
    pub table: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

/// All texts.
pub fn sql_texts() -> Vec<SqlText> {
    let of = |sql: &'static Sql| SqlText {
        table: sql.table,
        sqlite: sql.for_sqlite(),
        postgres: sql.for_postgres(),
    };
    registry().into_iter().map(of).collect()
}

fn registry() -> Vec<&'static Sql> {
    [
        &crate::aside::TEXTS[..],
        &crate::alerts::texts(),
        &crate::answers::TEXTS,
        &crate::approvals::texts(),
        &crate::attempts::adopt::TEXTS,
        &crate::attempts::begin::TEXTS,
        &crate::attempts::charge::TEXTS,
        &crate::attempts::open::TEXTS,
        &crate::attempts::settle::TEXTS,
        &crate::attention::TEXTS,
        &crate::audit::comparisons::TEXTS,
        &crate::audit::counters::TEXTS,
        &crate::audit::findings::TEXTS,
        &crate::audit::leases::TEXTS,
        &crate::audit::orphans::TEXTS,
        &crate::audit::outcomes::TEXTS,
        &crate::audit::schedules::TEXTS,
        &crate::audit::sweeps::TEXTS,
        &crate::bots::TEXTS,
        &crate::bots::SAVE_TEXTS,
        &crate::bots::SYNC_TEXTS,
        &crate::bots::changes::TEXTS,
        &crate::bots::GO_LIVE_TEXTS,
        &crate::breakers::TEXTS,
        &crate::budgets::book::TEXTS,
        &crate::budgets::caps::TEXTS,
        &crate::budgets::list::TEXTS,
        &crate::budgets::promise::TEXTS,
        &crate::budgets::totals::TEXTS,
        &crate::credentials::TEXTS,
        &crate::drops::TEXTS,
        &crate::endings::TEXTS,
        &crate::evergreens::texts(),
        &crate::bulk::TEXTS,
        &crate::calendar::TEXTS,
        &crate::calendar::hand::TEXTS,
        &crate::events::TEXTS,
        &crate::feeds::texts(),
        &crate::figures::TEXTS,
        &crate::keys::TEXTS,
        &crate::ledger::TEXTS,
        &crate::lists::TEXTS,
        &crate::lost::TEXTS,
        &crate::meta::TEXTS,
        &crate::nodes::TEXTS,
        &crate::nodes::recover::TEXTS,
        &crate::origins::TEXTS,
        &crate::people::texts(),
        &crate::posts::TEXTS,
        &crate::posts::bands::TEXTS,
        &crate::posts::order::TEXTS,
        &crate::read::TEXTS,
        &crate::receipts::TEXTS,
        &crate::seed::TEXTS,
        &crate::slots::ask::TEXTS,
        &crate::slots::assign::TEXTS,
        &crate::slots::claim::TEXTS,
        &crate::slots::plan::TEXTS,
        &crate::slots::wake::TEXTS,
        &crate::slots::zones::TEXTS,
        &crate::stats::TEXTS,
        &crate::stock::TEXTS,
        &crate::story::TEXTS,
        &crate::strangers::TEXTS,
        &crate::try_outs::TEXTS,
    ]
    .concat()
}
