//! `breakers`: how X answers an app, shared by all nodes (`domain::rules::breaker` decides).
//!
//! The row of an app is there only while X is silent or its window is exhausted, so that the outcomes
//! of a burst, which all concern one app, do not wait for each other's lock on it. It is changed by
//! compare-and-swap; who loses has seen no more than who won.

use std::collections::{BTreeMap, HashMap};

use domain::model::AppReach;
use domain::ports::store::StoreError;
use domain::rules::breaker::{Breaker, Heard, Open};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::events::Event;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

static OF_APPS: Sql = Sql::new(
    "breakers",
    "WITH {rows app} SELECT k.app, k.silent, k.probe_ms, k.opened_at, k.probe_at, k.blocked_until
     FROM r JOIN breakers k ON k.app = r.app ORDER BY k.app",
);

static MAKE: Sql = Sql::new(
    "breakers",
    "WITH {rows app probe_ms:int}
     INSERT INTO breakers (app, probe_ms, updated_at) SELECT r.app, r.probe_ms, $2 FROM r WHERE true
     ON CONFLICT (app) DO NOTHING",
);

static CHANGE: Sql = Sql::new(
    "breakers",
    "WITH {rows app silent_was:int silent:int probe_ms:int opened_at:int probe_at:int blocked:int}
     UPDATE breakers SET silent = r.silent, probe_ms = r.probe_ms, opened_at = r.opened_at,
        probe_at = r.probe_at, blocked_until = r.blocked, updated_at = $2
     FROM r WHERE breakers.app = r.app AND breakers.silent = r.silent_was",
);

static FORGET: Sql = Sql::new(
    "breakers",
    "DELETE FROM breakers WHERE silent = 0 AND (blocked_until IS NULL OR blocked_until <= $1)",
);

/// The right to try: one request in a while, of all nodes together.
static TRY: Sql = Sql::new(
    "breakers",
    "WITH {rows app} UPDATE breakers SET probe_at = $2 + probe_ms, updated_at = $2
     FROM r WHERE breakers.app = r.app AND breakers.probe_at <= $2 RETURNING breakers.app",
);

/// What waited for X to answer asks at once. Also what waits for another reason: it is told again.
static WAKE: Sql = Sql::new(
    "slots",
    "WITH {rows app}
     UPDATE slots SET wake_at = $2
     FROM r JOIN bots b ON b.app = r.app
     WHERE slots.bot_id = b.bot_id AND {waiting slots} AND slots.state = 'assigned'
        AND slots.due_at <= $2 AND slots.wake_at > $2",
);

/// And so does who looks for a lost answer: what X says now counts at once.
static WAKE_LOOKS: Sql = Sql::new(
    "slots",
    "WITH {rows app}
     UPDATE slots SET wake_at = $2
     FROM r JOIN bots b ON b.app = r.app
     WHERE slots.bot_id = b.bot_id AND {in_flight slots} AND slots.state = 'unknown'
        AND slots.wake_at > $2",
);

pub(crate) static TEXTS: [&Sql; 7] = [&OF_APPS, &MAKE, &CHANGE, &FORGET, &TRY, &WAKE, &WAKE_LOOKS];

#[derive(Serialize)]
struct AppKey<'a> {
    app: &'a str,
}

#[derive(Serialize)]
struct NewRow<'a> {
    app: &'a str,
    probe_ms: i64,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    app: &'a str,
    silent_was: u32,
    silent: u32,
    probe_ms: i64,
    opened_at: Option<i64>,
    probe_at: Option<i64>,
    blocked: Option<i64>,
}

row! {
    struct Row {
        app: String,
        columns: Columns,
    }
}

row! {
    /// The columns that make a breaker, also where they are joined to something else.
    pub(crate) struct Columns {
        pub(crate) silent: Option<i64>,
        pub(crate) probe_ms: Option<i64>,
        pub(crate) opened_at: Option<i64>,
        pub(crate) probe_at: Option<i64>,
    }
}

/// A breaker, and how often X is asked while it is open.
#[derive(Clone, Copy)]
pub(crate) struct Shut {
    breaker: Breaker,
    probe_every: SignedDuration,
}

impl Columns {
    /// `None` where the app has no row, or a closed one.
    pub(crate) fn shut(&self, app: &str) -> Result<Option<Shut>, StoreError> {
        let reading = Reading::of("breakers", app);
        let breaker = self.breaker(&reading)?;
        let probe_every = reading.duration("probe_ms", self.probe_ms.unwrap_or(0))?;
        Ok(breaker.open.is_some().then_some(Shut { breaker, probe_every }))
    }

    fn breaker(&self, reading: &Reading) -> Result<Breaker, StoreError> {
        let since = reading.maybe_time("opened_at", self.opened_at)?;
        let probe_at = reading.maybe_time("probe_at", self.probe_at)?;
        Ok(Breaker {
            silent: reading.count("silent", self.silent.unwrap_or(0))?,
            open: since.zip(probe_at).map(|(since, probe_at)| Open { since, probe_at }),
        })
    }
}

impl Shut {
    /// When something of that id asks again.
    pub(crate) fn waits_until(self, now: Timestamp, id: i64) -> Option<Timestamp> {
        self.breaker.waits_until(now, self.probe_every, id.unsigned_abs())
    }

