//! From columns to domain types. The only file that can say "corrupt".

use domain::model::{
    Attempt, AttemptId, BotId, BotState, Cron, ManagedBy, OnMiss, Persona, Policy, QuietHours,
    Schedule, SlotState, StateReason, XPostId,
};
use domain::ports::store::StoreError;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde::de::DeserializeOwned;

use crate::manner::Manner;
use crate::row::row;

/// No time of ours is later (the year 5138). What is read stays far enough from the end of all times
/// that a rule may add to it without looking.
const LATEST_MS: i64 = 100_000_000_000_000;
/// No duration of ours is longer (a year).
const LONGEST_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// A row that is being read: names itself when something in it is wrong.
pub(crate) struct Reading {
    table: &'static str,
    row: String,
}

/// Something that the engine itself could not decode.
pub(crate) fn undecodable(table: &'static str, detail: String) -> StoreError {
    StoreError::Corrupt { table, row: "?".to_owned(), detail }
}

impl Reading {
    pub(crate) fn of(table: &'static str, row: impl std::fmt::Display) -> Self {
        Self { table, row: row.to_string() }
    }

    pub(crate) fn corrupt(&self, detail: impl Into<String>) -> StoreError {
        StoreError::Corrupt { table: self.table, row: self.row.clone(), detail: detail.into() }
    }

    /// A value that must be there and be read.
    pub(crate) fn parsed<T>(
        &self,
        column: &str,
        text: &str,
        value: Option<T>,
    ) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt(format!("{column} `{text}` is unknown")))
    }

    pub(crate) fn time(&self, column: &str, millis: i64) -> Result<Timestamp, StoreError> {
        let plausible = Some(millis).filter(|millis| (0..LATEST_MS).contains(millis));
        plausible
            .and_then(|millis| Timestamp::from_millisecond(millis).ok())
            .ok_or_else(|| self.corrupt(format!("{column} {millis} is not a time")))
    }

    /// A window or a jitter: some hours at most.
    pub(crate) fn duration(&self, column: &str, millis: i64) -> Result<SignedDuration, StoreError> {
        if (0..LONGEST_MS).contains(&millis) {
            Ok(SignedDuration::from_millis(millis))
        } else {
            Err(self.corrupt(format!("{column} {millis} is not a duration")))
        }
    }

    pub(crate) fn maybe_time(
        &self,
        column: &str,
        millis: Option<i64>,
    ) -> Result<Option<Timestamp>, StoreError> {
        millis.map(|millis| self.time(column, millis)).transpose()
    }

    /// A count, which cannot be negative.
    pub(crate) fn count<T: TryFrom<i64>>(&self, column: &str, value: i64) -> Result<T, StoreError> {
        T::try_from(value).map_err(|_| self.corrupt(format!("{column} {value} is not a count")))
    }

    pub(crate) fn bot(&self, name: &str) -> Result<BotId, StoreError> {
        BotId::try_from(name).map_err(|error| self.corrupt(error.to_string()))
    }

    pub(crate) fn x_id(&self, text: &str) -> Result<XPostId, StoreError> {
        XPostId::try_from(text).map_err(|error| self.corrupt(error.to_string()))
    }

    pub(crate) fn maybe_x_id(&self, text: Option<&str>) -> Result<Option<XPostId>, StoreError> {
        text.map(|text| self.x_id(text)).transpose()
    }

    pub(crate) fn bot_state(
        &self,
        state: &str,
        reason: Option<&str>,
    ) -> Result<(BotState, Option<StateReason>), StoreError> {
        let reason = reason
            .map(|word| self.parsed("state_reason", word, StateReason::from_word(word)))
            .transpose()?;
        Ok((self.parsed("state", state, BotState::from_word(state))?, reason))
    }

    pub(crate) fn managed_by(&self, word: &str) -> Result<ManagedBy, StoreError> {
        self.parsed("managed_by", word, ManagedBy::from_word(word))
    }

    pub(crate) fn slot_state(
        &self,
        state: &str,
        reason: Option<&str>,
    ) -> Result<SlotState, StoreError> {
        SlotState::from_words(state, reason).map_err(|error| self.corrupt(error.to_string()))
    }

    pub(crate) fn zone(&self, name: &str) -> Result<TimeZone, StoreError> {
        TimeZone::get(name).map_err(|error| self.corrupt(error.to_string()))
    }

    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        column: &str,
        text: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    fn clock(&self, column: &str, text: &str) -> Result<civil::Time, StoreError> {
        self.parsed(column, text, text.parse().ok())
    }

    pub(crate) fn quiet_hours(
        &self,
        from: Option<&str>,
        until: Option<&str>,
    ) -> Result<Option<QuietHours>, StoreError> {
        match (from, until) {
            (Some(from), Some(until)) => Ok(Some(QuietHours {
                from: self.clock("quiet_from", from)?,
                until: self.clock("quiet_until", until)?,
            })),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => {
                Err(self.corrupt("only one of quiet_from and quiet_until is set"))
            }
        }
    }

    pub(crate) fn on_miss(&self, word: &str) -> Result<OnMiss, StoreError> {
        self.parsed("on_miss", word, OnMiss::from_word(word))
    }
}

