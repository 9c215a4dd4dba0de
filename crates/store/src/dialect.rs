//! Where the two engines differ. Every SQL text is written once with named fragments in braces, and
//! each engine reads its own rendering, made once so that prepared statements are found again.
//!
//! `{rows slot:int detail:text}` is a CTE named `r` over the first parameter, a JSON array of
//! objects: a batch travels as one parameter, whatever its size.
//!
//! `{clock $2}` is the time that leases are judged by, the one clock that all nodes share; everything
//! else is dated by the caller.
//!
//! `{served s $3 $1}` holds for slots of bots that the node of fence `$3` serves: unless it has noted
//! that it has no keys of the bot (`strangers`), and another node that lives at `$1` has not.
//!
//! `{waiting s}`, `{in_flight s}` and `{gone s}` are the states of slot `s` in the words of the partial
//! indexes: an engine uses such an index only where a text says the same.

use std::sync::OnceLock;

/// One SQL text.
pub(crate) struct Sql {
    /// The table it is about, for messages.
    pub(crate) table: &'static str,
    text: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Sql {
    pub(crate) const fn new(table: &'static str, text: &'static str) -> Self {
        Self { table, text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    pub(crate) fn for_sqlite(&'static self) -> &'static str {
        self.sqlite.get_or_init(|| render(self.text, &SQLITE))
    }

    pub(crate) fn for_postgres(&'static self) -> &'static str {
        self.postgres.get_or_init(|| render(self.text, &POSTGRES))
    }
}

/// One field of `{rows ..}`: its name and whether it is `int`, `real` or `text`.
type Field<'a> = (&'a str, &'a str);

struct Dialect {
    rows: fn(&[Field<'_>]) -> String,
    /// Rows that another node is claiming are passed over; SQLite has one writer.
    skip_locked: &'static str,
    /// What time it is, from the parameter that says what the node believes: SQLite has one node, whose
    /// clock is the only one. PostgreSQL's is asked for the very moment, not for the transaction's start.
    clock: fn(&str) -> String,
    /// Whether lease `n` was taken on the timeline that this very transaction writes to: a standby may
    /// have been promoted since, without the intents that came last. Asked of the log, which only a
    /// server that writes can tell; a lease of a server that does not say is believed. An SQLite file
    /// is checked where the transaction begins.
    same_timeline: &'static str,
}

const SQLITE: Dialect =
    Dialect { rows: sqlite_rows, skip_locked: "", clock: str::to_owned, same_timeline: "true" };
const POSTGRES: Dialect = Dialect {
    rows: postgres_rows,
    skip_locked: "FOR UPDATE OF s SKIP LOCKED",
    // The parameter is named, so that it has a type; a server always knows the time.
    clock: |believed| {
        format!(
            "COALESCE(CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT), {believed})"
        )
    },
    same_timeline: "CASE WHEN n.identity LIKE '%/log:%'
            THEN n.identity LIKE '%/log:' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
            ELSE true END",
};

fn sqlite_rows(fields: &[Field<'_>]) -> String {
    let columns: Vec<String> =
        fields.iter().map(|(name, _)| format!("j.value ->> '{name}' AS {name}")).collect();
    format!("r AS MATERIALIZED (SELECT {} FROM jsonb_each($1) AS j)", columns.join(", "))
}

fn postgres_rows(fields: &[Field<'_>]) -> String {
    let columns: Vec<String> = fields
        .iter()
        .map(|(name, kind)| {
            let kind = match *kind {
                "int" => "BIGINT",
                "real" => "DOUBLE PRECISION",
                _ => "TEXT",
            };
            format!("{name} {kind}")
        })
        .collect();
    format!(
        "r AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS j({}))",
        columns.join(", ")
    )
}

/// Not yet sent.
const WAITING: &str = "'planned', 'assigned', 'claimed', 'retry_wait'";
/// Sent, perhaps, and the outcome is not known yet (invariant I5).
const IN_FLIGHT: &str = "'sending', 'unknown', 'reconciling'";
/// Over, one way or another.
const GONE: &str = "'posted', 'skipped', 'failed'";

fn state_in(rendered: &mut String, slot: &str, states: &str) {
    for part in [slot, ".state IN (", states, ")"] {
        rendered.push_str(part);
    }
}

fn served(rendered: &mut String, dialect: &Dialect, arguments: &str) {
    let mut arguments = arguments.split_whitespace();
    let mut next = || arguments.next().expect("the registry's tests render every text");
    let (slot, fence, now) = (next(), next(), next());
    let clock = (dialect.clock)(now);
    let bot_is_served = format!(
        "NOT EXISTS (SELECT 1 FROM strangers g WHERE g.bot_id = {slot}.bot_id AND g.fence = {fence}
            AND EXISTS (SELECT 1 FROM nodes WHERE nodes.ended_at IS NULL AND nodes.expires_at > {clock}
                AND NOT EXISTS (SELECT 1 FROM strangers h
                    WHERE h.bot_id = g.bot_id AND h.fence = nodes.fence)))"
    );
    rendered.push_str(&bot_is_served);
}

fn render(text: &str, dialect: &Dialect) -> String {
    let mut rendered = String::with_capacity(text.len() + 200);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (fragment, tail) =
            after.split_once('}').expect("the registry's tests render every text: braces match");
        rendered.push_str(before);
        match fragment.split_once(' ').unwrap_or((fragment, "")) {
            ("rows", fields) => {
                let fields: Vec<Field<'_>> = fields
                    .split_whitespace()
                    .map(|field| field.split_once(':').unwrap_or((field, "text")))
                    .collect();
                rendered.push_str(&(dialect.rows)(&fields));
            }
            ("skip_locked", _) => rendered.push_str(dialect.skip_locked),
            ("clock", believed) => rendered.push_str(&(dialect.clock)(believed)),
            ("served", arguments) => served(&mut rendered, dialect, arguments),
            ("same_timeline", _) => rendered.push_str(dialect.same_timeline),
            ("waiting", slot) => state_in(&mut rendered, slot, WAITING),
            ("in_flight", slot) => state_in(&mut rendered, slot, IN_FLIGHT),
            ("gone", slot) => state_in(&mut rendered, slot, GONE),
            (other, _) => unreachable!("the registry's tests render every text: {other}"),
        }
        rest = tail;
    }
    rendered.push_str(rest);
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_one_parameter_on_both_engines() {
        static TEXT: Sql =
            Sql::new("slots", "WITH {rows slot:int why} SELECT 1 FROM r {skip_locked}");
        assert_eq!(
            TEXT.for_sqlite(),
            "WITH r AS MATERIALIZED (SELECT j.value ->> 'slot' AS slot, j.value ->> 'why' AS why \
             FROM jsonb_each($1) AS j) SELECT 1 FROM r "
        );
        assert_eq!(
            TEXT.for_postgres(),
            "WITH r AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS \
             j(slot BIGINT, why TEXT)) SELECT 1 FROM r FOR UPDATE OF s SKIP LOCKED"
        );
    }
}
