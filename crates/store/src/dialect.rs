//! Where the two engines differ. Every SQL text is written once with named fragments in braces, and
//! each engine reads its own rendering, made once so that prepared statements are found again.
//!
//! `{rows slot:int detail:text}` is a CTE named `r` over the first parameter, a JSON array of
//! objects: a batch travels as one parameter, whatever its size.
//!
//! `{each slot:int detail:text}` is the same on a server. A file is asked once for each row: there is no
//! CTE, and `r.slot` is a parameter. So it is for texts that treat every row by itself, where a batch is
//! large. `{from}` and `{from,}` name the batch among the sources, where there are no others and before
//! others, and `{returning slots.id}` tells a server to say which rows it touched; a file is asked row by
//! row, so that is known. SQLite would make a table for each of the three, for each row.
//!
//! `{clock $2}` is the time that leases are judged by, the one clock that all nodes share; everything
//! else is dated by the caller.
//!
//! `{locked}` keeps the rows `s` of a question for this transaction, in the order in which it says them; on
//! SQLite they are anyway.
//!
//! `{served s $3 $1}` holds for slots of bots that the node of fence `$3` serves: unless it has noted
//! that it has no keys of the bot (`strangers`), and another node that lives at `$1` has not.
//!
//! `{approved p}` holds for a post that may go out: its bot asks nobody, or the newest thing that was said
//! of it is a yes to these bytes under the policy of now. The triggers on `attempts` say the same.
//!
//! `{newest_of_bands $2}` is the batch `r` beside the newest posts `k` of each band of it, at most so many
//! of each. Both ways of saying so leave an engine no choice but to seek, whatever it believes of how many
//! posts a band has: a server sorts and cuts for each row, and a file looks where the cut is.
//!
//! `{judged slots.state = 'planned'}` is a condition on rows that are found by their keys, those of the
//! batch. It keeps a server from finding rows by it: what it counted of states is minutes old, and where
//! it believes that hardly a row has this one, it begins with all that have, and compares each of them
//! with each row of the batch. `{uncounted 'queued'}` is such a value where an index is wanted that has the
//! state in it.
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
    fields: OnceLock<Vec<&'static str>>,
    columns: OnceLock<Vec<String>>,
}

/// The parameters of a file's text before it are the caller's; this one and those after it are the
/// fields of a row of `{each ..}`.
pub(crate) const FIRST_FIELD: usize = 11;

impl Sql {
    pub(crate) const fn new(table: &'static str, text: &'static str) -> Self {
        Self {
            table,
            text,
            sqlite: OnceLock::new(),
            postgres: OnceLock::new(),
            fields: OnceLock::new(),
            columns: OnceLock::new(),
        }
    }

