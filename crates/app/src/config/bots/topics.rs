//! What a bot writes about, from its file: either the seed's list of names, or `[[topic]]` tables.

use std::collections::BTreeSet;

use domain::model::{Topic, WEIGHT_MAX};

use super::super::document::{Raw, Section};
use super::super::parse;
use super::super::problem::Problems;
use super::super::setting::Kind;
use super::super::suggest::{nearest, quoted};
use super::persona::{TOPICS, few, items, short_text};

/// Topics of one persona.
const TOPICS_MAX: usize = 200;
/// Angles, or formats, of one topic.
const SIDES_MAX: usize = 50;

/// The topics of a bot file; everyday ones where it names none.
pub(super) fn read(top: &mut Section, problems: &mut Problems) -> Vec<Topic> {
    let told = problems.as_slice().len();
    let place = top.place_of("topics");
    let names = items(top, "topics", TOPICS_MAX, problems);
    let tables = top.tables("topic", problems);
    let topics = match (names, tables.is_empty()) {
        (Some(_), false) => {
            let mend = "put each of the names into a [[topic]] of its own";
            problems.add(place, "topics beside [[topic]]", "one of the two", mend);
            from_tables(tables, problems)
        }
        (Some(names), true) => {
            if names.is_empty() && problems.as_slice().len() == told {
                let mend = "name a topic, or take the key out to write about everyday things";
                problems.add(place, "topics = []", "at least one topic", mend);
            }
            // A name twice says nothing new, and never did any harm.
            let mut seen = BTreeSet::new();
            names.into_iter().filter(|name| seen.insert(name.clone())).map(Topic::new).collect()
        }
        (None, false) => from_tables(tables, problems),
        (None, true) => Vec::new(),
    };
    if topics.is_empty() { TOPICS.map(Topic::new).to_vec() } else { topics }
}

fn from_tables(tables: Vec<Section>, problems: &mut Problems) -> Vec<Topic> {
    if tables.len() > TOPICS_MAX {
        let found = format!("{} topics", tables.len());
        if let Some(first) = tables.first() {
            problems.add(first.place(), found, format!("up to {TOPICS_MAX}"), "leave some out");
        }
    }
    let mut names = BTreeSet::new();
    let mut topics = Vec::with_capacity(tables.len());
    for table in tables {
        let place = table.place();
        let Some(topic) = read_table(table, problems) else { continue };
        if names.insert(topic.name.clone()) {
            topics.push(topic);
        } else {
            let found = format!("a second topic named {}", quoted(&topic.name));
            problems.add(place, found, "each name once", "make one of the two");
        }
    }
    topics
}

fn read_table(mut table: Section, problems: &mut Problems) -> Option<Topic> {
    let told = problems.as_slice().len();
    let name = table.read("name", Kind::Text, problems, short_text);
    if name.is_none() && problems.as_slice().len() == told {
        let mend = "write name = \"weather\"";
        problems.add(table.place(), "a [[topic]] without a name", "a name", mend);
    }
    let weight = table.read("weight", Kind::Number, problems, parse::number(1, WEIGHT_MAX));
    let angles = items(&mut table, "angles", SIDES_MAX, problems);
    let formats = items(&mut table, "formats", SIDES_MAX, problems);
    table.finish(problems, |_| None);
    let topic = Topic::new(name?);
    Some(Topic {
        weight: weight.unwrap_or(topic.weight),
        angles: angles.unwrap_or_default(),
        formats: formats.unwrap_or_default(),
        ..topic
    })
}

/// The topics that a schedule keeps to; each must be one of the persona's.
pub(super) fn of_schedule(
    table: &mut Section,
    topics: &[Topic],
    problems: &mut Problems,
) -> Vec<String> {
    let Some(named) = table.list("topics", problems) else { return Vec::new() };
    let mut kept = Vec::new();
    for Raw { text, place } in few(named, "topics", TOPICS_MAX, table, problems) {
        let name = text.trim();
        if topics.iter().any(|topic| topic.name == name) {
            if !kept.iter().any(|kept| kept == name) {
                kept.push(name.to_owned());
            }
            continue;
        }
        let mend = match nearest(name, topics.iter().map(|topic| topic.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write it into the topics of this file, or take it out here".to_owned(),
        };
        let found = format!("the topic {}", quoted(name));
        problems.add(place, found, "a topic that this file has", mend);
    }
    kept
}