    /// Whether the next try may be made.
    pub(crate) fn may_be_tried(self, now: Timestamp) -> bool {
        self.breaker.open.is_some_and(|open| open.probe_at <= now)
    }
}

/// Takes the right to try for those of `apps` where nobody else took it.
pub(crate) async fn take_tries<'a>(
    tx: &mut Tx,
    apps: impl Iterator<Item = &'a str>,
    now: i64,
) -> Result<Vec<String>, Fault> {
    let keys: Vec<AppKey<'_>> = apps.map(|app| AppKey { app }).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let taken: Vec<(String,)> = tx.all(&TRY, &args![&json(&keys), now]).await?;
    Ok(taken.into_iter().map(|(app,)| app).collect())
}

/// The breakers of these apps that are open.
pub(crate) async fn open<'a>(
    tx: &mut Tx,
    apps: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Shut>, Fault> {
    let keys: Vec<AppKey<'_>> = apps.map(|app| AppKey { app }).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = tx.all(&OF_APPS, &args![&json(&keys)]).await?;
    let mut open = HashMap::new();
    for row in rows {
        if let Some(shut) = row.columns.shut(&row.app)? {
            open.insert(row.app, shut);
        }
    }
    Ok(open)
}

/// What a batch of outcomes tells of their apps.
#[derive(Debug, Default)]
pub(crate) struct Reaches(BTreeMap<String, Told>);

#[derive(Debug, Default)]
struct Told {
    heard: Heard,
    probe_ms: i64,
    blocked_until: Option<i64>,
}

impl Reaches {
    /// One outcome more.
    pub(crate) fn add(&mut self, reach: &AppReach) {
        let told = self.0.entry(reach.app.clone()).or_default();
        told.heard.add(reach.reach);
        told.probe_ms = i64::try_from(reach.probe_every.as_millis()).unwrap_or(i64::MAX);
        let until = reach.blocked_until.map(Timestamp::as_millisecond);
        told.blocked_until = told.blocked_until.max(until);
    }

    /// Writes what changes by it.
    pub(crate) async fn write(
        self,
        tx: &mut Tx,
        happened: &mut Vec<Event>,
        now: i64,
    ) -> Result<(), Fault> {
        let new: Vec<NewRow<'_>> = self.0.iter().filter_map(|(app, told)| told.row(app)).collect();
        if !new.is_empty() {
            tx.run(&MAKE, &args![&json(&new), now]).await?;
        }
        let keys: Vec<AppKey<'_>> = self.0.keys().map(|app| AppKey { app }).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let rows: Vec<BeforeRow> = tx.all(&OF_APPS, &args![&json(&keys)]).await?;
        let mut changes = Vec::new();
        let mut answering = Vec::new();
        for row in &rows {
            let Some(told) = self.0.get(&row.app) else { continue };
            let (before, after) = row.change(told, now)?;
            if let Some(event) = event(&row.app, &before, &after) {
                happened.push(event);
            }
            if before.open.is_some() && after.open.is_none() {
                answering.push(AppKey { app: &row.app });
            }
            let blocked = row.blocked_until.max(told.blocked_until);
            if before != after || blocked != row.blocked_until {
                changes.push(ChangeRow {
                    app: &row.app,
                    silent_was: before.silent,
                    silent: after.silent,
                    probe_ms: told.probe_ms,
                    opened_at: after.open.map(|open| open.since.as_millisecond()),
                    probe_at: after.open.map(|open| open.probe_at.as_millisecond()),
                    blocked,
                });
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        tx.run(&CHANGE, &args![&json(&changes), now]).await?;
        tx.run(&FORGET, &args![now]).await?;
        if !answering.is_empty() {
            tx.run(&WAKE, &args![&json(&answering), now]).await?;
            tx.run(&WAKE_LOOKS, &args![&json(&answering), now]).await?;
        }
        Ok(())
    }
}

row! {
    struct BeforeRow {
        app: String,
        blocked_until: Option<i64>,
        columns: Columns,
    }
}

impl BeforeRow {
    fn change(&self, told: &Told, now: i64) -> Result<(Breaker, Breaker), StoreError> {
        let reading = Reading::of("breakers", &self.app);
        let before = self.columns.breaker(&reading)?;
        let probe_every = SignedDuration::from_millis(told.probe_ms);
        let after = before.after(told.heard, reading.time("updated_at", now)?, probe_every);
        Ok((before, after))
    }
}

impl Told {
    /// The row that is needed to write it down; where X answers and nothing is exhausted, none.
    fn row<'a>(&self, app: &'a str) -> Option<NewRow<'a>> {
        let is_trouble = self.heard.answered == 0 || self.blocked_until.is_some();
        is_trouble.then_some(NewRow { app, probe_ms: self.probe_ms })
    }
}

/// What became of an app, for the log and whoever follows the events.
fn event(app: &str, before: &Breaker, after: &Breaker) -> Option<Event> {
    let kind = match (before.open.is_some(), after.open.is_some()) {
        (false, true) => "app.silent",
        (true, false) => "app.answering",
        (true, true) | (false, false) => return None,
    };
    if kind == "app.silent" {
        tracing::warn!(
            event = "x.silent",
            app,
            "X does not answer: until it does, one request in a while asks again"
        );
    } else {
        tracing::info!(event = "x.answers", app, "X answers again");
    }
    Some(Event { kind: kind.to_owned(), bot: None, slot: None, detail: Some(app.to_owned()) })
}