row! {
    /// The columns of a schedule.
    pub(crate) struct ScheduleRow {
        pub(crate) id: i64,
        pub(crate) bot_id: String,
        name: String,
        cron: String,
        timezone: String,
        skips_gaps: i64,
        catch_up_ms: i64,
        on_miss: String,
        jitter_ms: i64,
        quiet_from: Option<String>,
        quiet_until: Option<String>,
        topics: String,
        pub(crate) planned_until: i64,
    }
}

impl ScheduleRow {
    pub(crate) fn read(&self) -> Result<Schedule, StoreError> {
        let reading = Reading::of("schedules", self.id);
        Ok(Schedule {
            name: self.name.clone(),
            cron: Cron::parse(&self.cron).map_err(|error| reading.corrupt(error.to_string()))?,
            zone: reading.zone(&self.timezone)?,
            skips_gaps: self.skips_gaps != 0,
            catch_up_window: reading.duration("catch_up_ms", self.catch_up_ms)?,
            on_miss: reading.on_miss(&self.on_miss)?,
            jitter_max: reading.duration("jitter_ms", self.jitter_ms)?,
            quiet_hours: reading
                .quiet_hours(self.quiet_from.as_deref(), self.quiet_until.as_deref())?,
            topics: reading.json("topics", &self.topics)?,
        })
    }
}

row! {
    /// The columns of a persona.
    pub(crate) struct PersonaRow {
        pub(crate) bot_id: String,
        personality_prompt: String,
        content_sources: String,
        posting_style: String,
        topics: String,
        tone: String,
        max_length: i64,
        review_policy: String,
        manner: String,
    }
}

impl PersonaRow {
    pub(crate) fn read(&self) -> Result<Persona, StoreError> {
        let reading = Reading::of("bot_configs", &self.bot_id);
        let names: Vec<String> = reading.json("topics", &self.topics)?;
        let manner: Manner = reading.json("manner", &self.manner)?;
        Ok(Persona {
            personality_prompt: self.personality_prompt.clone(),
            content_sources: reading.json("content_sources", &self.content_sources)?,
            posting_style: self.posting_style.clone(),
            topics: manner.topics(names),
            tone: self.tone.clone(),
            formats: manner.formats,
            examples: manner.examples,
            never_say: manner.never_say,
            reading_level: manner.reading_level,
            policy: Policy {
                max_length: reading.count("max_length", self.max_length)?,
                ..reading.json("review_policy", &self.review_policy)?
            },
        })
    }
}

row! {
    /// The columns of an attempt.
    pub(crate) struct AttemptRow {
        attempt_id: i64,
        pub(crate) slot_id: i64,
        attempt_bot_id: String,
        attempt_post_id: i64,
        number: i64,
        attempt_fence: i64,
        payload: String,
        attempt_anchor: Option<String>,
        first_intent_at: i64,
        intent_at: i64,
        send_by: i64,
        closed_at: Option<i64>,
        is_duplicate_answer: i64,
        absence_votes: i64,
        looks: i64,
        trace_id: Option<String>,
    }
}

impl AttemptRow {
    pub(crate) fn read(&self) -> Result<Attempt, StoreError> {
        let reading = Reading::of("attempts", self.attempt_id);
        let closed_at = self
            .closed_at
            .ok_or_else(|| reading.corrupt("its outcome is open and closed_at is missing"))?;
        Ok(Attempt {
            id: AttemptId(self.attempt_id),
            slot: domain::model::SlotId(self.slot_id),
            bot: reading.bot(&self.attempt_bot_id)?,
            post: domain::model::PostId(self.attempt_post_id),
            number: reading.count("number", self.number)?,
            fence: domain::model::Fence(self.attempt_fence),
            payload: self.payload.clone(),
            anchor: reading.maybe_x_id(self.attempt_anchor.as_deref())?,
            first_intent_at: reading.time("first_intent_at", self.first_intent_at)?,
            intent_at: reading.time("intent_at", self.intent_at)?,
            send_by: reading.time("send_by", self.send_by)?,
            closed_at: reading.time("closed_at", closed_at)?,
            is_duplicate_answer: self.is_duplicate_answer != 0,
            absence_votes: reading.count("absence_votes", self.absence_votes)?,
            looks: reading.count("looks", self.looks)?,
            // One that cannot be read is no reason to leave an open outcome alone.
            trace: self.trace_id.as_deref().and_then(domain::model::TraceId::parse),
        })
    }
}