    /// What it does to its table, in SQL's word.
    pub(crate) fn kind(&'static self) -> &'static str {
        let words = [("INSERT INTO", "INSERT"), ("DELETE FROM", "DELETE"), ("UPDATE ", "UPDATE")];
        let does = |(words, _): &&(&str, &str)| self.text.contains(words);
        words.iter().find(does).map_or("SELECT", |(_, kind)| kind)
    }

    /// Keeps the names of the columns that SQLite gives its rows.
    pub(crate) fn name_columns(&'static self, names: impl FnOnce() -> Vec<String>) {
        self.columns.get_or_init(names);
    }

    /// The names of the columns of a file's rows; none before there was a row.
    pub(crate) fn columns(&'static self) -> &'static [String] {
        self.columns.get().map_or(&[], Vec::as_slice)
    }

    /// The names of the fields of `{each ..}`; none where there is no such thing.
    pub(crate) fn fields(&'static self) -> &'static [&'static str] {
        self.fields.get_or_init(|| {
            let each = self.text.split_once("{each ").and_then(|(_, rest)| rest.split_once('}'));
            each.map_or_else(Vec::new, |(each, _)| {
                fields(each).into_iter().map(|(name, _)| name).collect()
            })
        })
    }

    pub(crate) fn for_sqlite(&'static self) -> &'static str {
        self.sqlite.get_or_init(|| {
            let rendered = render(self.text, &SQLITE);
            numbered(&with_parameters(&rendered, self.fields()))
        })
    }

    pub(crate) fn for_postgres(&'static self) -> &'static str {
        self.postgres.get_or_init(|| render(self.text, &POSTGRES))
    }
}

/// One field of `{rows ..}`: its name and whether it is `int`, `real` or `text`.
type Field<'a> = (&'a str, &'a str);

struct Dialect {
    rows: fn(&[Field<'_>]) -> String,
    /// Whether a batch goes as one: else its rows go one by one.
    is_batched: bool,
    /// Rows that another node is claiming are passed over; SQLite has one writer.
    skip_locked: &'static str,
    /// Rows that another node holds are waited for.
    locked: &'static str,
    /// What time it is, from the parameter that says what the node believes: SQLite has one node, whose
    /// clock is the only one. PostgreSQL's is asked for the very moment, not for the transaction's start.
    clock: fn(&str) -> String,
    /// Whether lease `n` was taken on the timeline that this very transaction writes to: a standby may
    /// have been promoted since, without the intents that came last. Asked of the log, which only a
    /// server that writes can tell; a lease of a server that does not say is believed. An SQLite file
    /// is checked where the transaction begins.
    same_timeline: &'static str,
    /// The batch beside the newest posts of its bands, from the parameter that says how many.
    newest_of_bands: fn(&str) -> String,
}

const SQLITE: Dialect = Dialect {
    rows: sqlite_rows,
    is_batched: false,
    skip_locked: "",
    locked: "",
    clock: str::to_owned,
    same_timeline: "true",
    newest_of_bands: |most| {
        format!(
            "r CROSS JOIN post_bands k WHERE k.band = r.band AND k.post_id > COALESCE((
                SELECT h.post_id FROM post_bands h WHERE h.band = r.band
                ORDER BY h.post_id DESC LIMIT 1 OFFSET {most}), -1)"
        )
    },
};
const POSTGRES: Dialect = Dialect {
    rows: postgres_rows,
    is_batched: true,
    skip_locked: "FOR UPDATE OF s SKIP LOCKED",
    locked: "FOR UPDATE OF s",
    // The parameter is named, so that it has a type; a server always knows the time.
    clock: |believed| {
        format!(
            "COALESCE(CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT), {believed})"
        )
    },
    same_timeline: "CASE WHEN n.identity LIKE '%/log:%'
            THEN n.identity LIKE '%/log:' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
            ELSE true END",
    newest_of_bands: |most| {
        format!(
            "r CROSS JOIN LATERAL (
                SELECT h.post_id FROM post_bands h WHERE h.band = r.band
                ORDER BY h.post_id DESC LIMIT {most}) k"
        )
    },
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

/// `r.slot`, where `slot` is the first field of a row, is the first parameter of it.
fn with_parameters(rendered: &str, fields: &[&str]) -> String {
    if fields.is_empty() {
        return rendered.to_owned();
    }
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut text = String::with_capacity(rendered.len());
    let mut rest = rendered;
    while let Some((before, after)) = rest.split_once("r.") {
        let end = after.find(|letter| !is_of_name(letter)).unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        let place = fields.iter().position(|field| *field == name);
        text.push_str(before);
        match place.filter(|_| !before.ends_with(is_of_name)) {
            Some(place) => text.extend(["$", &(FIRST_FIELD + place).to_string()]),
            None => text.extend(["r.", name]),
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// SQLite writes the number of a parameter behind a question mark; what stands behind a dollar is to it
/// a name, whose number is the order in which the names come.
fn numbered(rendered: &str) -> String {
    rendered.replace('$', "?")
}

/// Not yet sent.
const WAITING: [&str; 4] = ["planned", "assigned", "claimed", "retry_wait"];
/// Sent, perhaps, and the outcome is not known yet (invariant I5).
const IN_FLIGHT: [&str; 3] = ["sending", "unknown", "reconciling"];
/// Over, one way or another.
const GONE: [&str; 3] = ["posted", "skipped", "failed"];

/// Word for word as the indexes have it.
fn state_in(rendered: &mut String, slot: &str, states: &[&str]) {
    let states: Vec<String> =
        states.iter().map(|state| format!("{slot}.state = '{state}'")).collect();
    rendered.extend(["(", &states.join(" OR "), ")"]);
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

fn approved(rendered: &mut String, post: &str) {
    let is_approved = format!(
        "NOT EXISTS (SELECT 1 FROM bot_configs ak WHERE ak.bot_id = {post}.bot_id
            AND (ak.mode = 'approval' OR {post}.needs_person = 1)
            AND NOT EXISTS (SELECT 1 FROM approvals aa WHERE aa.post_id = {post}.id
                AND aa.verdict = 'approved' AND aa.content = {post}.content
                AND aa.policy_hash = ak.policy_hash
                AND aa.id = (SELECT max(an.id) FROM approvals an WHERE an.post_id = {post}.id)))"
    );
    rendered.push_str(&is_approved);
}

/// Names and kinds, of which text is the one that need not be said.
fn fields(words: &str) -> Vec<Field<'_>> {
    words.split_whitespace().map(|field| field.split_once(':').unwrap_or((field, "text"))).collect()
}

/// What stands before the brace that closes it, and what follows.
fn fragment(text: &str) -> (&str, &str) {
    let mut depth = 0;
    let end = text.find(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        depth < 0
    });
    let end = end.expect("the registry's tests render every text: braces match");
    (&text[..end], &text[end + 1..])
}

fn render(text: &str, dialect: &Dialect) -> String {
    let mut rendered = String::with_capacity(text.len() + 200);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (fragment, tail) = fragment(after);
        rendered.push_str(before);
        match fragment.split_once(' ').unwrap_or((fragment, "")) {
            ("rows", names) => rendered.push_str(&(dialect.rows)(&fields(names))),
            ("each", names) if dialect.is_batched => {
                rendered.push_str("WITH ");
                rendered.push_str(&(dialect.rows)(&fields(names)));
            }
            ("from", _) if dialect.is_batched => rendered.push_str("FROM r"),
            ("from,", _) if dialect.is_batched => rendered.push_str("FROM r,"),
            ("returning", columns) if dialect.is_batched => {
                rendered.push_str("RETURNING ");
                rendered.push_str(columns);
            }
            ("each" | "from" | "returning", _) => {}
            ("from,", _) => rendered.push_str("FROM"),
            ("skip_locked", _) => rendered.push_str(dialect.skip_locked),
            ("locked", _) => rendered.push_str(dialect.locked),
            ("clock", believed) => rendered.push_str(&(dialect.clock)(believed)),
            ("served", arguments) => served(&mut rendered, dialect, arguments),
            ("same_timeline", _) => rendered.push_str(dialect.same_timeline),
            ("newest_of_bands", most) => rendered.push_str(&(dialect.newest_of_bands)(most)),
            ("judged", condition) if dialect.is_batched => {
                rendered.extend(["COALESCE(", &render(condition, dialect), ", false)"]);
            }
            ("uncounted", value) if dialect.is_batched => rendered.extend(["(SELECT ", value, ")"]),
            ("uncounted", value) => rendered.push_str(value),
            ("judged", condition) => rendered.extend(["(", &render(condition, dialect), ")"]),
            ("approved", post) => approved(&mut rendered, post),
            ("waiting", slot) => state_in(&mut rendered, slot, &WAITING),
            ("in_flight", slot) => state_in(&mut rendered, slot, &IN_FLIGHT),
            ("gone", slot) => state_in(&mut rendered, slot, &GONE),
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
             FROM jsonb_each(?1) AS j) SELECT 1 FROM r "
        );
        assert_eq!(
            TEXT.for_postgres(),
            "WITH r AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS \
             j(slot BIGINT, why TEXT)) SELECT 1 FROM r FOR UPDATE OF s SKIP LOCKED"
        );
    }

    #[test]
    fn a_server_finds_no_rows_by_what_only_judges_them() {
        static TEXT: Sql = Sql::new(
            "slots",
            "SELECT 1 FROM slots s WHERE id = $1 AND {judged s.fence = $2 AND {waiting s}} \
             AND s.reason = {uncounted 'late'}",
        );
        let waiting = "(s.state = 'planned' OR s.state = 'assigned' OR s.state = 'claimed' \
                       OR s.state = 'retry_wait')";
        let of = |judged: String, value: &str| {
            format!("SELECT 1 FROM slots s WHERE id = $1 AND {judged} AND s.reason = {value}")
        };
        let judged = format!("COALESCE(s.fence = $2 AND {waiting}, false)");
        assert_eq!(TEXT.for_postgres(), of(judged, "(SELECT 'late')"));
        let judged = format!("(s.fence = $2 AND {waiting})");
        assert_eq!(TEXT.for_sqlite(), of(judged, "'late'").replace('$', "?"));
    }

    #[test]
    fn a_file_is_asked_once_for_each_row_where_the_text_says_so() {
        static TEXT: Sql = Sql::new(
            "slots",
            "{each slot:int why} UPDATE slots SET why = r.why, at = $2 {from} WHERE id = r.slot AND \
             slower.why < 1 {returning id}",
        );
        assert_eq!(
            TEXT.for_sqlite(),
            " UPDATE slots SET why = ?12, at = ?2  WHERE id = ?11 AND slower.why < 1 "
        );
        assert_eq!(
            TEXT.for_postgres(),
            "WITH r AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS \
             j(slot BIGINT, why TEXT)) UPDATE slots SET why = r.why, at = $2 FROM r WHERE id = r.slot \
             AND slower.why < 1 RETURNING id"
        );
        assert_eq!(TEXT.fields(), ["slot", "why"]);
    }
}
