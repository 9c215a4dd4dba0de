//! What would change if what is declared were made the bots: a plan, for a person to say yes to.

mod fields;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::model::{Bot, BotId, BotState, ManagedBy};

use self::fields::fields;

/// What becomes of a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is new.
    Add,
    /// It was closed, and posts again.
    Reopen,
    /// Some of it changes.
    Change,
    /// Nobody declares it any more; its posts stay.
    Close,
}

/// One change of a bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The key, as in its file: `tone`, `review.links`, `schedule morning: cron`.
    pub field: String,
    /// What stands there now; an entry of a list that goes. `None` where there is nothing.
    pub was: Option<String>,
    /// What will stand there; an entry of a list that comes.
    pub becomes: Option<String>,
}

/// What becomes of one bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BotChanges {
    /// Which one.
    pub bot: BotId,
    /// What becomes of it.
    pub step: Step,
    /// What of it changes; nothing of one that comes or goes whole.
    pub changes: Vec<Change>,
}

/// What becomes of the bots that are `there` if those of `places` are to be exactly `declared`; bots
/// of which nothing changes are left out. In the order of their names.
pub fn changes(
    there: &[(Bot, BotState)],
    declared: &[Bot],
    places: &[ManagedBy],
) -> Vec<BotChanges> {
    let known: BTreeMap<&BotId, &(Bot, BotState)> =
        there.iter().map(|known| (&known.0.id, known)).collect();
    let mut all: Vec<BotChanges> = declared
        .iter()
        .filter_map(|bot| {
            let (step, changes) = match known.get(&bot.id) {
                None => (Step::Add, Vec::new()),
                Some((old, BotState::Closed)) => (Step::Reopen, changes_of(old, bot)),
                Some((old, _)) => (Step::Change, changes_of(old, bot)),
            };
            let is_same = step == Step::Change && changes.is_empty();
            (!is_same).then(|| BotChanges { bot: bot.id.clone(), step, changes })
        })
        .collect();
    let names: BTreeSet<&BotId> = declared.iter().map(|bot| &bot.id).collect();
    all.extend(
        there
            .iter()
            .filter(|(bot, state)| {
                *state != BotState::Closed
                    && places.contains(&bot.managed_by)
                    && !names.contains(&bot.id)
            })
            .map(|(bot, _)| BotChanges {
                bot: bot.id.clone(),
                step: Step::Close,
                changes: Vec::new(),
            }),
    );
    all.sort_by(|one, other| one.bot.cmp(&other.bot));
    all
}

/// What changes from one state of a bot to another.
pub fn changes_of(old: &Bot, new: &Bot) -> Vec<Change> {
    let (old, new) = (fields(old), fields(new));
    let names: Vec<&String> = new.iter().chain(&old).map(|(name, _)| name).collect::<Vec<_>>();
    let mut seen = BTreeSet::new();
    let find = |all: &[(String, Value)], name: &String| {
        all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let mut changes = Vec::new();
    for name in names {
        if !seen.insert(name.clone()) {
            continue;
        }
        let was = find(&old, name).unwrap_or(Value::Null);
        let becomes = find(&new, name).unwrap_or(Value::Null);
        if was != becomes {
            push(&mut changes, name, &was, &becomes);
        }
    }
    changes
}

fn push(changes: &mut Vec<Change>, field: &str, was: &Value, becomes: &Value) {
    let change = |was: Option<String>, becomes: Option<String>| Change {
        field: field.to_owned(),
        was,
        becomes,
    };
    let (Some(old), Some(new)) = (list(was), list(becomes)) else {
        changes.push(change(told(was), told(becomes)));
        return;
    };
    let gone = old.iter().filter(|item| !new.contains(item)).map(|item| change(told(item), None));
    let come = new.iter().filter(|item| !old.contains(item)).map(|item| change(None, told(item)));
    let before = changes.len();
    changes.extend(gone.chain(come));
    if changes.len() == before {
        changes.push(change(told(was), told(becomes)));
    }
}

/// The items of a list; nothing is an empty one.
fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        Value::Null => Some(&[]),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
    }
}

/// A value as a person reads it; `None` where there is none.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().filter_map(told).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries =
                entries.iter().filter_map(|(key, value)| Some(format!("{key} {}", told(value)?)));
            Some(entries.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests;
